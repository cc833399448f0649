import { defer, type Observable } from 'rxjs'
import type { RawData, WebSocket } from 'ws'
import {
  createCallFrames,
  VoxgraphError,
  type Cancel,
  type Clock,
  type Frame,
} from 'voxgraph/plugin'
import { createAllowance, type Allowance } from './allowance.ts'
import { closeCodes, type CloseName, type ServerMessage } from './protocol.ts'

/** What a call over a socket may do. */
export interface CallerLimits {
  /** Bytes per second that the client may send. */
  readonly bytesPerSecond: number
  /** Bytes that may wait to be read by the client. */
  readonly maxUnread: number
  /** Time without any message after which the client counts as gone. */
  readonly idleTimeoutMs: number
}

/** What a line is made of. */
export interface CallLineInit {
  readonly socket: WebSocket
  readonly clock: Clock
  readonly limits: CallerLimits
  /**
   * The client is asked by a ping whether it is there, and a pong counts as a message: for clients that send
   * nothing while their microphone is off.
   */
  readonly pings: boolean
  /** Takes what comes. */
  readonly take: (bytes: Buffer, isBinary: boolean) => void
  /** The session listens from now on. Not called where the call is over by then. */
  readonly ready?: () => void
  /** What the client is told before it is cut off; an `error` message unless given. */
  readonly explain?: (reason: string) => Uint8Array
  /** The call is over: nothing comes any more. Called once. */
  readonly over: () => void
}

/**
 * The socket of a call, whatever is spoken on it: bounds, time-outs, and both ways to end. Frames that are emitted
 * before somebody subscribes are kept (`CallFrames`). They complete when the client closes in order, and fail with
 * `connection-lost` when it vanishes and with `peer-violation` when it breaks the rules; the socket is closed then.
 */
export class CallLine {
  readonly frames: Observable<Frame>
  readonly #init: CallLineInit
  readonly #allowance: Allowance
  readonly #fromCaller = createCallFrames()
  #heardAt: number
  #cancelIdle: Cancel

  constructor(init: CallLineInit) {
    const { socket, clock, limits } = init
    this.#init = init
    this.#allowance = createAllowance(clock, limits.bytesPerSecond)
    this.#heardAt = clock.now()
    this.#cancelIdle = this.#lookLater(limits.idleTimeoutMs)
    this.frames = defer(() => {
      if (!this.isOver) init.ready?.()
      return this.#fromCaller.frames
    })
    socket.on('message', (data, isBinary) => this.receive(data, isBinary))
    socket.on('error', (thrown: Error & { readonly code?: string }) => {
      // A socket that is reset has no such code; its close event says the rest.
      if (thrown.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
        this.fail('tooLarge', 'a message is longer than this server takes')
      } else if (thrown.code?.startsWith('WS_ERR') === true) this.fail('badMessage', thrown.message)
    })
    socket.on('ping', () => this.#lives())
    socket.on('pong', () => this.#lives())
    socket.on('close', (code) => {
      const isOrderly = code === 1000 || code === 1001 || code === 1005
      this.finish(isOrderly ? undefined : new VoxgraphError('connection-lost'))
    })
  }

  /** Nothing comes any more. */
  get isOver(): boolean {
    return this.#fromCaller.end !== undefined
  }

  /** Takes a message of the client. Those of the socket come here by themselves. */
  receive(data: RawData, isBinary: boolean): void {
    if (this.isOver) return
    const bytes = data as Buffer
    this.#heardAt = this.#init.clock.now()
    if (this.#allowance.spend(bytes.length)) this.#init.take(bytes, isBinary)
    else this.fail('tooFast', 'more came than the rate allows')
  }

  emit(frame: Frame): void {
    this.#fromCaller.emit(frame)
  }

  write(data: Uint8Array | string): void {
    const { socket, limits } = this.#init
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.maxUnread) {
      this.fail('tooSlow', 'it does not read what is sent to it')
      return
    }
    socket.send(data)
  }

  /** Ends the call from our side. Resolves when the socket is closed. */
  close(): Promise<void> {
    const { socket } = this.#init
    if (socket.readyState === socket.CLOSED) return Promise.resolve()
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
    socket.close(closeCodes.bye)
    this.finish(undefined)
    return closed
  }

  /** Cuts the client off, and tells it why. */
  fail(code: CloseName, reason: string): void {
    if (this.isOver) return
    const { socket, explain } = this.#init
    closeWith(socket, code, reason, explain?.(reason))
    this.finish(new VoxgraphError('peer-violation', { reason, code: closeCodes[code] }))
    if (code === 'tooSlow') socket.terminate()
  }

  /** The caller is gone: in order, or by a failure. The first word counts. */
  finish(failure: VoxgraphError | undefined): void {
    this.#cancelIdle()
    if (this.isOver) return
    // First: nobody is told anything of how the session takes it.
    this.#init.over()
    this.#fromCaller.finish(failure)
  }

  #lives(): void {
    if (this.#init.pings) this.#heardAt = this.#init.clock.now()
    if (!this.#allowance.spend(0)) this.fail('tooFast', 'more came than the rate allows')
  }

  #lookLater(inMs: number): Cancel {
    const { clock, limits, pings } = this.#init
    const mostMs = pings ? limits.idleTimeoutMs / 2 : limits.idleTimeoutMs
    return clock.after(Math.min(inMs, mostMs), () => this.#checkIdle())
  }

  #checkIdle(): void {
    const { clock, limits, socket, pings } = this.#init
    const left = this.#heardAt + limits.idleTimeoutMs - clock.now()
    if (left <= 0) return this.fail('idleTimeout', 'nothing came for too long')
    if (pings) socket.ping()
    this.#cancelIdle = this.#lookLater(left)
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
