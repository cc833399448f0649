/**
 * A process that does to a server what nobody should: `node attackers.ts <url>`. It is told by message which of
 * its attacks is due, and answers with what came of it. It comes from 127.0.0.2, callers from 127.0.0.1.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createLiveClock } from 'voxgraph/testing'
import { WebSocket } from 'ws'
import type { Attack } from './besiege.ts'

const [url = ''] = process.argv.slice(2)
const localAddress = '127.0.0.2'
const clock = createLiveClock()
const hello = JSON.stringify({
  type: 'hello',
  version: 1,
  audio: { encoding: 'pcm', sampleRate: 16_000 },
})

const attacks: Readonly<Record<Attack, () => Promise<number>>> = { stall, malformed, join }

/** 500 connections: silent, with half a request, and with an open socket that says nothing. */
async function stall(): Promise<number> {
  const { hostname: host, port } = new URL(url)
  const raw = async (said: string): Promise<Socket> => {
    const socket = connect({ host, port: Number(port), localAddress })
    socket.on('error', () => undefined)
    socket.resume()
    await once(socket, 'connect')
    socket.write(said)
    return socket
  }
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(url, { localAddress })
    socket.on('error', () => undefined)
    await Promise.race([once(socket, 'open'), once(socket, 'close')])
    return socket
  }
  const half = `GET ${new URL(url).pathname} HTTP/1.1\r\nHost: a\r\nUpgr`
  const all = await Promise.all([
    ...Array.from({ length: 125 }, () => raw('')),
    ...Array.from({ length: 125 }, () => raw(half)),
    ...Array.from({ length: 250 }, () => open()),
  ])
  // The server ends each of them.
  await Promise.all(all.map(closed))
  return all.length
}

async function closed(socket: Socket | WebSocket): Promise<void> {
  const isClosed =
    socket instanceof WebSocket ? socket.readyState === WebSocket.CLOSED : socket.destroyed
  if (!isClosed) await once(socket, 'close')
}

/** For five seconds a thousand messages a second that make no sense, from one peer that comes back each time. */
async function malformed(): Promise<number> {
  const nonsense = ['{"type":', '{"type":"reboot"}', Buffer.alloc(641), '[]', Buffer.alloc(3)]
  let sent = 0
  let socket: WebSocket | undefined
  const from = clock.now()
  while (clock.now() - from < 5000) {
    await clock.sleep(10)
    const due = Math.floor(clock.now() - from)
    for (; sent < due; sent++) {
      if (socket === undefined || socket.readyState >= WebSocket.CLOSING) {
        socket = new WebSocket(url, { localAddress })
        socket.on('error', () => undefined)
        socket.on('open', (_: unknown, own = socket) => own?.send(hello))
      }
      if (socket.readyState === WebSocket.OPEN) socket.send(nonsense[sent % nonsense.length] ?? '')
    }
  }
  socket?.terminate()
  return sent
}

/** A hundred calls within a second, each for three; they are callers as others are. */
async function join(): Promise<number> {
  const calls = Array.from({ length: 100 }, async (_, index): Promise<number> => {
    await clock.sleep(index * 10)
    const socket = new WebSocket(url)
    socket.on('error', () => undefined)
    let sound = 0
    socket.on('open', () => socket.send(hello))
    socket.on('message', (_data, isBinary) => void (sound += isBinary ? 1 : 0))
    await clock.sleep(3000)
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"bye"}')
    await closed(socket)
    return sound > 0 ? 1 : 0
  })
  return (await Promise.all(calls)).reduce((sum, heard) => sum + heard, 0)
}

process.on('message', (attack: Attack) => {
  void attacks[attack]().then((count) => process.send?.({ attack, count }))
})
process.on('disconnect', () => process.exit(0))
