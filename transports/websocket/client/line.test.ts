import { afterEach, describe, expect, it } from 'vitest'
import { dtmf, message } from 'voxgraph/plugin'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import { createRig, until } from '../rig.ts'
import { connect } from './connect.ts'
import type { ConnectInit, StateChange, VoiceClient } from './index.ts'

const rig = createRig(createVirtualClock, createWeb())
afterEach(rig.close)

/** Node has the browser's WebSocket, and no sound: calls without either are the same in both. */
async function call(init: ConnectInit): Promise<VoiceClient> {
  const client = await connect({ microphone: false, speaker: false, reconnect: false, ...init })
  rig.later(() => client.close())
  return client
}

describe('a call without sound', () => {
  it('says what it types, presses and sends, and hears of both', async () => {
    const server = await rig.serve({ encoding: 'mulaw', sample_rate: 8000 })
    const client = await call({ url: server.url.replace('ws', 'http'), call: { from: 'page' } })
    const { connection, frames } = await server.next()
    expect(connection.call).toMatchObject({ from: 'page', direction: 'inbound' })
    expect(client.audio).toEqual({ encoding: 'mulaw', sampleRate: 8000 })
    client.sendText(' Hello. ')
    client.sendKey('5')
    client.sendMessage('cart', [1])
    await until(() => frames.length === 3)
    expect(frames).toMatchObject([
      { type: 'transcript', text: 'Hello.', final: true, lane: 'user' },
      { type: 'dtmf', digit: '5' },
      { type: 'message', name: 'cart', data: [1] },
    ])
  })

  it('ends in order, and says in whose words', async () => {
    const server = await rig.serve()
    const states: StateChange[] = []
    const client = await call({ url: server.url, on: { state: (change) => states.push(change) } })
    const { connection, end } = await server.next()
    await connection.close('that was all')
    await until(() => client.state === 'closed')
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'open', 'closed'])
    expect(states.at(-1)).toEqual({ state: 'closed', reason: 'that was all' })
    expect(await end).toBe('complete')
    client.sendText('nobody hears this')
    await client.close()
  })

  it('says why it could not begin', async () => {
    const guarded = await rig.serve({ token: 's3cret' })
    await expect(call({ url: guarded.url })).rejects.toMatchObject({
      name: 'ClientError',
      code: 'unauthorized',
      closeCode: 4401,
    })
    const client = await call({ url: guarded.url, token: 's3cret' })
    expect(client.session).not.toBe('')
    await expect(
      call({ url: guarded.url, token: 's3cret', events: 'inspect' }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    const full = await rig.serve({ max_sessions: 1 })
    await call({ url: full.url })
    await expect(call({ url: full.url })).rejects.toMatchObject({ code: 'busy', closeCode: 4503 })
    const variables = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`v${at}`, '']))
    await expect(call({ url: guarded.url, call: variables })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('4400 call holds up to 16'),
    })
    await expect(call({ url: 'ws://127.0.0.1:9' })).rejects.toMatchObject({ code: 'unreachable' })
    for (const url of ['x:bad', 'not an address', 'ftp://127.0.0.1/']) {
      await expect(call({ url })).rejects.toMatchObject({ code: 'unreachable' })
    }
  })

  it('gives up when it is told to, before or in a call', async () => {
    const server = await rig.serve()
    const early = AbortSignal.abort()
    await expect(call({ url: server.url, signal: early })).rejects.toMatchObject({
      code: 'aborted',
    })
    const controller = new AbortController()
    const client = await call({ url: server.url, signal: controller.signal })
    const { end } = await server.next()
    controller.abort()
    expect(client.state).toBe('closed')
    expect(await end).toBe('complete')
  })

  it('does not call again when the server hangs up for a reason of its own', async () => {
    const server = await rig.serve({ idle_timeout: 1000 })
    const states: StateChange[] = []
    const on = { state: (change: StateChange) => void states.push(change) }
    const client = await call({ url: server.url, reconnect: true, on })
    await server.next()
    await server.clock.advance(1000)
    await until(() => client.state === 'closed')
    expect(states.at(-1)).toMatchObject({ error: { code: 'refused', closeCode: 4409 } })
  })

  it('tells every listener, whatever another one throws', async () => {
    const server = await rig.serve()
    const client = await call({ url: server.url, events: 'none' })
    const { connection } = await server.next()
    const heard: unknown[] = []
    const reported: unknown[] = []
    globalThis.reportError = (thrown) => void reported.push(thrown)
    client.on('key', () => {
      throw new Error('a bug of the page')
    })
    const stop = client.on('key', ({ digit }) => void heard.push(digit))
    connection.send(dtmf({ digit: '1', lane: 'bot' }))
    await until(() => heard.length === 1)
    stop()
    client.on('message', ({ name }) => void heard.push(name))
    connection.send(dtmf({ digit: '2', lane: 'bot' }))
    connection.send(message({ name: 'done', data: null, lane: 'bot' }))
    await until(() => heard.length === 2)
    expect(heard).toEqual(['1', 'done'])
    expect(reported).toHaveLength(2)
  })
})
