import {
  defineBrain,
  defineProcessor,
  defineStt,
  defineTts,
  noOptions,
  type BrainDefinition,
  type Inference,
  type ProcessorDefinition,
  type Said,
  type SpokenPiece,
  type SttDefinition,
  type SttStream,
  type SttStreamInit,
  type TtsDefinition,
  type Utterance,
} from '../define/index.ts'
import type { Frame, Word } from '../frames/index.ts'

/** Providers of a vendor that does what a test says, on the clock of the call. For tests of this folder. */

/** Rate of the sound of `scriptedVoice`, in Hz. */
export const rate = 8000
/** Ms that it takes for each word. */
export const wordMs = 100

/** A voice whose words take 100 ms each; `speak` may do something else. */
export const scriptedVoice = (
  id: string,
  speak: (
    utterance: Utterance,
    ctx: { sleep(ms: number): Promise<void> },
  ) => AsyncIterable<SpokenPiece>,
  setup: () => void = () => undefined,
): TtsDefinition =>
  defineTts({
    id,
    summary: 'Speaks as a test wants it to.',
    vendor: id,
    options: noOptions,
    formats: [{ sampleRate: rate, channels: 1 }],
    setup(ctx) {
      setup()
      return { speak: (utterance) => speak(utterance, { sleep: (ms) => ctx.clock.sleep(ms) }) }
    },
  })

/** Sound of a text: its words, 100 ms each. With `upTo`, so much of it, in ms. */
export function* sound(
  span: number,
  text: string,
  upTo = Infinity,
  hasWords = true,
): Generator<SpokenPiece> {
  const words: Word[] = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word, index) => ({ text: word, startMs: index * wordMs, endMs: (index + 1) * wordMs }))
  const lengthMs = Math.min(words.length * wordMs, upTo)
  for (let at = 0; at < lengthMs; at += 50) {
    const length = (Math.min(50, lengthMs - at) * rate) / 1000
    const samples = new Int16Array(length).fill(span)
    const begun = words.filter(({ startMs }) => startMs >= at && startMs < at + 50)
    yield { span, samples, ...(hasWords && { words: begun }) }
  }
}

/** A brain that answers as a test wants it to. */
export const scriptedBrain = (
  id: string,
  respond: (inference: Inference, sleep: (ms: number) => Promise<void>) => AsyncIterable<Said>,
): BrainDefinition =>
  defineBrain({
    id,
    summary: 'Answers as a test wants it to.',
    vendor: id,
    options: { type: 'object', additionalProperties: false, properties: {} },
    setup: ({ clock }) => ({ respond: (inference) => respond(inference, (ms) => clock.sleep(ms)) }),
  })

/** A recogniser that hears as a test wants it to. */
export const scriptedEars = (
  id: string,
  open: (init: SttStreamInit) => SttStream | Promise<SttStream>,
): SttDefinition =>
  defineStt({
    id,
    summary: 'Hears as a test wants it to.',
    vendor: id,
    options: noOptions,
    formats: [{ sampleRate: rate, channels: 1 }],
    finalWithinMs: 300,
    setup: () => ({ open: async (init) => open(init) }),
  })

/** A node that is fed from outside and passes on. */
export const source = (type: 'text' | 'audio'): ProcessorDefinition =>
  defineProcessor({
    id: 'source',
    summary: 'Gives what a test feeds it.',
    ports: { in: { in: type }, out: { out: type } },
    setup: () => ({ in: (frame: Frame) => frame as never }),
  })
