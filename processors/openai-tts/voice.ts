import {
  createSampleReader,
  ProviderError,
  type SpokenPiece,
  type TtsContext,
  type Utterance,
  type UtteranceText,
} from 'voxgraph/plugin'
import { failureOf, strange, type Account, type Clients } from '../openai.ts'
import { provider, sampleRate, type SpeechOptions } from './options.ts'
import { wholeSpans } from './whole-spans.ts'

/** What a call of `openai-tts` gets from the runtime. */
export type SpeechContext = TtsContext<SpeechOptions, Clients>

/** Nobody says more letters in a second than this at the voice's own pace; people say 15. */
const fastest = 50
/** Texts shorter than this, in letters, may be an abbreviation or a sign that takes no time at all. */
const shortest = 10
/** Nobody needs more than this for a text, in seconds: so many, and so many for each character. */
const slowest = { s: 10, perCharacterS: 0.3 } as const

/** A request on its way; what it rejects with is looked at when its turn has come. */
interface Asked {
  readonly of: UtteranceText
  readonly response: Promise<Response>
}

/**
 * Speaks span by span, each with a request of its own. The next request is made while the sound of the one
 * before it comes, so there is no gap between them.
 * @throws ProviderError
 */
export async function* speak(
  { options }: SpeechContext,
  account: Account,
  utterance: Utterance,
): AsyncGenerator<SpokenPiece> {
  const over = new AbortController()
  const signal = AbortSignal.any([utterance.signal, over.signal])
  const spans = wholeSpans(utterance.text)
  const next = async (): Promise<Asked | undefined> => {
    const { done, value: of } = await spans.next()
    return done ? undefined : { of, response: ask(account, options, of.text, signal) }
  }
  try {
    let asked = await next()
    while (asked !== undefined && !signal.aborted) {
      const coming = next()
      coming.catch(() => undefined)
      yield* soundOf(await asked.response, asked.of, options)
      asked = await coming
    }
  } catch (thrown) {
    if (!utterance.signal.aborted) throw failureOf(thrown, account)
  } finally {
    over.abort()
  }
}

function ask(
  { client }: Account,
  { model, voice, instructions, speed }: SpeechOptions,
  input: string,
  signal: AbortSignal,
): Promise<Response> {
  const asked = client.audio.speech.create(
    {
      ...{ model, input, response_format: 'pcm' },
      voice: voice.startsWith('voice_') ? { id: voice } : voice,
      ...(instructions !== undefined && { instructions }),
      ...(speed !== 1 && { speed }),
    },
    { signal },
  )
  const response = Promise.resolve(asked)
  response.catch(() => undefined)
  return response
}

async function* soundOf(
  { body, headers }: Response,
  { span, text }: UtteranceText,
  { speed }: SpeechOptions,
): AsyncGenerator<SpokenPiece> {
  const type = headers.get('content-type') ?? ''
  if (body === null || !/^(audio\/(pcm|l16|x-raw|raw)|application\/octet-stream|$)/i.test(type)) {
    await body?.cancel()
    throw strange(provider, headers)
  }
  const reader = createSampleReader('pcm')
  const most = slowest.s + (slowest.perCharacterS * text.length) / speed
  let seconds = 0
  for await (const bytes of body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
    const samples = reader.read(bytes)
    seconds += samples.length / sampleRate
    if (seconds > most) throw failed(`it sent more than ${Math.round(most)} s of sound for a text`)
    if (samples.length > 0) yield { span, samples }
  }
  // Nothing marks the end of the sound. One that breaks off early is as long as nobody can speak.
  const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
  if (letters >= shortest && letters > seconds * fastest * speed) {
    throw failed('it ended the sound before all could be said')
  }
}

const failed = (reason: string): ProviderError => new ProviderError('server', { provider, reason })
