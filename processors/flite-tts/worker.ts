import { workerData } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { runProgram } from './run-program.ts'
import { alignWords, readPhoneNames, readPhones, type Span } from './word-times.ts'

/** One sentence to be spoken. */
export interface SpeakTask {
  /** Words in ASCII, empty ones for those that make no sound; at least one is not empty. */
  readonly words: readonly string[]
  /** flite's name of the voice. */
  readonly voice: string
  /** Factor on the length of every sound. */
  readonly stretch: number
  /** The host sets its only element to 1 when nobody waits for the sentence any more. */
  readonly cancelled: Int32Array
}

/** A spoken sentence as it comes from the thread. */
export interface SpokenSentence {
  /** Linear 16-bit PCM, 16 kHz, mono. */
  readonly samples: Int16Array<ArrayBuffer>
  /** One per word of the task. */
  readonly spans: readonly Span[]
}

/** Silence that is left before the first sound, in ms: flite puts 190 to 220 ms there. */
const leadMs = 20
const samplesPerMs = 16
/** Size of a RIFF header as flite writes it, in bytes. */
const wavHeader = 44
/** The fastest voice; only how it would pronounce the words is asked of it. */
const quickVoice = 'kal16'

/** Speaks one sentence; its samples are handed over, not copied. Undefined when it was cancelled. */
export default function speakTask(task: SpeakTask): unknown {
  const made = speak(task)
  if (made === undefined) return undefined
  const { transferableSymbol, valueSymbol } = Piscina
  const handedOver: unknown = { [transferableSymbol]: [made.samples.buffer], [valueSymbol]: made }
  return Piscina.move(handedOver as ArrayBuffer)
}

function speak(task: SpeakTask): SpokenSentence | undefined {
  const module: WebAssembly.Module = moduleOf(workerData)
  const isCancelled = (): boolean => Atomics.load(task.cancelled, 0) === 1
  if (isCancelled()) return undefined
  const spokenWords = task.words.filter((word) => word !== '')
  const { output, stdout } = runProgram(module, {
    args: [
      ...['-voice', task.voice, '--setf', `duration_stretch=${task.stretch}`, '-psdur'],
      ...['-t', spokenWords.join(' '), 'out.wav'],
    ],
  })
  if (isCancelled()) return undefined
  const phones = readPhones(stdout)
  const startMs = Math.max(0, (phones[0]?.endMs ?? 0) - leadMs)
  const start = wavHeader + 2 * Math.round(startMs * samplesPerMs)
  const sound = new Uint8Array(output.subarray(start, output.length & ~1))
  const spans = alignWords(phones, pronunciationsOf(module, task.words)).map((span) => ({
    startMs: Math.round(span.startMs - startMs),
    endMs: Math.round(span.endMs - startMs),
  }))
  return { samples: new Int16Array(sound.buffer), spans }
}

/** How each word sounds alone; an empty list for one that makes no sound. */
function pronunciationsOf(module: WebAssembly.Module, words: readonly string[]): string[][] {
  const spokenWords = words.filter((word) => word !== '')
  // An empty line ends an utterance, and a line of phones is printed for each.
  const input = spokenWords.map((word) => `${word.replaceAll(' ', '-')}\n\n`).join('')
  const { stdout } = runProgram(module, {
    args: ['-voice', quickVoice, '-ps', '-f', 'words.txt', 'none'],
    input: Buffer.from(input.slice(0, -1)),
  })
  const lines = stdout.trimEnd().split('\n')
  const isComplete = lines.length === spokenWords.length
  // Without a line for each, letters stand in for phones: an estimate by length.
  const alone = isComplete ? lines.map(readPhoneNames) : spokenWords.map((word) => [...word])
  let next = 0
  return words.map((word) => (word === '' ? [] : (alone[next++] ?? [])))
}

function moduleOf(data: unknown): WebAssembly.Module {
  const module = (data as { module?: unknown } | undefined)?.module
  if (!(module instanceof WebAssembly.Module)) throw new TypeError('This is a thread of flite-tts.')
  return module
}
