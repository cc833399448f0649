import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { createLiveClock, emulateDeepgram, withStt } from 'voxgraph/testing'
import { connectDeepgram, loadDeepgram } from '../deepgram.ts'
import definition from './index.ts'

test('a connection that ends as soon as it begins fails once, and is not waited for', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => socket.close(1008, 'DATA-0000'))
  await new Promise((resolve) => server.once('listening', resolve))
  const told: unknown[] = []
  const failure = Promise.withResolvers<unknown>()
  const link = connectDeepgram({
    sdk: await loadDeepgram('test'),
    provider: 'test',
    account: {
      api_key: 'k',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    clock: createLiveClock(),
    signal: new AbortController().signal,
    create: (client) => client.listen.v1.createConnection({ model: 'nova-3' }),
    message: () => undefined,
    failed(error) {
      told.push(error)
      failure.resolve(error)
    },
  })
  link.catch((error: unknown) => {
    told.push(error)
    failure.resolve(error)
  })
  expect(await failure.promise).toMatchObject({ category: 'invalid' })
  await link.catch(() => undefined)
  expect(told).toHaveLength(1)
  server.close()
})

test('without a key nothing is opened', () =>
  withStt({ definition, emulate: emulateDeepgram }, [], async (rig) => {
    const options = { api_key: undefined }
    const thrown: unknown = await rig.open({ options }).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ category: 'auth' })
    await expect(rig.verify(options)).rejects.toMatchObject({ category: 'auth' })
    expect(rig.emulator.received).toEqual([])
  }))

test.each([
  ['nova-3', undefined],
  ['nova-2-medical', undefined],
  ['b3be83ad-0000-4000-8000-000000000000', undefined],
  ['nova-33', 'there is no model "nova-33"'],
  ['aura-2-thalia-en', 'it is a voice'],
])('whether a model exists is known before there is a call: %s', (model, reason) =>
  withStt({ definition, emulate: emulateDeepgram, options: { model } }, [], async (rig) => {
    if (reason === undefined) return rig.verify()
    const thrown: unknown = await rig.verify().catch((error: unknown) => error)
    expect(thrown).toMatchObject({ category: 'invalid' })
    expect((thrown as Error).message).toContain(reason)
  }),
)
