import type { WebSocket } from 'ws'
import type { Clock } from '../time/clock.ts'
import { ProviderError } from './provider-error.ts'
import { refusalError } from './refusal.ts'

/** What `socketOpened` takes. */
export interface SocketOpenedInit {
  /** Id of the processor. */
  readonly provider: string
  readonly clock: Clock
  /** The key that was sent, so that no error repeats it. */
  readonly secret: string
  /** Aborted when nobody wants the socket any more. */
  readonly signal: AbortSignal
}

/** How long a socket may take to open, in ms. */
const openingMs = 10_000
/** What is read of a refusal, in characters. */
const longestRefusal = 4000

/**
 * Resolves when a socket that has just been made is open; call it in the same tick. Ends the socket when it
 * cannot be opened. From then on its errors go nowhere: whoever has it listens for `close`.
 * @throws ProviderError
 */
export function socketOpened(
  socket: WebSocket,
  { provider, clock, secret, signal }: SocketOpenedInit,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abandon = (): void => {
    fail(new ProviderError('connectivity', { provider, reason: 'nobody waits for it any more' }))
  }
  const settle = (): void => {
    cancel()
    signal.removeEventListener('abort', abandon)
  }
  const cancel = clock.after(openingMs, () => {
    const reason = `no connection within ${openingMs / 1000} s`
    fail(new ProviderError('timeout', { provider, reason }))
  })
  const fail = (error: ProviderError): void => {
    settle()
    reject(error)
    socket.terminate()
  }
  socket.on('error', (error) => {
    // Its own message has the address at most; the object has the headers with the key.
    const reason = error.message.replaceAll(secret, '***') || 'the connection failed'
    fail(new ProviderError('connectivity', { provider, reason }))
  })
  socket.once('unexpected-response', (request, response) => {
    const { statusCode: status = 0, headers } = response
    let body = ''
    const refuse = (): void => {
      fail(refusalError({ provider, status, body, retryAfter: headers['retry-after'], secret }))
      request.destroy()
    }
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      body += text
      if (body.length > longestRefusal) refuse()
    })
    response.once('end', refuse)
    response.once('error', refuse)
    response.once('close', refuse)
  })
  socket.once('open', () => {
    settle()
    resolve()
  })
  socket.once('close', () => {
    settle()
    reject(new ProviderError('connectivity', { provider, reason: 'the connection was closed' }))
  })
  if (signal.aborted) abandon()
  else signal.addEventListener('abort', abandon)
  return promise
}

/** How long a connection may be silent before it is asked whether it is alive, in ms. */
const idleMs = 15_000
/** How long it has to answer that, in ms. */
const pongMs = 5000

/** Watches over an open socket that may be dead without a word. Ends with it. */
export interface SocketWatch {
  /** When something last came, on the clock. */
  readonly heardAt: number
  /** Asks it now. */
  ask(): void
}

/** Pings a socket on which nothing comes for 15 s, and ends it when nothing answers for 5 s. */
export function watchSocket(socket: WebSocket, clock: Clock): SocketWatch {
  let heardAt = clock.now()
  let isAsking = false
  let cancel = clock.after(idleMs, look)
  const heard = (): void => {
    heardAt = clock.now()
    if (!isAsking) return
    isAsking = false
    cancel()
    cancel = clock.after(idleMs, look)
  }
  const ask = (): void => {
    if (isAsking || socket.readyState !== socket.OPEN) return
    isAsking = true
    cancel()
    socket.ping()
    cancel = clock.after(pongMs, () => socket.terminate())
  }
  // What comes moves no timer: it would be one for every message.
  function look(): void {
    const restMs = heardAt + idleMs - clock.now()
    if (restMs > 0) cancel = clock.after(restMs, look)
    else ask()
  }
  socket.on('message', heard)
  socket.on('pong', heard)
  socket.once('close', () => cancel())
  return {
    get heardAt() {
      return heardAt
    },
    ask,
  }
}
