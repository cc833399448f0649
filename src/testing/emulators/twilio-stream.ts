import { WebSocket } from 'ws'
import { decodeMulaw, encodeMulaw } from '../../audio/g711.ts'
import { createValidators } from '../../schema/compile.ts'
import type { Cancel, Clock } from '../../time/clock.ts'
import type { CallerPhone } from '../caller-phone.ts'
import { streamSchemas } from './twilio-schema.ts'

/** Who is at the telephone: a `CallerPhone`, or less. What it does not say is silence. */
export type PhonePerson = Partial<Pick<CallerPhone, 'speak' | 'hear' | 'ended' | 'now'>>

/** 20 ms that the far end heard. */
export interface HeardPiece {
  /** Ms on the emulator's clock at which it began. */
  readonly at: number
  /** Linear 16-bit, 8000 Hz. */
  readonly samples: Int16Array
}

/** A message of ours that has come back, or was obeyed. */
export interface StreamNote {
  readonly at: number
  readonly type: 'mark' | 'clear'
  /** Of a mark. */
  readonly name: string
  /** Of a mark: sound before it was thrown away. */
  readonly isCleared: boolean
  /** Ms of sound that had been played in the whole stream by then. */
  readonly playedMs: number
  /** Ms that the far end had heard by then, silence too: so much of `heard` was there. */
  readonly heardMs: number
}

/** What `TwilioStream` takes. */
export interface StreamInit {
  readonly clock: Clock
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly streamSid: string
  /** Fields of `start`. */
  readonly start: Readonly<Record<string, unknown>>
  readonly farEnd: PhonePerson
  /** What is sent in the place of a message; it alone unless given. */
  readonly mangle?: ((message: object) => readonly object[]) | undefined
  violate(what: string): void
  /** The far end has hung up. */
  hungUp(): void
}

/** Samples of a piece of sound: 20 ms. */
const pieceLength = 160
const pieceMs = 20

interface Mark {
  readonly name: string
  /** Bytes that are before it. */
  readonly at: number
}

/**
 * Twilio's side of a media stream: sends 20 ms of sound at the pace of the clock, keeps what it is sent in a
 * buffer, and plays it to the far end as long as it lasts. A mark comes back when what was before it has been
 * played, or thrown away.
 */
export class TwilioStream {
  readonly heard: HeardPiece[] = []
  readonly notes: StreamNote[] = []
  /** Everything we were sent, in order. */
  readonly messages: { readonly at: number; readonly event: string }[] = []
  /** Resolves when the socket is open. */
  readonly opened: Promise<void>
  /** Code and reason with which the socket was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #init: StreamInit
  readonly #socket: WebSocket
  readonly #validators = createValidators()
  #buffer: Uint8Array[] = []
  #received = 0
  #played = 0
  #marks: Mark[] = []
  #sequence = 0
  #chunk = 0
  #startedAt = 0
  #cancel: Cancel = () => undefined
  #isOver = false

  constructor(init: StreamInit) {
    this.#init = init
    const socket = new WebSocket(init.url, { headers: init.headers, perMessageDeflate: false })
    this.#socket = socket
    this.opened = new Promise((resolve) => void socket.on('open', () => resolve()))
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    socket.on('error', () => undefined)
    socket.on('open', () => this.#begin())
    socket.on('message', (data: Buffer, isBinary) => this.#take(isBinary ? '' : data.toString()))
    socket.on('close', () => this.#end())
  }

  /** Ms of sound that the far end has heard of what it was sent. */
  get playedMs(): number {
    return this.#played / 8
  }

  /** Ms of sound that wait to be played. */
  get bufferedMs(): number {
    return this.#buffer.reduce((sum, { length }) => sum + length, 0) / 8
  }

  /** Sends any text. */
  say(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text)
  }

  /** The far end presses a key. */
  press(digit: string): void {
    this.#send({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } })
  }

  /** Reads no more. */
  freeze(): void {
    this.#socket.pause()
  }

  /** The network fails. */
  drop(): void {
    this.#end()
    this.#socket.terminate()
  }

  /** Ends in order. */
  stop(): void {
    if (this.#isOver) return
    const { accountSid, callSid } = this.#init.start
    this.#send({ event: 'stop', stop: { accountSid, callSid } })
    this.#end()
    this.#socket.close()
  }

  #begin(): void {
    const { streamSid, start, clock } = this.#init
    this.say(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }))
    this.#send({ event: 'start', start: { streamSid, ...start } })
    this.#startedAt = clock.now()
    this.#next()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancel()
    this.#init.farEnd.ended?.()
  }

  #send(message: { readonly event: string; readonly [field: string]: unknown }): void {
    const { streamSid, mangle = (one: object) => [one] } = this.#init
    const { event, ...fields } = message
    const whole = { event, sequenceNumber: String(++this.#sequence), streamSid, ...fields }
    for (const one of mangle(whole)) this.say(JSON.stringify(one))
  }

  #next(): void {
    const { clock } = this.#init
    const due = this.#startedAt + (this.#chunk + 1) * pieceMs
    this.#cancel = clock.after(Math.max(0, due - clock.now()), () => this.#tick())
  }

  #tick(): void {
    const { farEnd, hungUp } = this.#init
    this.#play()
    const said =
      farEnd.speak === undefined ? new Int16Array(pieceLength) : farEnd.speak(pieceLength)
    if (said === undefined) {
      this.stop()
      hungUp()
      return
    }
    const payload = Buffer.from(Uint8Array.from(encodeMulaw(said))).toString('base64')
    const timestamp = String(this.#chunk * pieceMs)
    this.#chunk++
    this.#send({
      event: 'media',
      media: { track: 'inbound', chunk: String(this.#chunk), timestamp, payload },
    })
    if (!this.#isOver) this.#next()
  }

  /** The far end hears the next 20 ms. */
  #play(): void {
    const { farEnd, clock } = this.#init
    const codes = new Uint8Array(pieceLength).fill(0xff)
    let filled = 0
    while (filled < pieceLength) {
      const [first] = this.#buffer
      if (first === undefined) break
      const part = first.subarray(0, pieceLength - filled)
      codes.set(part, filled)
      filled += part.length
      if (part.length === first.length) this.#buffer.shift()
      else this.#buffer[0] = first.subarray(part.length)
    }
    const samples = decodeMulaw(codes)
    this.#played += filled
    this.heard.push({ at: clock.now(), samples })
    farEnd.hear?.(samples, farEnd.now ?? 0)
    this.#return(false, ({ at }) => at <= this.#played)
  }

  #return(isCleared: boolean, isDue: (mark: Mark) => boolean): void {
    const due = this.#marks.filter(isDue)
    this.#marks = this.#marks.filter((mark) => !isDue(mark))
    for (const { name } of due) {
      this.#note('mark', name, isCleared)
      this.#send({ event: 'mark', mark: { name } })
    }
  }

  #note(type: StreamNote['type'], name: string, isCleared: boolean): void {
    const { clock } = this.#init
    const { playedMs } = this
    const heardMs = this.heard.length * pieceMs
    this.notes.push({ at: clock.now(), type, name, isCleared, playedMs, heardMs })
  }

  #take(text: string): void {
    if (this.#isOver) return
    const { violate, streamSid } = this.#init
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return violate('a message is no JSON')
    }
    const fields = Object(message) as Readonly<Record<string, unknown>>
    const event = String(fields['event'])
    const schema = Object.hasOwn(streamSchemas, event) ? streamSchemas[event] : undefined
    if (schema === undefined) return violate(`there is no event ${event}`)
    const [issue] = this.#validators.of(schema)(message)
    if (issue !== undefined) return violate(`${event}: ${issue.pointer} ${issue.message}`)
    if (fields['streamSid'] !== streamSid) return violate(`${event}: another streamSid`)
    this.messages.push({ at: this.#init.clock.now(), event })
    this.#obey(event, fields)
  }

  #obey(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (event === 'media') {
      const { payload } = fields['media'] as { readonly payload: string }
      const bytes = Buffer.from(payload, 'base64')
      this.#buffer.push(bytes)
      this.#received += bytes.length
    } else if (event === 'mark') {
      const { name } = fields['mark'] as { readonly name: string }
      this.#marks.push({ name, at: this.#received })
      this.#return(false, ({ at }) => at <= this.#played)
    } else {
      this.#buffer = []
      this.#received = this.#played
      this.#note('clear', '', false)
      this.#return(true, () => true)
    }
  }
}
