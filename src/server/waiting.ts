import type { Server, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Connections that have asked for nothing yet. */
export interface Waiting {
  /** This one has asked. */
  served(request: IncomingMessage): void
  /** Drops them all. */
  close(): void
}

/**
 * Keeps the connections of a server that have asked for nothing yet to `most`: when there are more, the
 * oldest goes. Node's own timeouts end each of them; this bounds how many there are until then.
 */
export function boundWaiting(server: Server, most: number): Waiting {
  // By address and port: a TLS socket is another object than the one it is carried by.
  const waiting = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    waiting.set(name, socket)
    socket.once('close', () => {
      if (waiting.get(name) === socket) waiting.delete(name)
    })
    const [oldest] = waiting
    if (waiting.size > most && oldest !== undefined) {
      waiting.delete(oldest[0])
      oldest[1].destroy()
    }
  })
  return {
    served: ({ socket }) => void waiting.delete(nameOf(socket)),
    close() {
      for (const socket of waiting.values()) socket.destroy()
    },
  }
}

const nameOf = ({ remoteAddress = '', remotePort = 0 }: Socket): string =>
  `${remoteAddress} ${remotePort}`
