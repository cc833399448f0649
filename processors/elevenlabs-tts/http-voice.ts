import type { ElevenLabsClient } from '@elevenlabs/elevenlabs-js'
import {
  createSampleReader,
  createSpanSound,
  readAhead,
  type SampleReader,
  type SpanSound,
  type SpokenPiece,
  type Tts,
  type Utterance,
  type UtteranceText,
} from 'voxgraph/plugin'
import { wordsOf, type Characters } from './characters.ts'
import type { ConnectionInit } from './connection.ts'
import { cutOff, outOfOrder, sdkFailure } from './failure.ts'
import { outputFormat } from './options.ts'
import { createTwice } from './twice.ts'

type Request = Parameters<ElevenLabsClient['textToSpeech']['streamWithTimestamps']>[1]

/** What of the answer so far the model is told, so that a sentence sounds as if it came behind it; in characters. */
const longestPrevious = 300
/** Words without a time at the end, and sound missing behind the last word (ms), from which an answer is cut off. */
const lostWords = 2
const lostMs = 200
/**
 * How long an answer may take to begin, in seconds. The runtime gives up earlier; the SDK's own 240 s would
 * go on behind every request that is aborted, and keep the process alive.
 */
const headersWithinS = 10
/** How far times may go back within a stream, in ms, before they count from the piece they came with. */
const slackMs = 5
/** How far they may be ahead of the sound, in ms: more than a pause, and something is missing in between. */
const aheadMostMs = 2000

/** ElevenLabs in one call, with a request for each span: its text is asked for when all of it is there. */
export class HttpVoice implements Tts {
  readonly #init: ConnectionInit
  readonly #client: ElevenLabsClient

  constructor(init: ConnectionInit, client: ElevenLabsClient) {
    this.#init = init
    this.#client = client
  }

  /** Sound is asked for as it is heard; the vendor is answered as it speaks. */
  speak(utterance: Utterance): AsyncGenerator<SpokenPiece> {
    return readAhead(this.#speak(utterance))
  }

  async *#speak({ text, signal }: Utterance): AsyncGenerator<SpokenPiece> {
    const { sampleRate } = this.#init.format
    const spans = createSpanSound({ sampleRate, cuts: 'marks' })
    let previous = ''
    for await (const span of wholeSpans(text)) {
      if (signal.aborted) return
      if (!/[\p{L}\p{N}]/u.test(span.text)) continue
      spans.write(span)
      yield* spans.cut(span.span)
      yield* this.#say(span.text.trim(), previous, spans, signal)
      if (signal.aborted) return
      previous = `${previous} ${span.text}`.slice(-longestPrevious)
    }
    yield* spans.end()
  }

  async *#say(
    text: string,
    previous: string,
    spans: SpanSound,
    signal: AbortSignal,
  ): AsyncGenerator<SpokenPiece> {
    const { options, format } = this.#init
    const samples = createSampleReader(format.encoding)
    const fromMs = spans.lengthMs
    const over = new AbortController()
    const either = AbortSignal.any([over.signal, signal])
    try {
      const request = this.#client.textToSpeech.streamWithTimestamps(
        options.voice,
        requestOf(this.#init, text, previous),
        { abortSignal: either, maxRetries: 0, timeoutInSeconds: headersWithinS },
      )
      const isTwice = createTwice()
      for await (const { audioBase64, alignment, normalizedAlignment } of await request) {
        const characters = charactersOf(alignment ?? normalizedAlignment)
        const sound = Buffer.from(audioBase64, 'base64')
        if (isTwice(JSON.stringify([audioBase64, alignment]), { sound, characters })) continue
        yield* heard(sound, characters, spans, samples, fromMs)
      }
      if (spans.untimed >= lostWords || spans.lackMs > lostMs || spans.lengthMs === fromMs) {
        throw cutOff()
      }
    } catch (error) {
      if (!signal.aborted) throw sdkFailure(error, options.api_key ?? '')
    } finally {
      over.abort()
    }
  }
}

function* heard(
  sound: Uint8Array,
  characters: Characters | undefined,
  spans: SpanSound,
  samples: SampleReader,
  fromMs: number,
): Generator<SpokenPiece> {
  if (characters !== undefined) {
    // Times of a stream count from its beginning, or from the piece they came with: both are seen.
    const aheadMs = (characters.startMs[0] ?? 0) - (spans.lengthMs - fromMs)
    if (aheadMs > aheadMostMs) throw outOfOrder()
    const isOfPiece = aheadMs < -slackMs
    spans.times(wordsOf(characters, isOfPiece ? spans.lengthMs : fromMs))
  }
  yield* spans.sound(samples.read(sound))
}

function requestOf({ options, format }: ConnectionInit, text: string, previous: string): Request {
  const { model, language, voice_settings: settings } = options
  return {
    text,
    modelId: model,
    outputFormat: outputFormat(format) as NonNullable<Request['outputFormat']>,
    ...(language !== undefined && { languageCode: language }),
    ...(previous !== '' && { previousText: previous }),
    ...(settings !== undefined && {
      voiceSettings: {
        stability: settings.stability,
        similarityBoost: settings.similarity_boost,
        style: settings.style,
        useSpeakerBoost: settings.use_speaker_boost,
        speed: settings.speed,
      } as NonNullable<Request['voiceSettings']>,
    }),
  }
}

/** Characters and their times, as the SDK gives them. */
interface SdkAlignment {
  readonly characters: readonly string[]
  readonly characterStartTimesSeconds: readonly number[]
  readonly characterEndTimesSeconds: readonly number[]
}

function charactersOf(given: SdkAlignment | undefined): Characters | undefined {
  if (given === undefined) return undefined
  const { characters, characterStartTimesSeconds, characterEndTimesSeconds } = given
  const ms = (seconds: number): number => seconds * 1000
  return {
    chars: characters,
    startMs: characterStartTimesSeconds.map(ms),
    endMs: characterEndTimesSeconds.map(ms),
  }
}

/** Puts the pieces of each span together. */
async function* wholeSpans(text: Utterance['text']): AsyncGenerator<UtteranceText> {
  let gathered: UtteranceText | undefined
  for await (const piece of text) {
    if (gathered?.span === piece.span) gathered = { ...piece, text: gathered.text + piece.text }
    else {
      if (gathered !== undefined) yield gathered
      gathered = piece
    }
  }
  if (gathered !== undefined) yield gathered
}
