import { Observable, type Subscriber } from 'rxjs'
import type { RawData, WebSocket } from 'ws'
import { VoxgraphError, type Cancel, type Clock, type Frame } from 'voxgraph/plugin'
import { createAllowance, type Allowance } from '../allowance.ts'
import { closeWith, type CallerLimits } from '../caller.ts'
import { closeCodes, type CloseName } from '../protocol.ts'

/** What a line is made of. */
export interface CallLineInit {
  readonly socket: WebSocket
  readonly clock: Clock
  readonly limits: CallerLimits
  /** Takes what comes. */
  readonly take: (bytes: Buffer, isBinary: boolean) => void
  /** The session listens from now on. */
  readonly ready: () => void
  /** What the client is told before it is cut off. */
  readonly explain: (reason: string) => Uint8Array
  /** The call is over: nothing comes any more. Called once. */
  readonly over: () => void
}

/** Most frames that wait for the session to be ready: five seconds of sound; the oldest are dropped. */
const mostWaiting = 250

/**
 * The socket of a call, whatever is spoken on it: bounds, time-outs, and both ways to end. Frames that are emitted
 * before somebody subscribes are kept, 250 of them. They complete when the client closes in order, and fail with
 * `connection-lost` when it vanishes and with `peer-violation` when it breaks the rules; the socket is closed then.
 */
export class CallLine {
  readonly frames: Observable<Frame>
  readonly #init: CallLineInit
  readonly #allowance: Allowance
  #waiting: Frame[] = []
  #subscriber: Subscriber<Frame> | undefined
  /** How the frames end: undefined while they go on. */
  #end: { readonly failure: VoxgraphError | undefined } | undefined
  #heardAt: number
  #cancelIdle: Cancel

  constructor(init: CallLineInit) {
    const { socket, clock, limits } = init
    this.#init = init
    this.#allowance = createAllowance(clock, limits.bytesPerSecond)
    this.#heardAt = clock.now()
    this.#cancelIdle = clock.after(limits.idleTimeoutMs / 2, () => this.#checkIdle())
    this.frames = new Observable((subscriber) => this.#subscribe(subscriber))
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

  /** Takes a message of the client. Those of the socket come here by themselves. */
  receive(data: RawData, isBinary: boolean): void {
    if (this.#end !== undefined) return
    const bytes = data as Buffer
    this.#heardAt = this.#init.clock.now()
    if (this.#allowance.spend(bytes.length)) this.#init.take(bytes, isBinary)
    else this.fail('tooFast', 'more came than the rate allows')
  }

  emit(frame: Frame): void {
    if (this.#end !== undefined) return
    if (this.#subscriber !== undefined) {
      this.#subscriber.next(frame)
      return
    }
    this.#waiting.push(frame)
    if (this.#waiting.length > mostWaiting) this.#waiting.shift()
  }

  write(bytes: Uint8Array): void {
    const { socket, limits } = this.#init
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.maxUnread) {
      this.fail('tooSlow', 'it does not read what is sent to it')
      return
    }
    socket.send(bytes)
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
    if (this.#end !== undefined) return
    const { socket, explain } = this.#init
    closeWith(socket, code, reason, explain(reason))
    this.finish(new VoxgraphError('peer-violation', { reason, code: closeCodes[code] }))
    if (code === 'tooSlow') socket.terminate()
  }

  /** The caller is gone: in order, or by a failure. The first word counts. */
  finish(failure: VoxgraphError | undefined): void {
    this.#cancelIdle()
    if (this.#end !== undefined) return
    this.#end = { failure }
    this.#init.over()
    if (failure === undefined) this.#subscriber?.complete()
    else this.#subscriber?.error(failure)
  }

  #subscribe(subscriber: Subscriber<Frame>): () => void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#subscriber = subscriber
    if (this.#end === undefined) this.#init.ready()
    for (const frame of waiting) subscriber.next(frame)
    if (this.#end?.failure !== undefined) subscriber.error(this.#end.failure)
    else if (this.#end !== undefined) subscriber.complete()
    return () => (this.#subscriber = undefined)
  }

  #lives(): void {
    this.#heardAt = this.#init.clock.now()
    if (!this.#allowance.spend(0)) this.fail('tooFast', 'more came than the rate allows')
  }

  /** Whose microphone is off says nothing, and is there all the same: then it answers a ping. */
  #checkIdle(): void {
    const { clock, limits, socket } = this.#init
    if (clock.now() - this.#heardAt >= limits.idleTimeoutMs) {
      this.fail('idleTimeout', 'nothing came for too long')
      return
    }
    socket.ping()
    this.#cancelIdle = clock.after(limits.idleTimeoutMs / 2, () => this.#checkIdle())
  }
}
