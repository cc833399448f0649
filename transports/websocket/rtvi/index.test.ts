import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  audio,
  dtmf,
  message,
  playout,
  response,
  text,
  transcript,
  type AudioFrame,
} from 'voxgraph/plugin'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import { stockCall, stockSerializer, type StockCall } from '../../../test/pipecat/stock-client.ts'
import { createRig, fate, until, type RigOptions, type RigServer } from '../rig.ts'

const rig = createRig(createVirtualClock, createWeb())
afterEach(rig.close)
const wire = await stockSerializer()
// The stock transport talks to the console all the time.
beforeAll(() => {
  for (const level of ['log', 'info', 'debug', 'warn'] as const)
    vi.spyOn(console, level).mockReturnValue()
})

/** A piece of one tone that begins at sample `from`. */
const tone = (length: number, from = 0): Int16Array =>
  Int16Array.from({ length }, (_, index) => Math.round(8000 * Math.sin((from + index) / 5)))
const bot = (samples: Int16Array, number = 1): AudioFrame => ({
  ...audio({ role: 'agent', samples, sampleRate: 16_000, span: 1 }),
  response: number,
})
const named = ({ told }: StockCall, name: string): unknown[] =>
  told.flatMap(([one, data]) => (one === name ? [data] : []))

/** A call of the stock client that is ready. */
async function call(options: Partial<RigOptions> = {}, query = '') {
  const server = await rig.serve(options)
  const stock = await stockCall()
  rig.later(() => stock.client.disconnect())
  await stock.client.connect({ wsUrl: `${server.url}${query}` })
  return { server, stock, ...(await server.next()) }
}

/** A client that writes frames by itself, and what it was told in messages. */
async function bare(server: RigServer, path = '') {
  const socket = await rig.rude(`${server.url}${path}`)
  const told: Record<string, unknown>[] = []
  socket.on('message', (data, isBinary) => {
    if (!isBinary) return
    void wire.deserialize(new Blob([new Uint8Array(data as Buffer)])).then((read) => {
      const { message: said } = read as { readonly message?: Record<string, unknown> }
      if (said !== undefined) told.push(said)
    })
  })
  const say = (type: string, data: unknown = {}, id = 'a1'): void =>
    socket.send(wire.serializeMessage({ label: 'rtvi-ai', type, id, data }))
  return { socket, told, say }
}

describe('a call of a stock Pipecat client', () => {
  it('is ready when the session listens, and says which version is spoken', async () => {
    const { stock, connection } = await call({}, '?from=%2B15551234&tenant=acme&id=x&Bad=1')
    expect(stock.client.state).toBe('ready')
    expect(named(stock, 'BotReady')).toEqual([{ version: '2.1.0', about: { library: 'voxgraph' } }])
    expect(connection.leadMs).toBe(100)
    expect(connection.call).toEqual({
      from: '+15551234',
      to: '',
      tenant: 'acme',
      direction: 'inbound',
    })
  })

  it('brings the caller’s sound in the format of the port', async () => {
    const { stock, frames } = await call({ sample_rate: 8000, encoding: 'mulaw' })
    for (let count = 0; count < 20; count++) stock.say(tone(256))
    await until(() => frames.length === 20)
    const length = frames.reduce((sum, frame) => sum + (frame as AudioFrame).samples.length, 0)
    expect(length).toBeGreaterThan(2400)
    expect(length).toBeLessThanOrEqual(2560)
    expect(frames[0]).toMatchObject({ role: 'user', sampleRate: 8000, encoding: 'mulaw' })
  })

  it('plays at the rate of the client’s player', async () => {
    const { stock, connection } = await call()
    for (let count = 0; count < 10; count++) connection.play(bot(tone(320)))
    await until(() => stock.heard.length > 4600)
    expect(stock.heard.length).toBeLessThanOrEqual(4800)
    expect(Math.max(...stock.heard)).toBeGreaterThan(7000)
  })

  it('carries messages, requests and keys', async () => {
    const { stock, frames, connection } = await call()
    stock.client.sendClientMessage('cart', { items: 2 })
    stock.client.sendDTMF('12#')
    await until(() => frames.length === 4)
    expect(frames).toMatchObject([
      { type: 'message', lane: 'user', name: 'cart', data: { items: 2 } },
      { type: 'dtmf', lane: 'user', digit: '1' },
      { type: 'dtmf', digit: '2' },
      { type: 'dtmf', digit: '#' },
    ])
    const asked = stock.client.sendClientRequest('balance', { of: 'ada' })
    await until(() => frames.length === 5)
    connection.send(message({ name: 'balance', data: 42, lane: 'bot' }))
    connection.send(message({ name: 'balance', data: 43, lane: 'bot' }))
    connection.send(dtmf({ digit: '5', lane: 'bot' }))
    expect(await asked).toBe(42)
    await until(() => named(stock, 'ServerMessage').length === 2)
    expect(named(stock, 'ServerMessage')).toEqual([
      { name: 'balance', data: 43 },
      { name: 'dtmf', data: '5' },
    ])
  })

  it('forgets a question when the client has', async () => {
    const { server, stock, frames, connection } = await call()
    stock.client.sendClientMessage('news')
    await until(() => frames.length === 1)
    await server.clock.advance(10_000)
    connection.send(message({ name: 'news', data: 1, lane: 'bot' }))
    await until(() => named(stock, 'ServerMessage').length === 1)
  })

  it('takes typed text as a turn, and says what it cannot do', async () => {
    const { stock, frames } = await call()
    await stock.client.sendText('What time is breakfast?')
    await until(() => frames.length === 1)
    expect(frames[0]).toMatchObject({
      type: 'transcript',
      final: true,
      typed: true,
      text: 'What time is breakfast?',
    })
    await stock.client.sendText('for later', { run_immediately: false })
    await until(() => named(stock, 'MessageError').length === 1)
    expect(named(stock, 'MessageError')).toMatchObject([
      { type: 'error-response', data: { error: expect.stringContaining('run_immediately') } },
    ])
    expect(frames).toHaveLength(1)
  })

  it('shows an answer that is not to be heard, in the time that it would take', async () => {
    const { server, stock, frames, connection } = await call()
    await stock.client.sendText('Hush.', { audio_response: false })
    await until(() => frames.length === 1)
    connection.see?.({ ...response({ state: 'started', reason: 'turn' }), response: 1 })
    connection.see?.({ ...text({ text: 'Ten.', span: 1 }), source: 'llm', response: 1 })
    connection.play(bot(tone(320), 1))
    connection.see?.(playout({ state: 'started', span: 1, of: 1, heardMs: 0 }))
    expect(connection.played?.()).toBe(0)
    await server.clock.advance(20)
    expect(connection.played?.()).toBe(20)
    await until(() => named(stock, 'BotOutput').length === 1)
    expect(named(stock, 'BotOutput')).toMatchObject([{ text: 'Ten.', will_be_spoken: false }])
    expect(named(stock, 'BotStartedSpeaking')).toEqual([])
    connection.play(bot(tone(320), 2))
    await until(() => stock.heard.length > 0)
    expect(stock.heard.length).toBeLessThanOrEqual(480)
  })

  it('tells what happens', async () => {
    const { server, stock, connection } = await call({}, '?from=ada')
    await server.clock.advance(5)
    const said = transcript({ text: 'Hello', final: true })
    connection.see?.({ ...said, id: 1, source: 'stt', at: server.clock.now() })
    await until(() => named(stock, 'UserTranscript').length === 1)
    const timestamp = new Date(server.clock.wall()).toISOString()
    const expected = { text: 'Hello', final: true, timestamp, user_id: 'ada' }
    expect(named(stock, 'UserTranscript')).toEqual([expected])
  })

  it('ends in order when the client leaves, dismisses the bot, or is left', async () => {
    const first = await call()
    await first.stock.client.disconnect()
    expect(await first.end).toBe('complete')
    first.connection.play(bot(tone(320)))
    first.connection.clear()
    const second = await call()
    second.stock.client.disconnectBot()
    expect(await second.end).toBe('complete')
    const third = await call()
    await third.connection.close('done')
    await third.connection.close('again')
    await until(() => named(third.stock, 'Error').length === 1)
    expect(named(third.stock, 'Error')).toMatchObject([
      { data: { error: 'websocket connection closed. Code: 1000' } },
    ])
  })

  it('cannot be called back what it has got: it is reckoned as played, and ends without a click', async () => {
    const { server, stock, connection } = await call()
    for (let count = 0; count < 4; count++) connection.play(bot(tone(320, count * 320)))
    await server.clock.advance(30)
    expect(connection.played?.()).toBe(30)
    connection.clear()
    const fade = audio({ role: 'agent', samples: tone(80), sampleRate: 16_000 })
    connection.play(fade)
    await server.clock.advance(20)
    expect(connection.played?.()).toBe(50)
    await server.clock.advance(100)
    expect(connection.played?.()).toBe(85)
    await until(() => stock.heard.length > 1900)
    const steps = stock.heard.map((sample, index) =>
      Math.abs(sample - (stock.heard[index - 1] ?? 0)),
    )
    // The tone itself never rises faster; a sound that breaks off would.
    expect(Math.max(...steps)).toBeLessThan(1300)
    expect(Math.abs(stock.heard.at(-1) ?? 0)).toBeLessThan(200)
  })
})

describe('the handshake', () => {
  it.each([
    ['2.0.0', '2.1.0', false],
    ['1.4.1', '1.4.1', false],
    ['3.0.0', '2.1.0', true],
    [undefined, '2.1.0', true],
  ])('with version %s is answered with %s', async (version, answered, isRefused) => {
    const server = await rig.serve()
    const { told, say } = await bare(server)
    say('client-ready', { version }, 'b7')
    await until(() => told.some(({ type }) => type === 'bot-ready'))
    expect(told.at(-1)).toMatchObject({ id: 'b7', data: { version: answered } })
    expect(told.slice(0, -1).map(({ type }) => type)).toEqual(isRefused ? ['error-response'] : [])
  })

  it('waits for the session, and loses nothing meanwhile', async () => {
    const server = await rig.serve({}, false)
    const { socket, told, say } = await bare(server)
    socket.send(wire.serializeAudio(tone(256).buffer, 16_000, 1))
    say('client-ready', { version: '2.1.0' })
    const { connection } = await server.next()
    await until(() => server.calls.length === 1)
    const types: string[] = []
    connection.frames.subscribe(({ type }) => types.push(type))
    say('dtmf', { button: '1' })
    await until(() => types.length === 2 && told.length === 1)
    expect(types).toEqual(['audio', 'dtmf'])
    expect(told[0]).toMatchObject({ type: 'bot-ready' })
  })
})

describe('a client that is strange', () => {
  it.each([
    ['sound that is none', Buffer.from([0x12, 4, 0x1a, 2, 1, 0])],
    ['bytes that are nothing', Buffer.from('no protobuf at all')],
    ['a message that is no object', Buffer.from(wire.serializeMessage([1]))],
  ])('is cut off with 4400 for %s', async (_what, bytes) => {
    const server = await rig.serve()
    const { socket, say } = await bare(server)
    say('client-ready', { version: '2.1.0' })
    const { end } = await server.next()
    socket.send(bytes)
    expect(await fate(socket)).toMatch(/^4400 /)
    expect(await end).toContain('The caller was cut off')
  })

  it('is cut off with 4400 for a text message, and told why', async () => {
    const server = await rig.serve()
    const { socket, told, say } = await bare(server)
    say('client-ready', { version: '2.1.0' })
    await server.next()
    socket.send('{}')
    expect(await fate(socket)).toBe('4400 frames are binary messages')
    await until(() => told.length === 2)
    expect(told[1]).toMatchObject({ type: 'error', data: { fatal: true } })
  })

  it('is answered where a message is wrong, and goes on', async () => {
    const server = await rig.serve()
    const { told, say, socket } = await bare(server)
    say('client-ready', { version: '2.1.0' })
    const { frames } = await server.next()
    say('dtmf', { buttons: ['x'] }, 'c1')
    say('raw-audio', { base64Audio: 'AA==', sampleRate: 16_000, numChannels: 1 }, 'c2')
    say('raw-audio', { base64Audio: 'AAAA', sampleRate: 16_000, numChannels: 0.5 }, 'c3')
    socket.send(wire.serializeMessage({ label: 'other', type: 'x' }))
    say('raw-audio', { base64Audio: 'AAAAAA==', sampleRate: 16_000, numChannels: 1 })
    say('raw-audio', { base64Audio: 'AAAAAA==', sampleRate: 16_000, numChannels: 2 })
    await until(() => frames.length === 2)
    expect(told.map(({ type, id }) => [type, id])).toEqual([
      ['bot-ready', 'a1'],
      ['error-response', 'c1'],
      ['error-response', 'c2'],
      ['error-response', 'c3'],
    ])
    expect(frames.map((frame) => (frame as AudioFrame).samples.length)).toEqual([2, 1])
  })

  it('that sends more than a voice has is cut off', async () => {
    const server = await rig.serve()
    const { socket, say } = await bare(server)
    say('client-ready', { version: '2.1.0' })
    const { end } = await server.next()
    for (let count = 0; count < 40; count++) {
      socket.send(wire.serializeAudio(new Int16Array(24_000).buffer, 48_000, 1))
    }
    expect(await fate(socket)).toMatch(/^4429 /)
    expect(await end).toContain('The caller was cut off')
  })

  it('may be silent for as long as it answers', async () => {
    const server = await rig.serve()
    const { socket, told, say } = await bare(server)
    say('client-ready', { version: '2.1.0' })
    const { end } = await server.next()
    for (let times = 0; times < 4; times++) {
      const asked = once(socket, 'ping')
      await server.clock.advance(30_000)
      await asked
      // Its pong stands before this in the line.
      say('what')
      await until(() => told.length === times + 2)
    }
    socket.pause()
    await server.clock.advance(90_000)
    expect(await end).toContain('nothing came for too long')
  })

  it('is a stranger where Pipecat clients are not served', async () => {
    const server = await rig.serve({
      rtvi: { enabled: false, player_rate: 24_000, lead: 100, function_calls: {} },
    })
    const { socket, say } = await bare(server)
    say('client-ready', { version: '2.1.0' })
    expect(await fate(socket)).toBe('4400 the first message must be a hello')
  })
})

describe('a token', () => {
  it('comes in the address', async () => {
    const server = await rig.serve({ token: 's3cret' })
    const stock = await stockCall()
    rig.later(() => stock.client.disconnect())
    await stock.client.connect({ wsUrl: server.url, token: 's3cret' })
    expect(stock.client.state).toBe('ready')
  })

  it('that is missing closes the door', async () => {
    const server = await rig.serve({ token: 's3cret' })
    const { socket, told, say } = await bare(server)
    say('client-ready', { version: '2.1.0' })
    expect(await fate(socket)).toBe('4401 the token is wrong or missing')
    await until(() => told.length === 1)
    const data = { error: 'the token is wrong or missing', fatal: true }
    expect(told[0]).toMatchObject({ type: 'error', data })
  })
})
