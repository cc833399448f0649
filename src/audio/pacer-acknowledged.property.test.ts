import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audio, type AudioFrame, type PlayoutInit } from '../frames/index.ts'
import { createVirtualClock, type VirtualClock } from '../time/virtual-clock.ts'
import { createPacer } from './pacer.ts'

/** One sample per ms, so that a sample says its number, from 1 on. */
const rate = 1000

/** A far end behind a network: what it is sent comes `latencyMs` later, and so does what it says. */
function distantEnd(clock: VirtualClock, latencyMs: number) {
  const segments: { readonly at: number; readonly frame: AudioFrame; until: number }[] = []
  const later = (act: () => void): void => void clock.after(latencyMs, act)
  return {
    segments,
    play: (frame: AudioFrame): void =>
      later(() => {
        const at = Math.max(clock.now(), segments.at(-1)?.until ?? 0)
        segments.push({ at, frame, until: at + frame.samples.length })
      }),
    clear: (): void =>
      later(() => {
        while ((segments.at(-1)?.at ?? 0) >= clock.now() && segments.length > 0) segments.pop()
        const last = segments.at(-1)
        if (last !== undefined) last.until = Math.min(last.until, clock.now())
      }),
    played: (): number => {
      const now = clock.now() - latencyMs
      return segments.reduce(
        (sum, { at, until }) => sum + Math.max(0, Math.min(until, now) - at),
        0,
      )
    },
  }
}

const episode = fc.record({
  ms: fc.integer({ min: 1, max: 400 }),
  before: fc.integer({ min: 0, max: 300 }),
  /** Longer than the far end needs to hear of it and to say what it has played. */
  held: fc.integer({ min: 0, max: 300 }),
})

describe('behind a network, the caller', () => {
  it('hears each sample once and in order, however late the far end obeys and reports', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(episode, { minLength: 1, maxLength: 12, size: 'large' }),
        fc.integer({ min: 0, max: 150 }),
        fc.boolean(),
        async (episodes, latencyMs, isCut) => {
          const clock = createVirtualClock()
          const far = distantEnd(clock, latencyMs)
          const facts: PlayoutInit[] = []
          const { played } = far
          const pacer = createPacer({
            ...{ clock, played, play: far.play, clear: far.clear },
            onPlayout: (init) => void facts.push(init),
          })
          let pushed = 0
          for (const { ms, before, held } of episodes) {
            const from = pushed + 1
            const samples = Int16Array.from({ length: ms }, (_, index) => from + index)
            pushed += ms
            const frame = audio({ role: 'agent', samples, sampleRate: rate, span: 1 })
            void pacer.push({ ...frame, response: 1 })
            await clock.advance(before)
            pacer.hold(1)
            await clock.advance(2 * latencyMs + 6 + held)
            pacer.release(1)
          }
          if (isCut) {
            pacer.hold(1)
            await clock.advance(2 * latencyMs + 6)
            pacer.clear(1)
          } else pacer.finish(1)
          const rest = pacer.idle()
          await clock.settle()
          await rest
          const heard = far.segments.flatMap(({ at, frame, until }) =>
            frame.response === 0 ? [] : [...frame.samples.subarray(0, until - at)],
          )
          for (const [index, value] of heard.entries()) {
            // A sample that fades is smaller than itself.
            expect(value).toBeLessThanOrEqual(index + 1)
          }
          if (!isCut) expect(heard).toHaveLength(pushed)
          expect(facts.findLast(({ state }) => state === 'stopped')?.heardMs ?? 0).toBe(
            heard.length,
          )
        },
      ),
      { numRuns: 100 },
    )
  })
})
