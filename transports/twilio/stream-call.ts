import type { Observable } from 'rxjs'
import type { RawData, WebSocket } from 'ws'
import {
  audio,
  createCallFrames,
  dtmf,
  durationMs,
  encodeMulaw,
  keyTones,
  message,
  VoxgraphError,
  type AudioFrame,
  type CallEnd,
  type Cancel,
  type Clock,
  type Connection,
  type DtmfFrame,
  type Frame,
  type Json,
  type MessageFrame,
  type TransferInit,
} from 'voxgraph/plugin'
import { MessageRate } from './message-rate.ts'
import { PlayedMarks } from './played-marks.ts'
import { newLine, restOfLine, takeChunk } from './sound-line.ts'
import { isViolation, readStreamMessage } from './stream-messages.ts'

/** What a stream may cost. */
export interface StreamLimits {
  /** Bytes that may wait for Twilio to read them. */
  readonly maxUnread: number
  /** How many times faster than 75 a second messages may come. */
  readonly maxSpeed: number
  readonly idleTimeoutMs: number
}

/** What `StreamCall` takes. */
export interface StreamCallInit {
  readonly socket: WebSocket
  readonly clock: Clock
  readonly streamSid: string
  /** Variables of the call. */
  readonly call: Readonly<Record<string, unknown>>
  readonly limits: StreamLimits
  /** Ends the call at Twilio. Never rejects. */
  hangUp(): Promise<void>
  /** Gives the call away. `moves` is told before Twilio is asked to take the caller off the stream. */
  transfer(destination: string, init: TransferInit, moves: () => void): Promise<void>
}

/** Close codes of RFC 6455: all is well; the other side has done something it must not. */
export const closeCodes = { bye: 1000, tooLarge: 1009, violation: 1008 } as const
/** Messages that come in a second: 50 pieces of sound, and marks. */
const usualRate = 75
/** Shorter sound is joined with what comes next, in ms: streams of tiny pieces sound jittery at Twilio. */
const leastMs = 20
const sampleRate = 8000
/** Longest reason of a close frame, in characters of ASCII; 123 bytes are allowed. */
const longestReason = 120
/** How long the end of a call waits until what was said last has been played, in ms; closing has two seconds. */
const drainMs = 900
/** How long it waits for Twilio to say that the call was moved, where it has been asked to, in ms. */
const movingMs = 900
/** How long it waits for Twilio to confirm the end, in ms. It goes on trying behind that. */
const hangUpMs = 900

interface Key {
  readonly digit: string
  isBegun: boolean
}

/**
 * A call over a media stream that has begun. What comes before somebody subscribes is kept (`CallFrames`). Frames
 * complete when Twilio says that the stream is over (when it is closed, if it was given away), and fail with `connection-lost` when it breaks off and
 * with `peer-violation` when it does what Twilio would not.
 */
export class StreamCall implements Connection {
  readonly call: Readonly<Record<string, unknown>>
  readonly frames: Observable<Frame>
  readonly #init: StreamCallInit
  readonly #fromCaller = createCallFrames()
  readonly #marks: PlayedMarks
  readonly #rate: MessageRate
  #line = newLine
  #isTransferred = false
  /** The last transfer, while it is under way and when it has come about; never rejects. */
  #moving: Promise<void> | undefined
  /**
   * Twilio has been asked to take the caller off the stream. That this ends then says nothing of the caller until
   * it is known what came of it, and Twilio says that later.
   */
  #isMoving = false
  #heldEnd: CallEnd | undefined
  #cancelIdle: Cancel
  #heardAt: number
  /** Sound that is too short to be sent alone. */
  #outbox: { readonly bytes: Buffer; readonly response: number }[] = []
  #cancelFlush: Cancel = () => undefined
  #keys: Key[] = []

  constructor(init: StreamCallInit) {
    const { socket, clock, limits } = init
    this.#init = init
    this.call = init.call
    this.#marks = new PlayedMarks(clock)
    this.#rate = new MessageRate(clock, usualRate * limits.maxSpeed)
    this.#heardAt = clock.now()
    this.#cancelIdle = clock.after(limits.idleTimeoutMs, () => this.#checkIdle())
    this.frames = this.#fromCaller.frames
    socket.on('message', (data, isBinary) => this.#take(data, isBinary))
    socket.on('error', (thrown: Error & { readonly code?: string }) => {
      if (thrown.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
        this.#violate('a message is longer than this transport takes', closeCodes.tooLarge)
      } else if (thrown.code?.startsWith('WS_ERR') === true) this.#violate(thrown.message)
    })
    socket.on('close', (code) => {
      const isOrderly = code === 1000 || code === 1001 || code === 1005
      this.#finish(isOrderly ? undefined : new VoxgraphError('connection-lost'))
    })
  }

  play(frame: AudioFrame): void {
    const codes = frame.encoding === 'mulaw' ? frame.samples : encodeMulaw(frame.samples)
    this.#outbox.push({ bytes: Buffer.from(Uint8Array.from(codes)), response: frame.response })
    this.#cancelFlush()
    const waitingMs = this.#outbox.reduce((sum, { bytes }) => sum + msOf(bytes), 0)
    // With nothing to be heard before it, it is heard at once: the fade after a clear is.
    const isAhead = this.#marks.aheadMs > durationMs(frame)
    if (waitingMs >= leastMs || !isAhead) this.#flush()
    else this.#cancelFlush = this.#init.clock.after(leastMs, () => this.#flush())
  }

  send(frame: DtmfFrame | MessageFrame): void {
    // There is nobody at a telephone who could read a message.
    if (frame.type === 'dtmf') this.#press({ digit: frame.digit, isBegun: false })
  }

  clear(): void {
    this.#cancelFlush()
    this.#outbox = []
    // A key is pressed, not said: one that the far end has not begun with is pressed again.
    const again = this.#keys.filter(({ isBegun }) => !isBegun)
    this.#keys = []
    this.#marks.clear()
    this.#write({ event: 'clear' })
    for (const key of again) this.#press(key)
  }

  played(): number {
    return this.#marks.ms
  }

  async transfer(destination: string, init: TransferInit): Promise<void> {
    const moving = this.#init
      .transfer(destination, init, () => (this.#isMoving = true))
      .then(() => void (this.#isTransferred = true))
    this.#moving = moving.catch(() => void (this.#moving = undefined))
    try {
      await moving
    } catch (thrown) {
      this.#isMoving = false
      if (this.#heldEnd !== undefined) this.#finish(this.#heldEnd.failure)
      throw thrown
    }
  }

  async close(): Promise<void> {
    const { socket, clock } = this.#init
    const end = this.#fromCaller.end ?? this.#heldEnd
    const isGone = end !== undefined
    // Twilio may be moving the call: to hang up now would hit whoever it is moved to.
    if (this.#moving !== undefined) await within(clock, movingMs, this.#moving)
    else if (!isGone) await this.#drained()
    const isOver = this.#isTransferred || (isGone && end.failure === undefined)
    const ended = isOver ? undefined : this.#init.hangUp()
    if (socket.readyState === socket.OPEN) socket.close(closeCodes.bye)
    this.#isMoving = false
    this.#finish(undefined)
    if (ended !== undefined) await within(clock, hangUpMs, ended)
  }

  /** Hands over something that Twilio has said of the call elsewhere. */
  tell(name: string, data: Json): void {
    this.#fromCaller.emit(message({ name, data, lane: 'user' }))
  }

  /** The call is over, as Twilio has said elsewhere; `failure` says why it should not be. */
  ended(failure?: VoxgraphError): void {
    const { socket } = this.#init
    this.#finish(failure)
    if (socket.readyState === socket.OPEN) socket.close(closeCodes.bye)
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#fromCaller.end !== undefined) return
    this.#heardAt = this.#init.clock.now()
    if (!this.#rate.spend()) return this.#violate('more messages came than Twilio sends')
    if (isBinary) return this.#violate('a message is not text')
    const read = readStreamMessage((data as Buffer).toString())
    if (isViolation(read)) return this.#violate(read.violation)
    switch (read.event) {
      case 'media': {
        const [line, pieces] = takeChunk(this.#line, read)
        this.#line = line
        for (const piece of pieces) this.#fromCaller.emit(soundOf(piece))
        break
      }
      case 'dtmf':
        this.#fromCaller.emit(dtmf({ digit: read.digit, lane: 'user' }))
        break
      case 'mark':
        this.#marks.back(read.name)
        break
      case 'start':
        this.#violate('a stream began twice')
        break
      case 'stop':
        for (const piece of restOfLine(this.#line)) this.#fromCaller.emit(soundOf(piece))
        this.#finish(undefined)
        break
      case 'connected':
      case 'other':
    }
  }

  #flush(): void {
    const outbox = this.#outbox
    this.#outbox = []
    if (outbox.length === 0) return
    this.#cancelFlush()
    const bytes = Buffer.concat(outbox.map((one) => one.bytes))
    this.#media(bytes)
    const mark = this.#marks.sent(msOf(bytes), outbox.at(-1)?.response ?? 0)
    if (mark !== undefined) this.#mark(mark)
  }

  /** A key, as its sound: a stream has no message for keys, and to play them by REST would end it. */
  #press(key: Key): void {
    this.#flush()
    this.#keys.push(key)
    const begin = this.#marks.mark((isPlayed) => (key.isBegun = isPlayed))
    this.#mark(begin)
    const codes = encodeMulaw(keyTones(key.digit, sampleRate))
    this.#media(Buffer.from(Uint8Array.from(codes)))
    const gone = (): void => void (this.#keys = this.#keys.filter((one) => one !== key))
    this.#mark(this.#marks.mark(gone))
  }

  #media(bytes: Buffer): void {
    this.#write({ event: 'media', media: { payload: bytes.toString('base64') } })
  }

  #mark(name: string): void {
    this.#write({ event: 'mark', mark: { name } })
  }

  #write({ event, ...said }: { readonly event: string; readonly [field: string]: unknown }): void {
    const { socket, limits, streamSid } = this.#init
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.maxUnread) {
      this.#violate('it does not read what is sent to it')
      socket.terminate()
      return
    }
    socket.send(JSON.stringify({ event, streamSid, ...said }))
  }

  /** Resolves when what was said last has been played, or should have been. */
  #drained(): Promise<void> {
    this.#flush()
    if (this.#marks.aheadMs <= 0) return Promise.resolve()
    const played = new Promise<void>((resolve) => this.#mark(this.#marks.mark(() => resolve())))
    return within(this.#init.clock, drainMs, played)
  }

  #checkIdle(): void {
    const { clock, limits } = this.#init
    const left = this.#heardAt + limits.idleTimeoutMs - clock.now()
    if (left > 0) this.#cancelIdle = clock.after(left, () => this.#checkIdle())
    else this.ended(new VoxgraphError('connection-lost'))
  }

  #violate(reason: string, code: number = closeCodes.violation): void {
    if (this.#fromCaller.end !== undefined) return
    this.#init.socket.close(code, reason.slice(0, longestReason))
    this.#finish(new VoxgraphError('peer-violation', { reason, code }))
  }

  #finish(failure: VoxgraphError | undefined): void {
    this.#cancelIdle()
    this.#cancelFlush()
    if (this.#isMoving) this.#heldEnd ??= { failure }
    else this.#fromCaller.finish(failure)
  }
}

const msOf = (bytes: Uint8Array): number => (bytes.length * 1000) / sampleRate

const soundOf = (piece: Uint8Array): AudioFrame =>
  audio({ role: 'user', samples: Int16Array.from(piece), sampleRate, encoding: 'mulaw' })

/** Resolves with `work`, or when `ms` are over. */
async function within(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  const over = new AbortController()
  const late = clock.sleep(ms, over.signal).catch(() => undefined)
  await Promise.race([work, late])
  over.abort()
}
