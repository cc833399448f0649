import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { text, transcript, playout, response, type Frame } from 'voxgraph/plugin'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import type { WebSocket } from 'ws'
import { createRig, fate, helloText, until } from './rig.ts'

const rig = createRig(createVirtualClock, createWeb())
afterEach(rig.close)

const frame = (draft: Frame, more: object = {}): Frame => ({
  ...draft,
  id: 1,
  source: 'x',
  at: 5,
  ...more,
})
const messagesOf = (socket: WebSocket): Record<string, unknown>[] => {
  const messages: Record<string, unknown>[] = []
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) messages.push(JSON.parse(data.toString()) as Record<string, unknown>)
  })
  return messages
}

describe('events over the socket', () => {
  it('come to whoever asks for them, and nobody else is shown anything', async () => {
    const server = await rig.serve()
    const socket = await rig.rude(server.url)
    const messages = messagesOf(socket)
    socket.send(helloText({ audio: 'any', events: 'conversation' }))
    const { connection } = await server.next()
    connection.see?.(frame(transcript({ text: 'Hello.', final: true })))
    connection.see?.(frame(response({ state: 'started', agent: 'desk' }), { response: 1 }))
    connection.see?.(frame(text({ text: 'Yes?', span: 1 }), { response: 1 }))
    connection.see?.(frame(playout({ state: 'started', span: 1, of: 1, heardMs: 0 })))
    await connection.close('over')
    await until(() => messages.at(-1)?.['type'] === 'bye')
    const events = messages.flatMap(({ type, event }) => (type === 'event' ? [event] : []))
    expect(messages[0]).toMatchObject({ audio: { encoding: 'pcm', sampleRate: 16_000 } })
    expect(events).toMatchObject([
      { type: 'transcript', at: 0, text: 'Hello.' },
      { type: 'speaking', state: 'started' },
      { type: 'said', text: 'Yes?', agent: 'desk' },
      { type: 'ended', reason: 'over' },
    ])
    await rig.join(server.url)
    expect((await server.next()).connection.see).toBeUndefined()
  })

  it('may be inspected where the server allows it, and nowhere else', async () => {
    const closed = await rig.rude((await rig.serve()).url)
    closed.send(helloText({ events: 'inspect' }))
    expect(await fate(closed)).toBe('4403 this server does not let callers inspect calls')
    const server = await rig.serve({ inspect: true })
    const socket = await rig.rude(server.url)
    const messages = messagesOf(socket)
    socket.send(helloText({ events: 'inspect' }))
    const { connection } = await server.next()
    connection.see?.(frame(transcript({ text: 'Hello.', final: true })))
    await server.clock.advance(100)
    await until(() => messages.length === 3)
    expect(messages[2]).toMatchObject({ event: { type: 'pulse', nodes: { x: { transcript: 1 } } } })
  })

  it('do not pile up for a client that reads nothing: it is cut off, as for sound', async () => {
    const server = await rig.serve({ inspect: true, max_unread: 16_384 })
    const socket = await rig.rude(server.url)
    socket.send(helloText({ events: 'inspect' }))
    const { connection, end } = await server.next()
    socket.pause()
    let isOver = false
    void end.then(() => (isOver = true))
    const words = 'word '.repeat(2000)
    for (let count = 0; count < 50_000 && !isOver; count++) {
      connection.see?.(frame(transcript({ text: words, final: false })))
      await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(await end).toBe('The caller was cut off: it does not read what is sent to it.')
    socket.resume()
    await once(socket, 'close')
  })

  it('bring what is typed as a whole transcript', async () => {
    const server = await rig.serve()
    const socket = await rig.rude(server.url)
    socket.send(helloText())
    const { frames } = await server.next()
    socket.send('{"type":"text","text":" When is breakfast? "}')
    await until(() => frames.length === 1)
    expect(frames).toMatchObject([
      { type: 'transcript', lane: 'user', text: 'When is breakfast?', final: true },
    ])
    socket.send('{"type":"text"}')
    expect(await fate(socket)).toBe('4400 a text is not empty and has up to 4000 characters')
  })
})
