import {
  createInbox,
  createSampleReader,
  createSpanSound,
  readAhead,
  type Cancel,
  type Inbox,
  type SpanSound,
  type SpokenPiece,
  type Tts,
  type Utterance,
} from 'voxgraph/plugin'
import { wordsOf } from './characters.ts'
import { Connection, type ConnectionInit } from './connection.ts'
import { cutOff } from './failure.ts'
import type { ElevenLabsMessage } from './read-message.ts'
import { Telling } from './telling.ts'

/** Words without a time at the end, and sound missing behind the last word (ms), from which an answer is cut off. */
const lostWords = 2
const lostMs = 200
/** How long a context is left open behind its last word, in ms: the sound dies away. */
const tailMs = 100
/** How long nothing may come behind the last flush before it is closed all the same, in ms. */
const lingerMs = 2000

/** Where an utterance is spoken. */
interface Place {
  readonly id: string
  readonly connection: Connection
}

/** ElevenLabs in one call, over its multi-context socket: a context an utterance. */
export class SocketVoice implements Tts {
  readonly #init: ConnectionInit
  #connection: Promise<Connection> | undefined
  /** Those that were left, and somebody still speaks on. */
  readonly #old = new Set<Connection>()
  #isClosed = false

  constructor(init: ConnectionInit) {
    this.#init = init
  }

  /** A connection that is open and has room for a context. */
  async connected(): Promise<Connection> {
    const last = this.#connection
    const open = await last?.catch(() => undefined)
    if ((await open?.hasRoom()) !== true && this.#connection === last) {
      // It has too many contexts that are not let go of: whoever speaks there goes on to the end.
      if (open?.isInUse === true) this.#old.add(open)
      else open?.close()
      this.#connection = Connection.open(this.#init)
    }
    const connection = await this.#connection
    if (connection === undefined) throw new TypeError('no connection')
    if (this.#isClosed) connection.close()
    return connection
  }

  /** Sound is asked for as it is heard; the vendor is answered as it speaks. */
  speak(utterance: Utterance): AsyncGenerator<SpokenPiece> {
    return readAhead(this.#speak(utterance))
  }

  async *#speak({ text, signal }: Utterance): AsyncGenerator<SpokenPiece> {
    if (signal.aborted) return
    const { clock, format } = this.#init
    // Characters have times, so words say where a span begins.
    const spans = createSpanSound({ sampleRate: format.sampleRate, cuts: 'words' })
    const places = createInbox<Place & { readonly messages: Inbox<ElevenLabsMessage> }>()
    let place: Place | undefined
    const begin = async () => {
      const connection = await this.connected()
      if (signal.aborted) return undefined
      const id = crypto.randomUUID()
      place = { id, connection }
      places.push({ ...place, messages: connection.context(id) })
      return (message: object) => connection.send(id, message)
    }
    const telling = new Telling({ clock, spans, begin })
    const stop = (): void => {
      telling.stop()
      places.drop()
      place?.connection.cancel(place.id)
    }
    signal.addEventListener('abort', stop)
    const ending = { isTold: false, close: (): void => undefined }
    void telling.tell(text).then(
      () => {
        ending.isTold = true
        ending.close()
        places.end()
      },
      (error: unknown) => places.fail(error as Error),
    )
    try {
      for await (const { id, connection, messages } of places) {
        yield* this.#heard(messages, spans, ending, () => {
          connection.send(id, { close_context: true })
        })
      }
      if (signal.aborted || !telling.hasBegun) return
      if (spans.untimed >= lostWords || spans.lackMs > lostMs || spans.lengthMs === 0)
        throw cutOff()
      yield* spans.end()
    } finally {
      signal.removeEventListener('abort', stop)
      stop()
      this.#tidy(place?.connection)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const connection of this.#old) connection.close()
    const connection = await this.#connection?.catch(() => undefined)
    connection?.close()
  }

  /** After an utterance: leaves no connection that is not used, and none for the next one to wait for. */
  #tidy(connection: Connection | undefined): void {
    if (connection === undefined || this.#isClosed) return
    if (this.#old.has(connection)) {
      if (connection.isInUse) return
      this.#old.delete(connection)
      connection.close()
    } else if (!connection.isOpen) this.connected().catch(() => undefined)
  }

  /**
   * The sound of a context. It is closed when all of its text has sounded, not before: a context that is
   * closed while it is flushed is not stopped any more.
   */
  async *#heard(
    messages: Inbox<ElevenLabsMessage>,
    spans: SpanSound,
    ending: { isTold: boolean; close: () => void },
    close: () => void,
  ): AsyncGenerator<SpokenPiece> {
    const { clock, format } = this.#init
    const samples = createSampleReader(format.encoding)
    let cancel: Cancel = () => undefined
    let isClosed = false
    const closeOnce = (): void => {
      cancel()
      if (!isClosed) close()
      isClosed = true
    }
    const mayClose = (): void => {
      cancel()
      if (!ending.isTold || isClosed) return
      const isWhole = spans.isTimed && spans.lackMs <= 0
      cancel = clock.after(isWhole ? tailMs : lingerMs, closeOnce)
    }
    ending.close = mayClose
    mayClose()
    try {
      for await (const { sound, characters } of messages) {
        if (characters !== undefined) spans.times(wordsOf(characters, spans.lengthMs))
        if (sound !== undefined) yield* spans.sound(samples.read(sound))
        mayClose()
      }
    } finally {
      cancel()
      ending.close = () => undefined
    }
  }
}
