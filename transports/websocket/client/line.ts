import {
  closeCodes,
  subprotocol,
  type ClientMessage,
  type Hello,
  type Ready,
  type ServerMessage,
} from '../wire.ts'
import { ClientError, type ClientErrorCode } from './client-error.ts'

/** What `openLine` takes. */
export interface LineInit {
  readonly url: string
  readonly hello: Hello
  /** Gives up on connecting. */
  readonly signal: AbortSignal
  readonly onSound: (bytes: ArrayBuffer) => void
  readonly onSaid: (message: ServerMessage) => void
  /** The call is over, for whichever reason; called once, and only after it was ready. */
  readonly onClosed: (end: LineEnd) => void
}

/** How a call ended. */
export interface LineEnd {
  /** In the words of the server. */
  readonly reason: string
  /** Undefined when it ended in order. */
  readonly error: ClientError | undefined
}

/** A connection in a call. What is sent after its end is dropped. */
export interface Line {
  readonly ready: Ready
  say(message: ClientMessage): void
  /** Sends sound, unless a second of it waits to be sent: what is older than that helps nobody. */
  sound(bytes: ArrayBuffer): void
  /** Says bye. Resolves when the socket is closed, after a second in any case. */
  close(): Promise<void>
}

/** Time that a server has to be ready, in ms. */
const readyMs = 10_000
/** Time that a server has to answer a close, in ms. */
const closeMs = 1000
/** Bytes that may wait to be sent: a second of 16-bit sound at 48 kHz. */
const mostUnsent = 96_000

const codes: Readonly<Record<number, ClientErrorCode>> = {
  [closeCodes.unauthorized]: 'unauthorized',
  [closeCodes.forbidden]: 'forbidden',
  [closeCodes.busy]: 'busy',
}
const orderly: readonly number[] = [closeCodes.bye, closeCodes.goingAway, 1005]
/** Closed by nobody who meant this call: the network, a proxy, a server that is started again. */
const broken: readonly number[] = [1006, 1011, 1012, 1013, 1014, closeCodes.tooSlow]

/**
 * Calls a server. Resolves when the call is ready.
 * @throws ClientError `unreachable`, `unauthorized`, `forbidden`, `busy`, `refused` or `aborted`
 */
export function openLine(init: LineInit): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(init.url, subprotocol)
    socket.binaryType = 'arraybuffer'
    let isReady = false
    let reason = ''
    const fail = (error: ClientError): void => {
      reject(error)
      socket.close()
    }
    const abort = (): void => fail(new ClientError('aborted', 'The call was given up.'))
    const late = setTimeout(
      () => fail(new ClientError('unreachable', `${init.url} does not answer.`)),
      readyMs,
    )
    init.signal.addEventListener('abort', abort)
    if (init.signal.aborted) abort()
    const settle = (): void => {
      clearTimeout(late)
      init.signal.removeEventListener('abort', abort)
    }
    socket.onopen = () => socket.send(JSON.stringify(init.hello))
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data !== 'string') return init.onSound(data)
      const message = JSON.parse(data) as ServerMessage
      if (message.type === 'bye') reason = message.reason ?? ''
      if (message.type !== 'ready') return init.onSaid(message)
      isReady = true
      settle()
      resolve(lineOn(socket, message))
    }
    socket.onclose = ({ code, reason: why }) => {
      settle()
      const isOver = isReady && orderly.includes(code)
      const error = isOver ? undefined : errorOf(code, why, isReady, init.url)
      if (isReady) init.onClosed({ reason: reason || why, error })
      else if (error !== undefined) reject(error)
    }
  })
}

function errorOf(code: number, why: string, isReady: boolean, url: string): ClientError {
  if (broken.includes(code)) {
    return isReady
      ? new ClientError('lost', 'The connection broke.', code)
      : // A browser does not tell what an upgrade was refused with.
        new ClientError('unreachable', `${url} does not answer, or refuses this page.`, code)
  }
  const words = `The server closed the connection: ${code} ${why}`.trim()
  return new ClientError(codes[code] ?? 'refused', words, code)
}

function lineOn(socket: WebSocket, ready: Ready): Line {
  const say = (message: ClientMessage): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }
  return {
    ready,
    say,
    sound(bytes) {
      const isOpen = socket.readyState === WebSocket.OPEN
      if (isOpen && socket.bufferedAmount < mostUnsent) socket.send(bytes)
    },
    close() {
      if (socket.readyState === WebSocket.CLOSED) return Promise.resolve()
      say({ type: 'bye' })
      socket.close(closeCodes.bye)
      return new Promise((resolve) => {
        socket.addEventListener('close', () => resolve(), { once: true })
        setTimeout(resolve, closeMs)
      })
    },
  }
}
