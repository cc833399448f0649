import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { audio, type AudioFrame } from 'voxgraph/plugin'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import { WebSocket } from 'ws'
import { connectClient } from './client.ts'
import { createRig, fate, helloText, until } from './rig.ts'

const rig = createRig(createVirtualClock, createWeb())
const { serve, join, rude } = rig
afterEach(rig.close)

const tone = (length: number, value = 1000): Int16Array => new Int16Array(length).fill(value)
const bot = (samples: Int16Array): AudioFrame =>
  audio({ role: 'agent', samples, sampleRate: 16_000 })

describe('a bad client is cut off', () => {
  it('for a hello that is none', async () => {
    const server = await serve()
    const socket = await rude(server.url)
    socket.send('hi there')
    expect(await fate(socket)).toBe('4400 the first message must be a hello')
    const early = await rude(server.url)
    early.send(Buffer.alloc(640))
    expect(await fate(early)).toBe('4400 the first message must be a hello')
    const fast = connectClient(server.url, { sampleRate: 44_100 })
    await expect(fast).rejects.toThrow('4406 this call is pcm at 16000 Hz')
    expect(server.calls).toHaveLength(0)
  })

  it('for saying nothing', async () => {
    const server = await serve()
    const socket = await rude(server.url)
    const end = fate(socket)
    await server.clock.advance(5000)
    expect(await end).toBe('4408 no hello came in time')
  })

  it('for falling silent for a minute', async () => {
    const server = await serve()
    const client = await join(server.url)
    const { frames, end } = await server.next()
    await server.clock.advance(59_000)
    client.send(tone(320))
    await until(() => frames.length === 1)
    await server.clock.advance(59_999)
    client.send(tone(320))
    await until(() => frames.length === 2)
    await server.clock.advance(60_000)
    expect(await end).toBe('The caller was cut off: nothing came for too long.')
  })

  it('for half a sample', async () => {
    const server = await serve()
    const socket = await rude(server.url)
    socket.send(helloText())
    const { end } = await server.next()
    socket.send(Buffer.alloc(641))
    expect(await fate(socket)).toBe('4400 a message of 16-bit samples has an odd number of bytes')
    expect(await end).toMatch(/^The caller was cut off/)
  })

  it('for a text message that is none', async () => {
    const server = await serve()
    const socket = await rude(server.url)
    socket.send(helloText())
    const { end } = await server.next()
    socket.send('{"type":')
    expect(await fate(socket)).toBe('4400 a text message is not a JSON object')
    expect(await end).toMatch(/^The caller was cut off/)
  })

  it('for half a frame and for bytes that are no frame', async () => {
    const server = await serve()
    const bytes = [Buffer.of(0x82, 0xfe, 0x02), Buffer.of(0xff, 0xff, 0xff, 0xff)]
    const ends = bytes.map(async (written) => {
      const socket = await rude(server.url)
      socket.send(helloText())
      await once(socket, 'message')
      const raw = Reflect.get(socket, '_socket') as Socket
      raw.end(written)
      return fate(socket)
    })
    await Promise.all(ends)
    expect(await (await server.next()).end).toMatch(/^The (caller was cut off|connection broke)/)
    expect(await (await server.next()).end).toMatch(/^The (caller was cut off|connection broke)/)
  })

  it('for a message of 50 MB, before it is read', async () => {
    const server = await serve()
    const other = await join(server.url)
    const calm = await server.next()
    const socket = await rude(server.url)
    socket.send(helloText())
    const { end } = await server.next()
    const before = process.memoryUsage().arrayBuffers
    const huge = Buffer.alloc(50_000_000)
    socket.send(huge)
    expect(await end).toBe('The caller was cut off: a message is longer than this server takes.')
    expect(process.memoryUsage().arrayBuffers - before - 2 * huge.length).toBeLessThan(20_000_000)
    other.send(tone(1))
    await until(() => calm.frames.length === 1)
  })

  it('for sending faster than it may, but not for a burst after a stall', async () => {
    const server = await serve()
    const client = await join(server.url)
    const { end, frames } = await server.next()
    for (let count = 0; count < 300; count++) client.send(tone(320))
    await until(() => frames.length === 300)
    for (let count = 0; count < 200; count++) client.send(tone(320))
    expect(await end).toBe('The caller was cut off: more came than the rate allows.')
    expect(frames.length).toBeLessThan(420)
  })

  it('for a flood of tiny messages and pings', async () => {
    const server = await serve()
    const socket = await rude(server.url)
    socket.send(helloText())
    const { end } = await server.next()
    for (let count = 0; count < 5000; count++) socket.send(Buffer.alloc(2))
    expect(await end).toBe('The caller was cut off: more came than the rate allows.')
  })

  it('for not reading what it is sent', async () => {
    const server = await serve()
    const socket = await rude(server.url)
    socket.send(helloText())
    const { connection, end } = await server.next()
    socket.pause()
    let isOver = false
    void end.then(() => (isOver = true))
    for (let count = 0; count < 5000 && !isOver; count++) {
      connection.play(bot(tone(16_000)))
      await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(await end).toBe('The caller was cut off: it does not read what is sent to it.')
  })

  it('without disturbing a call: five hundred silent connections', async () => {
    const server = await serve()
    const client = await join(server.url)
    const { frames, connection } = await server.next()
    const port = Number(new URL(server.url).port)
    const silent = await Promise.all([
      ...Array.from({ length: 250 }, () => rude(server.url)),
      ...Array.from({ length: 250 }, async (): Promise<Socket> => {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        rig.later(() => socket.destroy())
        await once(socket, 'connect')
        return socket
      }),
    ])
    expect(silent).toHaveLength(500)
    for (let count = 0; count < 50; count++) client.send(tone(320))
    await until(() => frames.length === 50)
    const late = await join(server.url)
    late.send(tone(1))
    const other = await server.next()
    await until(() => other.frames.length === 1)
    connection.play(bot(tone(320)))
    await server.clock.advance(5000)
    const websockets = silent.filter((socket) => socket instanceof WebSocket)
    await until(() => websockets.every((socket) => socket.readyState === WebSocket.CLOSED))
    expect(frames).toHaveLength(50)
  })
})
