import { providers } from '../faults/providers.ts'
import { hurried } from '../faults/stages.ts'
import type { Clock } from 'voxgraph/plugin'
import {
  emulateAnthropic,
  emulateCartesia,
  emulateDeepgram,
  emulateElevenLabs,
  emulateOpenAi,
  type Emulator,
  type NodeInit,
  type Received,
} from 'voxgraph/testing'

/** A vendor's way to be told that an answer is not wanted any more. */
export interface Wire {
  readonly name: string
  readonly stage: 'llm' | 'tts'
  /** The message that cancels an answer; undefined where its request is aborted. */
  readonly isCancel: ((message: Received) => boolean) | undefined
  /** The vendor's stand-in: its answers are long and slow enough to be cut. */
  emulate(clock: Clock): Promise<Emulator>
  node(emulator: Emulator): NodeInit
}

/** What the caller says to get a long answer, and a short one. */
export const asks = { long: 'Tell me everything.', short: 'Tell me one thing.' } as const

const sentence =
  'We have a quiet room for you on the second floor, and it looks out over the old harbour.'
/** Four long sentences, and a short one. */
export const answers = { long: Array(4).fill(sentence).join(' '), short: 'It is done.' } as const

/** The answer to what was said last: of an answer that nobody has heard, what was said before is still there. */
export const answerTo = (said: string): string =>
  said.endsWith(asks.long) ? answers.long : said.endsWith(asks.short) ? answers.short : ''

const answer = ({ said }: { readonly said: string }) => [{ text: answerTo(said) }]

/** Ms between two words of a model. */
const tokenMs = 5
/** How many times faster than it sounds sound is sent. */
const pace = 6

const emulators = {
  anthropic: (clock: Clock) => emulateAnthropic({ clock, answer, tokenMs }),
  openai: (clock: Clock) => emulateOpenAi({ clock, answer, tokenMs, speak: hurried, pace }),
  cartesia: (clock: Clock) => emulateCartesia({ clock, speak: hurried, pace }),
  elevenlabs: (clock: Clock) => emulateElevenLabs({ clock, speak: hurried, pace }),
  deepgram: (clock: Clock) => emulateDeepgram({ clock, speak: hurried, pace }),
} as const

const field =
  (name: string, value: unknown) =>
  ({ kind, body }: Received): boolean =>
    kind === 'message' && (Object(body) as Record<string, unknown>)[name] === value

const wire = (
  name: string,
  vendor: keyof typeof emulators,
  isCancel?: Wire['isCancel'],
  options: object = {},
): Wire => {
  const id = name.split(' ')[0]
  const provider = providers.find((one) => one.id === id)
  if (provider === undefined || provider.stage === 'stt') throw new Error(`no voice or mind ${id}`)
  return {
    name,
    stage: provider.stage,
    isCancel,
    emulate: emulators[vendor],
    node: ({ endpoint, key }) => ({
      definition: provider.definition,
      options: {
        ...provider.options,
        ...options,
        endpoint: endpoint + (vendor === 'openai' && !endpoint.endsWith('/v1') ? '/v1' : ''),
        api_key: key,
      },
    }),
  }
}

/** Every mind and every voice of a vendor. */
export const wires: readonly Wire[] = [
  wire('anthropic-llm', 'anthropic'),
  wire('openai-llm', 'openai', undefined, { model: 'gpt-5.4-mini' }),
  wire('cartesia-tts', 'cartesia', field('cancel', true)),
  wire('elevenlabs-tts', 'elevenlabs', field('close_context', true)),
  wire('elevenlabs-tts over HTTP', 'elevenlabs', undefined, { mode: 'http' }),
  wire('deepgram-tts', 'deepgram', field('type', 'Clear')),
  wire('openai-tts', 'openai'),
]
