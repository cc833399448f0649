import { createConversion } from '../../audio/conversion.ts'
import { loadResamplerEngine, type ResamplerEngine } from '../../audio/resampler.ts'
import { defineProcessor, type ProcessorDefinition } from '../../define/index.ts'
import { drivers } from '../../drivers.ts'
import { audio, type Frame } from '../../frames/index.ts'
import { Session } from '../../kernel/session.ts'
import { createShared, type Shared } from '../../kernel/shared.ts'
import { createValidators } from '../../schema/compile.ts'
import type { Clock } from '../../time/clock.ts'
import type { Ear, EmulatedHearing, OpenEar } from '../emulators/minds.ts'
import { programOf, type NodeInit } from '../program.ts'
import { silentLog } from './silent-log.ts'

/** What `openPhraseEar` takes. */
export interface PhraseEarInit {
  /** Hears when somebody speaks: `webrtc-vad`. */
  readonly detector: ProcessorDefinition
  /** Hears what is said between the edges that the detector finds: `pocketsphinx-stt`. */
  readonly recogniser: ProcessorDefinition
  /** Of the recogniser: phrases, slots, what is heard where nothing fits. */
  readonly options: Readonly<Record<string, unknown>>
  readonly clock: Clock
}

/** Rate at which they hear, in Hz. */
const sampleRate = 16_000
/** Silence that is put behind an utterance which is to be over now, in ms: more than the detector waits for. */
const pauseMs = 400

type Hear = (heard: EmulatedHearing) => void

/**
 * Ears for emulated recognisers that hear what is really said, if it is one of the phrases: each is a small
 * session of its own on the live clock, a detector with a recogniser behind it. What they share is made once.
 * Whoever opens them closes them.
 * @throws Error when the options do not fit the recogniser
 */
export async function openPhraseEar(
  init: PhraseEarInit,
): Promise<{ readonly open: OpenEar; close(): Promise<void> }> {
  const { detector, recogniser, clock } = init
  const engine = await loadResamplerEngine()
  const nodes = {
    vad: nodeOf(detector, {}),
    stt: nodeOf(recogniser, { interim: false, ...init.options }),
  }
  const shared = createShared(silentLog)
  const ears = new Set<PhraseEar>()
  // The first caller does not wait for the engines.
  await Promise.all([shared.get(detector), shared.get(recogniser)])
  return {
    open(rate, hear) {
      const gone = (): void => void ears.delete(ear)
      const ear = new PhraseEar({ nodes, shared, engine, clock, rate, hear, gone })
      ears.add(ear)
      return ear
    },
    async close() {
      await Promise.all([...ears].map((ear) => ear.close()))
      await shared.close()
    },
  }
}

function nodeOf(
  definition: ProcessorDefinition,
  given: Readonly<Record<string, unknown>>,
): NodeInit {
  const options = structuredClone(given) as Record<string, unknown>
  const [issue] = createValidators().of(definition.options)(options)
  if (issue === undefined) return { definition, options }
  throw new Error(`${definition.id}: ${issue.pointer.slice(1)} ${issue.message}`)
}

interface PhraseEarOf {
  readonly nodes: Readonly<Record<'vad' | 'stt', NodeInit>>
  readonly shared: Shared
  readonly engine: ResamplerEngine
  readonly clock: Clock
  /** Of the sound that comes, in Hz. */
  readonly rate: number
  readonly hear: Hear
  /** It is closed. */
  gone(): void
}

class PhraseEar implements Ear {
  readonly #hear: Hear
  readonly #session: Session
  readonly #conversion: ReturnType<typeof createConversion>
  /** Sound that came before the session ran. */
  #waiting: Int16Array[] | undefined = []
  /** Sound so far, in ms; silence that was put in does not count. */
  #pushedMs = 0
  #begunMs: number | undefined
  readonly #rate: number
  readonly #started: Promise<void>
  readonly #gone: () => void
  #closed: Promise<void> | undefined

  constructor({ nodes, shared, engine, clock, rate, hear, gone }: PhraseEarOf) {
    this.#gone = gone
    this.#hear = hear
    this.#rate = rate
    const form = { channels: 1, encoding: 'pcm' } as const
    this.#conversion = createConversion(
      engine,
      { ...form, sampleRate: rate },
      { ...form, sampleRate },
    )
    const out = sink((frame) => this.#take(frame))
    const program = programOf({ nodes: { ...nodes, out }, flow: ['vad -> stt -> out'] })
    this.#session = new Session({
      ...{ id: 'ear', program, clock, shared, drivers },
      connections: new Map(),
    })
    this.#started = this.#session.start().then(
      () => {
        const [first = []] = [this.#waiting]
        this.#waiting = undefined
        for (const samples of first) this.#feed(samples)
      },
      // It hears nothing then, as a recogniser that is ill.
      () => void (this.#waiting = undefined),
    )
  }

  push(samples: Int16Array): void {
    this.#pushedMs += (samples.length * 1000) / this.#rate
    this.#feed(this.#conversion.convert(samples))
  }

  finish(): void {
    this.#feed(new Int16Array((pauseMs * sampleRate) / 1000))
  }

  /** What was pushed before is heard to its end. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#started
    this.#session.end('nobody listens any more')
    await this.#session.ended
    this.#conversion.close()
    this.#gone()
  }

  #feed(samples: Int16Array): void {
    if (this.#waiting !== undefined) return void this.#waiting.push(samples)
    const length = sampleRate / 50
    for (let at = 0; at < samples.length; at += length) {
      const piece = samples.slice(at, at + length)
      this.#session.feed('vad', 'audio', audio({ role: 'user', samples: piece, sampleRate }))
    }
  }

  #take(frame: Frame): void {
    const endMs = this.#pushedMs
    if (frame.type === 'speech') {
      const atMs = Math.max(0, endMs - frame.latency)
      if (frame.state === 'started') this.#begunMs = atMs
      this.#hear({ type: frame.state, atMs })
      if (frame.state === 'stopped') this.#begunMs = undefined
    } else if (frame.type === 'transcript' && frame.final) {
      this.#hear({ type: 'final', text: frame.text, startMs: this.#begunMs ?? endMs, endMs })
    }
  }
}

const sink = (take: (frame: Frame) => void): ProcessorDefinition =>
  defineProcessor({
    id: 'heard',
    summary: 'Takes what was heard.',
    role: 'sink',
    ports: { in: { transcript: { type: 'transcript', main: true } } },
    setup: () => ({ transcript: take, signal: take }),
  })
