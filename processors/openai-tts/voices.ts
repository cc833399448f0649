import { isOpenAi } from '../openai.ts'

/** Voices that OpenAI has (SDK 7.55.0); it has no list that could be asked for. */
const voices = [
  ...['alloy', 'ash', 'ballad', 'cedar', 'coral', 'echo', 'fable'],
  ...['marin', 'nova', 'onyx', 'sage', 'shimmer', 'verse'],
]

/** What the ids of other vendors' voices look like. */
const others: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'Cartesia'],
  [/^(?=.*\d)(?=.*[A-Z])[A-Za-z0-9]{20}$/, 'ElevenLabs'],
  [/^aura-/, 'Deepgram'],
]

/** What is wrong with a voice; undefined when nothing is known against it. Other servers have other voices. */
export function voiceFault(voice: string, endpoint: string): string | undefined {
  const [, vendor] = others.find(([form]) => form.test(voice)) ?? []
  if (vendor !== undefined) return `there is no voice "${voice}": it looks like one of ${vendor}`
  if (!isOpenAi(endpoint) || voices.includes(voice) || voice.startsWith('voice_')) return undefined
  return `there is no voice "${voice}"; there are ${voices.join(', ')}`
}
