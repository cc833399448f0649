import { Observable, type Subscriber } from 'rxjs'
import type { RawData, WebSocket } from 'ws'
import {
  VoxgraphError,
  audio,
  bytesToPcm,
  dtmf,
  message,
  pcmToBytes,
  transcript,
  type AudioFrame,
  type Cancel,
  type Clock,
  type Connection,
  type Frame,
  type FrameCodec,
} from 'voxgraph/plugin'
import { createAllowance, type Allowance } from './allowance.ts'
import {
  closeCodes,
  isViolation,
  readClientMessage,
  type CloseName,
  type ReadHello,
  type ServerMessage,
} from './protocol.ts'
import { Teller } from './teller.ts'

/** What a call over a socket may do. */
export interface CallerLimits {
  /** Bytes per second that the client may send. */
  readonly bytesPerSecond: number
  /** Bytes that may wait to be read by the client. */
  readonly maxUnread: number
  /** Time without any message after which the client counts as gone. */
  readonly idleTimeoutMs: number
}

/** What `connectCaller` takes. */
export interface CallerInit {
  readonly socket: WebSocket
  readonly clock: Clock
  readonly hello: ReadHello
  readonly limits: CallerLimits
  readonly codec: FrameCodec
}

/** Most frames that wait for the session to be ready: five seconds of sound; the oldest are dropped. */
const mostWaiting = 250

/** Part of what may wait for a slow client from which on it gets nothing that only serves to inspect. */
const inspectShare = 0.25

/**
 * The call of a client that has said hello. Frames that come before somebody subscribes are kept, 250 of
 * them. They complete when the client says bye or closes in order, and fail with `connection-lost` when it
 * vanishes and with `peer-violation` when it breaks the protocol or its limits; the socket is closed then.
 */
export function connectCaller(init: CallerInit): Connection {
  const caller = new Caller(init)
  // Who calls does not name the call: files and logs go by its id.
  const { id: _id, ...call } = init.hello.call
  return {
    call: { from: '', to: '', ...call, direction: 'inbound' },
    frames: caller.frames,
    play: (frame) => caller.play(frame),
    send: (frame) =>
      caller.say(
        frame.type === 'dtmf'
          ? { type: 'dtmf', digit: frame.digit }
          : { type: 'message', name: frame.name, data: frame.data },
      ),
    clear: () => caller.say({ type: 'clear' }),
    ...(init.hello.events !== 'none' && { see: (frame) => caller.see(frame) }),
    ...(init.hello.played && { played: () => caller.playedMs }),
    close: (reason) => caller.close(reason),
  }
}

class Caller {
  playedMs = 0
  readonly frames: Observable<Frame>
  readonly #init: CallerInit
  readonly #allowance: Allowance
  readonly #teller: Teller | undefined
  #waiting: Frame[] = []
  #subscriber: Subscriber<Frame> | undefined
  /** How the frames end: undefined while they go on. */
  #end: { readonly failure: VoxgraphError | undefined } | undefined
  #heardAt: number
  #cancelIdle: Cancel

  constructor(init: CallerInit) {
    const { socket, clock, limits } = init
    this.#init = init
    this.#allowance = createAllowance(clock, limits.bytesPerSecond)
    this.#teller = this.#openTeller()
    this.#heardAt = clock.now()
    this.#cancelIdle = clock.after(limits.idleTimeoutMs, () => this.#checkIdle())
    this.frames = new Observable((subscriber) => this.#subscribe(subscriber))
    socket.on('message', (data, isBinary) => this.#take(data, isBinary))
    socket.on('error', (thrown: Error & { readonly code?: string }) => {
      // A socket that is reset has no such code; its close event says the rest.
      if (thrown.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
        this.#fail('tooLarge', 'a message is longer than this server takes')
      } else if (thrown.code?.startsWith('WS_ERR') === true) {
        this.#fail('badMessage', thrown.message)
      }
    })
    socket.on('ping', () => {
      if (!this.#allowance.spend(0)) this.#fail('tooFast', 'more came than the rate allows')
    })
    socket.on('close', (code) => this.#closed(code))
  }

  play(frame: AudioFrame): void {
    const { codec, hello } = this.#init
    if (hello.frames === 'codec') this.#write(codec.encode(frame))
    else if (hello.audio.encoding === 'mulaw') this.#write(Uint8Array.from(frame.samples))
    else this.#write(pcmToBytes(frame.samples))
  }

  say(said: ServerMessage): void {
    this.#write(JSON.stringify(said))
  }

  see(frame: Frame): void {
    this.#teller?.see(frame)
  }

  close(reason: string): Promise<void> {
    const { socket } = this.#init
    if (socket.readyState === socket.CLOSED) return Promise.resolve()
    this.#teller?.end(reason)
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
    this.say({ type: 'bye', reason })
    socket.close(closeCodes.bye)
    this.#finish(undefined)
    return closed
  }

  #openTeller(): Teller | undefined {
    const { socket, clock, hello, limits } = this.#init
    if (hello.events === 'none') return undefined
    return new Teller({
      level: hello.events,
      clock,
      tell: (event) => this.say({ type: 'event', event }),
      isSlow: () => socket.bufferedAmount > limits.maxUnread * inspectShare,
    })
  }

  #subscribe(subscriber: Subscriber<Frame>): () => void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#subscriber = subscriber
    for (const frame of waiting) subscriber.next(frame)
    if (this.#end?.failure !== undefined) subscriber.error(this.#end.failure)
    else if (this.#end !== undefined) subscriber.complete()
    return () => (this.#subscriber = undefined)
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#end !== undefined) return
    const bytes = data as Buffer
    this.#heardAt = this.#init.clock.now()
    if (!this.#allowance.spend(bytes.length)) {
      this.#fail('tooFast', 'more came than the rate allows')
    } else if (isBinary) this.#takeSound(bytes)
    else this.#takeText(bytes.toString())
  }

  #takeSound(bytes: Buffer): void {
    const { hello } = this.#init
    if (bytes.length === 0) return
    if (hello.frames === 'codec') {
      this.#takeFrame(bytes)
      return
    }
    const { encoding, sampleRate } = hello.audio
    if (encoding === 'pcm' && bytes.length % 2 !== 0) {
      this.#fail('badMessage', 'a message of 16-bit samples has an odd number of bytes')
      return
    }
    const samples = encoding === 'pcm' ? bytesToPcm(bytes) : Int16Array.from(bytes)
    this.#emit(audio({ role: 'user', samples, sampleRate, encoding }))
  }

  /** A frame of the codec. Nothing of its header is believed. */
  #takeFrame(bytes: Buffer): void {
    const { codec, hello } = this.#init
    let frame: Frame
    try {
      frame = codec.decode(bytes)
    } catch (thrown) {
      this.#fail('badMessage', thrown instanceof Error ? thrown.message : 'it is no frame')
      return
    }
    const { encoding, sampleRate } = hello.audio
    if (frame.type === 'audio') {
      const { samples, channels } = frame
      if (frame.encoding !== encoding || frame.sampleRate !== sampleRate || channels !== 1) {
        this.#fail('unsupportedAudio', 'an audio frame is not in the format of the hello')
      } else this.#emit(audio({ role: 'user', samples, sampleRate, encoding }))
    } else if (frame.type === 'dtmf') this.#emit(dtmf({ digit: frame.digit, lane: 'user' }))
    else if (frame.type === 'message') {
      this.#emit(message({ name: frame.name, data: frame.data, lane: 'user' }))
    } else this.#fail('badMessage', 'a client sends audio, dtmf and message frames only')
  }

  #takeText(text: string): void {
    const read = readClientMessage(text)
    if (isViolation(read)) {
      this.#fail(read.code, read.message)
      return
    }
    switch (read.type) {
      case 'dtmf':
        this.#emit(dtmf({ digit: read.digit, lane: 'user' }))
        break
      case 'message':
        this.#emit(message({ name: read.name, data: read.data, lane: 'user' }))
        break
      case 'text':
        this.#emit(transcript({ text: read.text, final: true }))
        break
      case 'played':
        this.playedMs = Math.max(this.playedMs, read.ms)
        break
      case 'bye':
        this.#finish(undefined)
    }
  }

  #emit(frame: Frame): void {
    if (this.#subscriber !== undefined) {
      this.#subscriber.next(frame)
      return
    }
    this.#waiting.push(frame)
    if (this.#waiting.length > mostWaiting) this.#waiting.shift()
  }

  #write(data: Uint8Array | string): void {
    const { socket, limits } = this.#init
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.maxUnread) {
      this.#fail('tooSlow', 'it does not read what is sent to it')
      return
    }
    socket.send(data)
  }

  #checkIdle(): void {
    const { clock, limits } = this.#init
    const left = this.#heardAt + limits.idleTimeoutMs - clock.now()
    if (left <= 0) this.#fail('idleTimeout', 'nothing came for too long')
    else this.#cancelIdle = clock.after(left, () => this.#checkIdle())
  }

  #fail(code: CloseName, reason: string): void {
    if (this.#end !== undefined) return
    const { socket } = this.#init
    closeWith(socket, code, reason)
    this.#finish(new VoxgraphError('peer-violation', { reason, code: closeCodes[code] }))
    if (code === 'tooSlow') socket.terminate()
  }

  #closed(code: number): void {
    const isOrderly = code === 1000 || code === 1001 || code === 1005
    this.#finish(isOrderly ? undefined : new VoxgraphError('connection-lost'))
  }

  #finish(failure: VoxgraphError | undefined): void {
    this.#cancelIdle()
    this.#teller?.close()
    if (this.#end !== undefined) return
    this.#end = { failure }
    if (failure === undefined) this.#subscriber?.complete()
    else this.#subscriber?.error(failure)
  }
}

/** Longest reason of a close frame in bytes; 123 are allowed, and a character that is cut becomes three. */
const longestReason = 120

/** Tells a client why, in `said` where it speaks another protocol, and closes its socket. */
export function closeWith(
  socket: WebSocket,
  code: CloseName,
  reason: string,
  said: string | Uint8Array = JSON.stringify({
    type: 'error',
    code,
    message: reason,
  } satisfies ServerMessage),
): void {
  if (socket.readyState !== socket.OPEN) return
  socket.send(said)
  socket.close(closeCodes[code], Buffer.from(reason).subarray(0, longestReason).toString())
}
