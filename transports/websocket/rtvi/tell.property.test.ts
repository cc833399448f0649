import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  correction,
  interrupt,
  transcript,
  turn,
  type Frame,
  type PlayoutInit,
} from 'voxgraph/plugin'
import { began, heard, made, over, run, sounded, wrote } from './tell-rig.ts'
import type { TellEvent } from './told.ts'

describe('whatever happens in a call', () => {
  const number = fc.integer({ min: 1, max: 4 })
  const words = fc.constantFrom('One two.', ' Three', ' ', '')
  const state = fc.constantFrom('started', 'progress', 'stopped') as fc.Arbitrary<
    PlayoutInit['state']
  >
  const event: fc.Arbitrary<Frame | TellEvent> = fc.oneof(
    number.map((of) => began(of)),
    number.map(made),
    number.map(over),
    fc.tuple(number, number, words).map(([of, span, said]) => wrote(of, span, said)),
    fc.tuple(number, number).map(([of, span]) => sounded(of, span)),
    fc
      .tuple(number, number, state, fc.nat(3), fc.boolean())
      .map(([of, span, now, count, cut]) => heard(of, span, { state: now, words: count, cut })),
    fc.tuple(number, number, words).map(([of, span, said]) => correction({ of, span, text: said })),
    number.map((through) => interrupt({ through })),
    fc
      .constantFrom('started' as const, 'ended' as const)
      .map((now) => turn({ state: now, text: '' })),
    fc.boolean().map((isSpoken) => ({ type: 'typed', isSpoken }) as const),
  )
  const span = fc.record({
    said: fc.constantFrom('One two three.', ' Four five.', ' '),
    corrected: fc.option(fc.constantFrom('', 'Six.')),
    progress: fc.array(fc.nat(3), { maxLength: 2 }),
    made: fc.boolean(),
  })
  const answer = fc.record({
    spans: fc.array(span, { minLength: 1, maxLength: 3 }),
    /** After so many events the caller interrupts; what comes then is late. */
    cutAfter: fc.option(fc.nat(15)),
  })
  type Answer = typeof answer extends fc.Arbitrary<infer A> ? A : never

  /** An answer as it really goes. */
  function eventsOf({ spans, cutAfter }: Answer, index: number): Frame[] {
    const of = index + 1
    const events = spans.flatMap(({ said, corrected, progress, made: isMade }, at) => [
      ...(corrected === null ? [] : [correction({ of, span: at + 1, text: corrected })]),
      wrote(of, at + 1, said),
      ...(isMade && at === spans.length - 1 ? [made(of)] : []),
      sounded(of, at + 1),
      heard(of, at + 1),
      ...progress.map((count) => heard(of, at + 1, { state: 'progress', words: count })),
      sounded(of, at + 1),
      heard(of, at + 1, { state: 'stopped' }),
    ])
    const all = [began(of), ...events, made(of), over(of)]
    return cutAfter === null ? all : all.toSpliced(cutAfter, 0, interrupt({ through: of }))
  }

  /** Answers as they go, and here and there something that should not be. */
  const calls = fc
    .tuple(
      fc.array(answer, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(60), event), { maxLength: 6 }),
    )
    .map(([answers, noise]) =>
      noise.reduce<(Frame | TellEvent)[]>(
        (events, [at, one]) => events.toSpliced(at, 0, one),
        answers.flatMap(eventsOf),
      ),
    )

  it.each([
    ['user-started-speaking', 'user-stopped-speaking'],
    ['bot-started-speaking', 'bot-stopped-speaking'],
    ['bot-llm-started', 'bot-llm-stopped'],
    ['bot-tts-started', 'bot-tts-stopped'],
  ])('%s and %s take turns', (starts, stops) => {
    fc.assert(
      fc.property(calls, (events) => {
        const types = run(events).messages.map(({ type }) => type)
        const edges = types.filter((type) => type === starts || type === stops)
        edges.forEach((edge, index) => expect(edge).toBe(index % 2 === 0 ? starts : stops))
      }),
    )
  })

  it('text of the model comes between its beginning and its end', () => {
    fc.assert(
      fc.property(calls, (events) => {
        let isOpen = false
        for (const { type } of run(events).messages) {
          if (type === 'bot-llm-started') isOpen = true
          if (type === 'bot-llm-stopped') isOpen = false
          if (type === 'bot-llm-text') expect(isOpen).toBe(true)
        }
      }),
    )
  })

  it('a segment begins, goes on and is complete once, and its two parts are its text', () => {
    const ranks = { new: 0, 'in-progress': 1, completed: 2 } as const
    fc.assert(
      fc.property(calls, (events) => {
        const last = new Map<number, number>()
        for (const { type, data } of run(events).messages) {
          if (type !== 'bot-output') continue
          const output = data as {
            readonly text: string
            readonly segment_id: number
            readonly spoken_status: keyof typeof ranks
            readonly spoken_progress?: Record<'accumulated_text' | 'remaining_text', string>
          }
          const { text: whole, segment_id: id, spoken_progress: progress } = output
          const rank = ranks[output.spoken_status]
          expect(rank).toBeGreaterThanOrEqual(last.get(id) ?? 0)
          expect(last.get(id)).not.toBe(2)
          if (rank === 0) expect(last.has(id)).toBe(false)
          last.set(id, rank)
          if (progress === undefined) continue
          expect(progress.accumulated_text + progress.remaining_text).toBe(whole)
        }
      }),
    )
  })

  it('no more is kept than a few responses and transcripts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 150 }), (numbers) => {
        const { told } = run(
          numbers.flatMap((id) => [
            began(id),
            { ...transcript({ text: 'x', final: true }), id, source: 'stt' },
          ]),
        )
        expect(told.responses.size).toBeLessThanOrEqual(8)
        expect(told.transcripts.length).toBeLessThanOrEqual(64)
      }),
    )
  })
})
