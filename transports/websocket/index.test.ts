import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import {
  audio,
  createCatalogue,
  createCodec,
  dtmf,
  encodeMulaw,
  message,
  text,
  type AudioFrame,
} from 'voxgraph/plugin'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import { WebSocket } from 'ws'
import { createRig, fate, helloText, until, watch } from './rig.ts'

const rig = createRig(createVirtualClock, createWeb())
const { serve, join, rude } = rig
afterEach(rig.close)

const tone = (length: number, value = 1000): Int16Array => new Int16Array(length).fill(value)
const bot = (samples: Int16Array): AudioFrame =>
  audio({ role: 'agent', samples, sampleRate: 16_000 })

describe('a call over WebSocket', () => {
  it('carries sound, keys and messages both ways', async () => {
    const server = await serve()
    const heard: unknown[] = []
    const client = await join(server.url, {
      call: { from: '+15551234', tenant: 'acme', id: '../../x', direction: 'up' },
      onAudio: (samples) => void heard.push(...samples),
      onClear: () => void heard.push('clear'),
      onKey: (digit) => void heard.push(digit),
      onMessage: (name, data) => void heard.push({ name, data }),
    })
    const { connection, frames } = await server.next()
    expect(connection.call).toEqual({
      from: '+15551234',
      to: '',
      tenant: 'acme',
      direction: 'inbound',
    })
    client.send(Int16Array.of(1, -2, 3))
    client.sendKey('#')
    client.sendMessage('cart', { items: [1, null] })
    await until(() => frames.length === 3)
    expect(frames).toMatchObject([
      { type: 'audio', lane: 'media', role: 'user', sampleRate: 16_000, encoding: 'pcm' },
      { type: 'dtmf', lane: 'user', digit: '#' },
      { type: 'message', lane: 'user', name: 'cart', data: { items: [1, null] } },
    ])
    expect([...(frames[0] as AudioFrame).samples]).toEqual([1, -2, 3])
    connection.play(bot(Int16Array.of(7, -8)))
    connection.clear()
    connection.send(dtmf({ digit: '5', lane: 'bot' }))
    connection.send(message({ name: 'done', data: true, lane: 'bot' }))
    await until(() => heard.length === 5)
    expect(heard).toEqual([7, -8, 'clear', '5', { name: 'done', data: true }])
    expect(connection.played).toBeUndefined()
  })

  it('speaks µ-law on the wire and linear sound at the client', async () => {
    const server = await serve({ encoding: 'mulaw', sample_rate: 8000 })
    const heard: number[] = []
    const client = await join(server.url, {
      sampleRate: 8000,
      encoding: 'mulaw',
      onAudio: (samples) => void heard.push(...samples),
    })
    const { connection, frames } = await server.next()
    client.send(Int16Array.of(0, 1000))
    await until(() => frames.length === 1)
    expect(frames[0]).toMatchObject({ encoding: 'mulaw', sampleRate: 8000 })
    expect([...(frames[0] as AudioFrame).samples]).toEqual([0xff, 0xce])
    const samples = encodeMulaw(Int16Array.of(0, 1000))
    connection.play(audio({ role: 'agent', samples, sampleRate: 8000, encoding: 'mulaw' }))
    await until(() => heard.length === 2)
    expect(heard).toEqual([0, 988])
  })

  it('carries frames of the codec where the client asks for them, and believes no header', async () => {
    const server = await serve()
    const codec = createCodec(createCatalogue())
    const socket = await rude(server.url)
    socket.send(helloText({ frames: 'codec' }))
    const { connection, frames, end } = await server.next()
    const user = audio({ role: 'user', samples: tone(2), sampleRate: 16_000, span: 3 })
    socket.send(codec.encode({ ...user, id: 77, source: 'somebody' }))
    socket.send(codec.encode(dtmf({ digit: '1', lane: 'user' })))
    await until(() => frames.length === 2)
    expect(frames[0]).toMatchObject({ id: 0, source: '', role: 'user', span: 0 })
    const received = once(socket, 'message')
    connection.play({ ...bot(tone(2)), span: 4, response: 2 })
    const [bytes] = (await received) as [Buffer]
    expect(codec.decode(bytes)).toMatchObject({
      type: 'audio',
      role: 'agent',
      span: 4,
      response: 2,
    })
    socket.send(codec.encode(text({ text: 'I am the bot' })))
    expect(await fate(socket)).toBe('4400 a client sends audio, dtmf and message frames only')
    expect(await end).toContain('The caller was cut off')
  })

  it('keeps what comes before the session is ready', async () => {
    const server = await serve({}, false)
    const client = await join(server.url)
    const { connection } = await server.next()
    for (let count = 0; count < 260; count++) client.send(Int16Array.of(count))
    await client.close()
    const { frames, end } = watch(connection)
    expect(await end).toBe('complete')
    expect(frames).toHaveLength(250)
    expect((frames[0] as AudioFrame).samples[0]).toBe(10)
  })

  it('tells what the client says it has played, if it said that it would', async () => {
    const server = await serve()
    const client = await join(server.url, { reportsPlayed: true })
    const { connection, frames } = await server.next()
    expect(connection.played?.()).toBe(0)
    client.played(120.5)
    client.played(100)
    client.sendKey('1')
    await until(() => frames.length === 1)
    expect(connection.played?.()).toBe(120.5)
  })

  it('ends in order when either side says bye', async () => {
    const server = await serve()
    const ends: unknown[] = []
    const first = await join(server.url, { onEnd: (failure) => void ends.push(failure) })
    const { end } = await server.next()
    await first.close()
    expect(await end).toBe('complete')
    await join(server.url, { onEnd: (failure) => void ends.push(failure) })
    const second = await server.next()
    await second.connection.close('done')
    await second.connection.close('again')
    await until(() => ends.length === 2)
    expect(ends).toEqual([undefined, undefined])
  })

  it('fails when the client vanishes in the middle of a word', async () => {
    const server = await serve()
    const client = await join(server.url)
    const { end, frames } = await server.next()
    client.send(tone(320))
    await until(() => frames.length === 1)
    client.drop()
    expect(await end).toBe('The connection broke off without a goodbye.')
  })

  it('takes many calls at a time', async () => {
    const server = await serve()
    const clients = await Promise.all(Array.from({ length: 40 }, () => join(server.url)))
    clients.forEach((client, index) => client.send(Int16Array.of(index)))
    await until(() => server.calls.every(({ frames }) => frames.length === 1))
    const values = server.calls.map(({ frames }) => (frames[0] as AudioFrame).samples[0])
    expect(values.toSorted((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    )
  })
})

describe('the server', () => {
  it('says which port is taken and what to do', async () => {
    const server = await serve()
    const port = Number(new URL(server.url).port)
    await expect(serve({ port })).rejects.toMatchObject({
      code: 'address-in-use',
      message: `Port ${port} on 127.0.0.1 is taken by another program.`,
      help: expect.stringContaining('"port: 0"'),
    })
    await expect(serve({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'address-refused' })
  })

  it('frees its port and leaves calls alone when it closes', async () => {
    const server = await serve()
    const client = await join(server.url)
    const { frames } = await server.next()
    const silent = await rude(server.url)
    const gone = fate(silent)
    await server.listener.close()
    expect(await gone).toBe('1001 the server closes')
    const again = await serve({ port: Number(new URL(server.url).port) })
    expect(again.url).toBe(server.url)
    client.send(tone(2))
    await until(() => frames.length === 1)
  })

  it('answers other requests than WebSocket with 426', async () => {
    const server = await serve()
    expect((await fetch(server.url.replace('ws', 'http'))).status).toBe(426)
  })

  it('asks for the token, in the hello or in a header', async () => {
    const server = await serve({ token: 's3cret' })
    await join(server.url, { token: 's3cret' })
    const header = await rude(server.url, { headers: { Authorization: 'Bearer s3cret' } })
    header.send(helloText())
    await until(() => server.calls.length === 2)
    for (const token of ['', 's3cre', 's3cret2']) {
      await expect(join(server.url, { token })).rejects.toThrow(
        'The server closed the connection: 4401 the token is wrong or missing',
      )
    }
    const wrong = new WebSocket(server.url, { headers: { Authorization: 'Bearer wrong' } })
    const [refused] = (await once(wrong, 'error')) as [Error]
    expect(refused.message).toContain('401')
  })

  it('answers a wrong path, origin or header before the upgrade', async () => {
    const server = await serve({ path: '/call' })
    const refusal = async (url: string, origin?: string): Promise<string> => {
      const socket = new WebSocket(url, origin === undefined ? {} : { origin })
      const [refused] = (await once(socket, 'error')) as [Error]
      return refused.message
    }
    expect(await refusal(server.url.replace('/call', '/other'))).toContain('404')
    expect(await refusal(server.url, 'https://evil.example')).toContain('403')
  })

  it('takes no more calls than it was told to', async () => {
    const server = await serve({ max_sessions: 1 })
    const first = await join(server.url)
    await expect(join(server.url)).rejects.toThrow('4503 all lines are busy')
    await first.close()
    await (await server.next()).connection.close('over')
    await join(server.url)
  })
})
