import { afterAll, beforeAll, describe, it } from 'vitest'
import { sharedOnce, vadContract } from 'voxgraph/testing'
import { createFlite, type Flite } from '../flite-tts/engine.ts'
import webrtcVad from './index.ts'

let flite: Flite
beforeAll(async () => {
  flite = await createFlite({ threads: 1 })
})
const shared = sharedOnce(webrtcVad)
afterAll(async () => {
  await flite.close()
  await shared.close()
})

describe('webrtc-vad', () => {
  const { definition } = shared
  const cases = vadContract({
    definition,
    options: { mode: 2, start: 120, stop: 250 },
    async voice() {
      const { samples, words } = await flite.speak('What time is breakfast?', { voice: 'slt' })
      return { samples, startMs: words[0]!.startMs, endMs: words.at(-1)!.endMs }
    },
  })
  it.each(cases)('$name', ({ run }) => run())
})
