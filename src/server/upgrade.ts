import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type ServerOptions } from 'ws'
import type { WebResponse, WebUpgrade } from '../define/index.ts'

/** Real time after which a socket that does not answer a close is dropped, in ms; `ws` counts it. */
const closeMs = 2000

/** Answers a request for an upgrade with a status, and closes its connection. */
export function refuseUpgrade(socket: Duplex, response: WebResponse): void {
  const { status, headers = {}, body = '' } = response
  const lines = Object.entries({
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n`)
  // Nobody counts time any more for a connection that was to be upgraded, and a client need not close its end.
  socket.end(body, () => socket.destroy())
}

/** A request for an upgrade, as a transport is given it. */
export function upgradeOf(
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  remote: string,
): WebUpgrade {
  const { method = '', url = '', headers } = message
  return {
    request: { method, url, headers, remote },
    refuse: (response) => refuseUpgrade(socket, response),
    accept({ maxMessage, protocol }, opened) {
      // `closeTimeout` is missing from the types of ws.
      const options: ServerOptions & { readonly closeTimeout: number } = {
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: maxMessage,
        closeTimeout: closeMs,
        handleProtocols: (offered) =>
          protocol !== undefined && offered.has(protocol) ? protocol : false,
      }
      new WebSocketServer(options).handleUpgrade(message, socket, head, opened)
    },
  }
}
