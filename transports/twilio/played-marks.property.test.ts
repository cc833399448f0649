import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from 'voxgraph/testing'
import { PlayedMarks } from './played-marks.ts'

/** A far end with a buffer: plays at the pace of the clock, brings marks back `lateMs` after they were played. */
function farEnd(marks: PlayedMarks, lateMs: number) {
  let [sent, played, now] = [0, 0, 0]
  let line: { at: number; name: string }[] = []
  let returning: { at: number; name: string }[] = []
  return {
    get played() {
      return played
    },
    send(ms: number): void {
      sent += ms
      const name = marks.sent(ms, 1)
      if (name !== undefined) line.push({ at: sent, name })
    },
    clear(): void {
      marks.clear()
      // They come back like those of sound that was played.
      returning.push(...line.map(({ name }) => ({ name, at: now + lateMs })))
      line = []
      sent = played
    },
    pass(ms: number): void {
      now += ms
      played = Math.min(sent, played + ms)
      returning.push(
        ...line.filter(({ at }) => at <= played).map(({ name }) => ({ name, at: now + lateMs })),
      )
      line = line.filter(({ at }) => at > played)
      for (const { name } of returning.filter(({ at }) => at <= now)) marks.back(name)
      returning = returning.filter(({ at }) => at > now)
    },
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), ms: fc.constant(20) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constant(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), ms: fc.constant(0) }) },
)

describe('what marks say was played', () => {
  it('is never more than was, never goes back, and lags no more than a mark and the way back', async () => {
    const steps = fc.array(step, { maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(0, 20, 60), async (what, lateMs) => {
        const clock = createVirtualClock()
        const marks = new PlayedMarks(clock)
        const far = farEnd(marks, lateMs)
        let [before, clearedAway] = [0, 0]
        for (const { kind, ms } of what) {
          if (kind === 'send') far.send(ms)
          else if (kind === 'pass') {
            await clock.advance(ms)
            far.pass(ms)
          } else {
            // What was played and not said by then never will be.
            const unsaid = far.played - clearedAway - marks.ms
            far.clear()
            clearedAway += unsaid
          }
          const said = marks.ms
          const played = far.played - clearedAway
          expect(said).toBeGreaterThanOrEqual(before)
          expect(said).toBeLessThanOrEqual(played + 1e-9)
          expect(played - said).toBeLessThanOrEqual(100 + 20 + lateMs)
          before = said
        }
      }),
    )
  })

  it('stands still while keys sound between the words', async () => {
    const clock = createVirtualClock()
    const marks = new PlayedMarks(clock)
    const first = marks.sent(100, 1)
    const [begin, end] = [marks.mark(), marks.mark()]
    marks.sent(200, 1)
    for (const name of [first ?? '', begin]) marks.back(name)
    await clock.advance(150)
    expect(marks.ms).toBe(100)
    marks.back(end)
    await clock.advance(50)
    expect(marks.ms).toBe(150)
  })

  it('is not moved by marks of sound that was thrown away', async () => {
    const clock = createVirtualClock()
    const marks = new PlayedMarks(clock)
    const names = Array.from({ length: 10 }, () => marks.sent(100, 3)).filter(
      (name) => name !== undefined,
    )
    expect(names[0]).toBe('3:100:0:1')
    marks.clear()
    for (const name of names) marks.back(name)
    await clock.advance(5000)
    expect(marks.ms).toBe(0)
    expect(marks.sent(20, 4)).toBe('4:20:1:11')
  })

  it('is forgotten for a far end that brings none back', () => {
    const marks = new PlayedMarks(createVirtualClock())
    let forgotten = 0
    for (let count = 0; count < 600; count++)
      marks.mark((isPlayed) => (forgotten += isPlayed ? 0 : 1))
    expect(forgotten).toBe(100)
  })
})
