import { afterAll, describe, it } from 'vitest'
import { transportContract } from 'voxgraph/testing'
import definition from 'voxgraph/transports/daily'
import { createCallerPages } from './caller-pages.ts'
import { contractPool, contractRig, invitation } from './contract-rig.ts'
import { standInKey } from './stand-in.ts'

/**
 * In Chromium, with the real daily-js at both ends and WebRTC between. Left out is `stopReading`: sound comes to
 * the far end in datagrams, which nobody keeps for one who does not read them.
 */
describe('daily, as every transport', () => {
  const pool = contractPool()
  const pages = createCallerPages(pool)
  afterAll(() => pool.close())
  const contract = transportContract({
    definition,
    secrets: [standInKey, invitation],
    lacks: ['stopReading'],
    // Opus rounds off where a tone begins and ends, and the jitter buffer stretches sound to gain time.
    slackMs: 100,
    // Daily does not say why somebody is gone.
    dropped: 'complete',
    rig: () => contractRig(pool, pages),
  })
  it.each(contract)('$name', { timeout: 60_000 }, ({ run }) => run())
})
