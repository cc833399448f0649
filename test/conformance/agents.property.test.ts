import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultsOf } from './agents-faults.ts'
import { calls, linesOf } from './agents-script.ts'

/** Seeds: as many as a CI has time for, fewer at a desk. */
const seeds = process.env['CI'] === undefined ? 1000 : 10_000

describe('whatever a caller and agents do', () => {
  it('one agent is heard at a time, each is told what it should be, no word is lost, and the call ends in order', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async (script) => {
        const faults = await faultsOf(script)
        if (faults.length > 0) throw new Error([linesOf(script), ...faults].join('\n'))
        expect(faults).toEqual([])
      }),
      { numRuns: seeds, interruptAfterTimeLimit: 220_000 },
    )
  }, 240_000)
})
