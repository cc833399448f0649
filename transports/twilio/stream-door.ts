import type { RawData, WebSocket } from 'ws'
import type { Cancel, Clock } from 'voxgraph/plugin'
import { closeCodes } from './stream-call.ts'
import { isViolation, readStreamMessage, type StreamStart } from './stream-messages.ts'

/** Most sockets that have not begun a stream; when there are more the oldest goes. */
const mostGuests = 200

/** What `StreamDoor` takes. */
export interface StreamDoorInit {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Takes a socket whose stream begins. @returns why it must not, where it must not */
  begin(start: StreamStart, socket: WebSocket): string | undefined
}

/** Where sockets wait until their stream begins. What comes first must be the beginning, or it is shown out. */
export class StreamDoor {
  readonly #init: StreamDoorInit
  readonly #guests = new Map<WebSocket, () => void>()

  constructor(init: StreamDoorInit) {
    this.#init = init
  }

  /** Sockets that wait. */
  get size(): number {
    return this.#guests.size
  }

  enter(socket: WebSocket): void {
    const { clock, timeoutMs } = this.#init
    const late: Cancel = clock.after(timeoutMs, () =>
      this.#showOut(socket, 'no stream began in time'),
    )
    const onMessage = (data: RawData, isBinary: boolean): void =>
      this.#hear(socket, isBinary ? '' : (data as Buffer).toString())
    const leave = (): void => {
      late()
      this.#guests.delete(socket)
      socket.off('message', onMessage)
      socket.off('close', leave)
    }
    this.#guests.set(socket, leave)
    socket.on('error', () => undefined)
    socket.on('message', onMessage)
    socket.on('close', leave)
    const [oldest] = this.#guests.keys()
    if (this.#guests.size > mostGuests && oldest !== undefined) {
      this.#showOut(oldest, 'too many sockets wait')
    }
  }

  /** Shows everybody out. */
  close(): void {
    for (const socket of [...this.#guests.keys()]) this.#showOut(socket, 'the server closes')
  }

  #hear(socket: WebSocket, text: string): void {
    const read = readStreamMessage(text)
    if (isViolation(read)) return this.#showOut(socket, read.violation)
    if (read.event === 'connected' || read.event === 'other') return
    if (read.event !== 'start') return this.#showOut(socket, 'a stream must begin with start')
    this.#guests.get(socket)?.()
    const refusal = this.#init.begin(read, socket)
    if (refusal !== undefined) socket.close(closeCodes.violation, refusal)
  }

  #showOut(socket: WebSocket, reason: string): void {
    this.#guests.get(socket)?.()
    socket.close(closeCodes.violation, reason)
  }
}
