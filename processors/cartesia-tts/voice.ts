import {
  createSampleReader,
  createSpanSound,
  ProviderError,
  type SpanSound,
  type SpeechFormat,
  type SpokenPiece,
  type Tts,
  type Utterance,
} from 'voxgraph/plugin'
import { Connection, type ConnectionInit } from './connection.ts'
import { provider } from './options.ts'
import { Telling, type Rate, type Stretch } from './telling.ts'

/** Words at the end without a time, and sound that is missing behind the last word (ms), from which an answer counts as cut off. */
const lostWords = 2
const lostMs = 200

/** Cartesia in one call: one connection, opened again before an utterance when it was closed meanwhile. */
export class CartesiaVoice implements Tts {
  readonly #init: ConnectionInit
  readonly #format: SpeechFormat
  #connection: Promise<Connection> | undefined
  #isClosed = false

  constructor(init: ConnectionInit, format: SpeechFormat) {
    this.#init = init
    this.#format = format
  }

  /** The connection, open. */
  async connected(): Promise<Connection> {
    const last = this.#connection
    const isOpen = await last?.then(
      (connection) => connection.isOpen,
      () => false,
    )
    // Two utterances may ask at once: whoever is first opens it for both.
    if (isOpen !== true && this.#connection === last) {
      this.#connection = Connection.open(this.#init)
    }
    const connection = await this.#connection
    if (connection === undefined) throw new TypeError('no connection')
    // Whoever asks is told that there is none.
    if (this.#isClosed) connection.close()
    return connection
  }

  async *speak({ text, signal }: Utterance): AsyncGenerator<SpokenPiece> {
    if (signal.aborted) return
    const { options, clock } = this.#init
    const { sampleRate, encoding } = this.#format
    // Flushes say to the sample where a span ends; times of words say it only as well as they are.
    const spans = createSpanSound({ sampleRate, cuts: 'marks' })
    const format = {
      container: 'raw',
      encoding: encoding === 'mulaw' ? 'pcm_mulaw' : 'pcm_s16le',
      sample_rate: sampleRate as Rate,
    } as const
    const connected = (): Promise<Connection> => this.connected()
    const telling = new Telling({ options, format, clock, spans, connected })
    const stop = (): void => telling.stop()
    signal.addEventListener('abort', stop)
    void telling.tell(text)
    try {
      for await (const stretch of telling.stretches) yield* this.#heard(stretch, spans)
      if (signal.aborted) return
      if (spans.untimed >= lostWords || spans.lackMs > lostMs) throw cutOff()
      yield* spans.end()
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
      // One that was given up as dead is replaced before the next answer waits for it.
      if (telling.connection?.isOpen === false && !this.#isClosed) {
        this.connected().catch(() => undefined)
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const connection = await this.#connection?.catch(() => undefined)
    connection?.close()
  }

  /** The sound of a context. */
  async *#heard(stretch: Stretch, spans: SpanSound): AsyncGenerator<SpokenPiece> {
    const samples = createSampleReader(this.#format.encoding)
    const fromMs = spans.lengthMs
    let flushes = 0
    const begin = function* (): Generator<SpokenPiece> {
      const span = stretch.spans[flushes]
      if (span !== undefined) yield* spans.cut(span)
    }
    yield* begin()
    let isDone = false
    for await (const event of stretch.events) {
      if (event.type === 'sound') yield* spans.sound(samples.read(event.bytes))
      else if (event.type === 'times') {
        spans.times(
          event.texts.map(({ text, startMs, endMs }) => ({
            text,
            startMs: startMs + fromMs,
            endMs: endMs + fromMs,
          })),
        )
      } else if (event.type === 'flushed') {
        flushes++
        yield* begin()
      } else isDone = true
    }
    if (isDone && spans.lengthMs === fromMs) throw cutOff()
  }
}

const cutOff = (): ProviderError =>
  new ProviderError('server', { provider, reason: 'it ended before everything was said' })
