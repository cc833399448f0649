import anthropicLlm from 'voxgraph/processors/anthropic-llm'
import cartesiaTts from 'voxgraph/processors/cartesia-tts'
import deepgramFlux from 'voxgraph/processors/deepgram-flux'
import deepgramStt from 'voxgraph/processors/deepgram-stt'
import deepgramTts from 'voxgraph/processors/deepgram-tts'
import elevenLabsTts from 'voxgraph/processors/elevenlabs-tts'
import openAiLlm from 'voxgraph/processors/openai-llm'
import openAiStt from 'voxgraph/processors/openai-stt'
import openAiTts from 'voxgraph/processors/openai-tts'
import type { NodeDefinition } from 'voxgraph/plugin'
import {
  cartesiaVoice,
  elevenLabsVoice,
  emulateAnthropic,
  emulateCartesia,
  emulateDeepgram,
  emulateElevenLabs,
  emulateOpenAi,
  scriptedEar,
  type Emulator,
} from 'voxgraph/testing'
import { createValidators } from '../../src/schema/compile.ts'
import { answerTo, callerLines, greeting, heardIn, hurried } from './stages.ts'

/** Which of the three stages a provider is. */
export type Stage = 'stt' | 'llm' | 'tts'

/** A provider under test, and how its vendor is emulated. */
export interface Provider {
  readonly id: string
  readonly stage: Stage
  readonly definition: NodeDefinition
  readonly options: Readonly<Record<string, unknown>>
  /** Its connections are sockets that stay open; otherwise every question is a request. */
  readonly hasSocket: boolean
  /** Id of the provider that takes its place. */
  readonly fallback: string
  emulate(): Promise<Emulator>
}

/** The answer to what the emulated model is asked. */
const answer = ({ said }: { readonly said: string }): readonly { readonly text: string }[] => {
  const line = callerLines.findLast((one) => said.includes(one))
  return [{ text: line === undefined ? greeting : answerTo(line) }]
}

/** Ms between two words of an emulated model: it is still at it when its first words are spoken. */
const tokenMs = 40
/** How much faster than it sounds emulated sound is sent. */
const pace = 3

const voice = { speak: hurried, pace }
const ears = () => emulateDeepgram({ ear: scriptedEar(heardIn), ...voice })
const openAi = () => emulateOpenAi({ ear: scriptedEar(heardIn), answer, tokenMs, ...voice })

/** Every provider of a vendor. */
export const providers: readonly Provider[] = (
  [
    ['deepgram-stt', 'stt', deepgramStt, {}, true, 'openai-stt', ears],
    ['deepgram-flux', 'stt', deepgramFlux, {}, true, 'deepgram-stt', ears],
    ['openai-stt', 'stt', openAiStt, { model: 'gpt-4o-transcribe' }, false, 'deepgram-stt', openAi],
    [
      'anthropic-llm',
      'llm',
      anthropicLlm,
      {},
      false,
      'openai-llm',
      () => emulateAnthropic({ answer, tokenMs }),
    ],
    ['openai-llm', 'llm', openAiLlm, { model: 'gpt-5.4-mini' }, false, 'anthropic-llm', openAi],
    [
      'cartesia-tts',
      'tts',
      cartesiaTts,
      { voice: cartesiaVoice },
      true,
      'elevenlabs-tts',
      () => emulateCartesia(voice),
    ],
    [
      'elevenlabs-tts',
      'tts',
      elevenLabsTts,
      { voice: elevenLabsVoice },
      true,
      'cartesia-tts',
      () => emulateElevenLabs(voice),
    ],
    ['deepgram-tts', 'tts', deepgramTts, {}, true, 'cartesia-tts', ears],
    [
      'openai-tts',
      'tts',
      openAiTts,
      { model: 'gpt-4o-mini-tts', voice: 'alloy' },
      false,
      'cartesia-tts',
      openAi,
    ],
  ] as const
).map(([id, stage, definition, options, hasSocket, fallback, emulate]) => ({
  id,
  stage,
  definition,
  options: { ...defaultsOf(definition), ...options },
  hasSocket,
  fallback,
  emulate,
}))

/** Options as of a graph file that says nothing: lengths of time are in ms. */
function defaultsOf(definition: NodeDefinition): Readonly<Record<string, unknown>> {
  const options = {}
  createValidators().of(definition.options)(options)
  return options
}
