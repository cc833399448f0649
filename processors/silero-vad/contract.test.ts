import { afterAll, beforeAll, describe, it } from 'vitest'
import { sharedOnce, vadContract } from 'voxgraph/testing'
import { createFlite, type Flite } from '../flite-tts/engine.ts'
import sileroVad from './index.ts'

let flite: Flite
beforeAll(async () => {
  flite = await createFlite({ threads: 1 })
})
const shared = sharedOnce(sileroVad)
afterAll(async () => {
  await flite.close()
  await shared.close()
})

describe('silero-vad', () => {
  const { definition } = shared
  const cases = vadContract({
    definition,
    options: { threshold: 0.5, threshold_off: 0.35, start: 120, stop: 250 },
    async voice() {
      const { samples, words } = await flite.speak('What time is breakfast?', { voice: 'slt' })
      return { samples, startMs: words[0]!.startMs, endMs: words.at(-1)!.endMs }
    },
  })
  it.each(cases)('$name', ({ run }) => run())
})
