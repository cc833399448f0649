import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audio, durationMs, type AudioFrame, type PlayoutInit } from '../frames/index.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { createPacer } from './pacer.ts'

const rate = 16_000
const sound = (ms: number, span: number, response: number): AudioFrame => {
  const samples = new Int16Array((rate * ms) / 1000)
  return { ...audio({ role: 'agent', samples, sampleRate: rate, span }), response }
}

type Step =
  | { readonly do: 'push'; readonly ms: number; readonly span: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'respond' | 'cut' | 'hold' | 'release' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      ms: fc.constantFrom(1, 7, 20, 30, 250),
      span: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.integer({ min: 0, max: 300 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('respond', 'cut', 'hold', 'release') }),
  },
)

describe('whatever happens, the pacer', () => {
  it('keeps the lead, plays nothing that is cut and accounts for every sample', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.boolean(),
        async (steps, isCutting) => {
          const clock = createVirtualClock()
          const played: { at: number; frame: AudioFrame }[] = []
          const facts: PlayoutInit[] = []
          const pacer = createPacer({
            clock,
            play: (frame) => void played.push({ at: clock.now(), frame }),
            clear: () => {},
            onPlayout: (init) => void facts.push(init),
          })
          let response = 1
          let cut = 0
          let farEndsAt = 0
          let pushedMs = 0
          let seen = 0
          const check = (): void => {
            for (const { at, frame } of played.slice(seen)) {
              if (frame.response !== 0) expect(frame.response).toBeGreaterThan(cut)
              farEndsAt = Math.max(farEndsAt, at) + durationMs(frame)
              expect(farEndsAt - at).toBeLessThanOrEqual(200.001)
            }
            seen = played.length
          }
          for (const one of steps) {
            if (one.do === 'push') {
              void pacer.push(sound(one.ms, one.span, response))
              pushedMs += one.ms
            } else if (one.do === 'wait') await clock.advance(one.ms)
            else if (one.do === 'respond') pacer.finish(response++)
            else if (one.do === 'hold' && isCutting) {
              pacer.hold()
              farEndsAt = clock.now()
            } else if (one.do === 'release') pacer.release()
            else if (one.do === 'cut' && isCutting) {
              check()
              pacer.clear((cut = response++))
              farEndsAt = clock.now()
            }
            check()
          }
          pacer.release()
          pacer.finish(response)
          const rest = pacer.idle()
          await clock.settle()
          await rest
          await clock.settle()
          check()
          const stopped = facts.filter(({ state }) => state === 'stopped')
          const started = facts.filter(({ state }) => state === 'started')
          const heardMs = stopped.reduce((sum, fact) => sum + fact.heardMs, 0)
          expect(stopped.length).toBe(started.length)
          if (isCutting) expect(heardMs).toBeLessThanOrEqual(Math.min(pushedMs, clock.now()) + 0.01)
          else expect(heardMs).toBeCloseTo(pushedMs, 1)
        },
      ),
      { numRuns: 150 },
    )
  })
})
