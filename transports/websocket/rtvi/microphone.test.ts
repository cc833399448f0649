import { afterEach, expect, it } from 'vitest'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import { createRig, fate } from '../rig.ts'
import { encodePipecat } from './pipecat-frame.ts'

const rig = createRig(createVirtualClock, createWeb())
afterEach(rig.close)

it('a client that has another microphone all the time is cut off', async () => {
  const server = await rig.serve()
  const socket = await rig.rude(server.url)
  const end = fate(socket)
  const samples = new Int16Array(320)
  for (let count = 0; count < 40; count++) {
    socket.send(encodePipecat({ kind: 'audio', samples, sampleRate: 47_900 + count, channels: 1 }))
  }
  const { frames } = await server.next()
  expect(await end).toBe('4429 its sound changes its format too often')
  expect(frames).toHaveLength(32)
})
