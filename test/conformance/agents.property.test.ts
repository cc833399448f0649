import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultsOf } from './agents-faults.ts'
import { calls, linesOf } from './agents-script.ts'

/**
 * At a desk other calls every time, as many as one waits for. In CI ten times as many, the same ones until this
 * number is changed: what stops a change there is the change.
 */
const runs =
  process.env['CI'] === undefined ? { numRuns: 500 } : { numRuns: 10_000, seed: 20_261_121 }

describe('whatever a caller and agents do', () => {
  it('one agent is heard at a time, each is told what it should be, no word is lost, and the call ends in order', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async (script) => {
        const faults = await faultsOf(script)
        if (faults.length > 0) throw new Error([linesOf(script), ...faults].join('\n'))
        expect(faults).toEqual([])
      }),
      { ...runs, interruptAfterTimeLimit: 220_000, markInterruptAsFailure: true },
    )
  }, 240_000)
})
