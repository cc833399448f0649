import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AnswerPart, AnswerRecord } from 'voxgraph/client'
import { partNames, partRows, totals } from './answer-times.ts'

const parts = Object.keys(partNames) as AnswerPart[]

const answer = (
  number: number,
  times: AnswerRecord['parts'],
  more: Partial<AnswerRecord> = { speechEndedAt: 1 },
): AnswerRecord => ({
  ...{ number, response: number, reason: 'turn', heard: 'so', hiddenMs: 0, tools: 0, holds: 0 },
  parts: times,
  totalMs: Object.values(times).reduce((sum, ms) => sum + ms, 0),
  ...more,
})

it('lays the parts of an answer end to end, and they fill the whole', () => {
  const times = fc.dictionary(fc.constantFrom(...parts), fc.integer({ min: 0, max: 5000 }))
  const property = fc.property(times, (ms) => {
    const one = answer(1, ms)
    const rows = partRows(one, [one])
    expect(rows.map(({ part }) => part)).toEqual(parts.filter((part) => ms[part] !== undefined))
    let reached = 0
    for (const { from, size } of rows) {
      expect(from).toBeCloseTo(reached, 9)
      reached = from + size
    }
    if ((one.totalMs ?? 0) > 0) expect(reached).toBeCloseTo(1, 9)
  })
  fc.assert(property)
})

it('takes percentiles over what was spoken: not over greetings, nor over what was typed', () => {
  const spoken = [100, 300, 200].map((llm, index) => answer(index + 1, { llm }))
  const greeting = answer(0, { llm: 1 })
  const typed = answer(4, { llm: 2 }, {})
  expect(totals([greeting, ...spoken, typed])).toEqual({ count: 3, p50: 200, p95: 300 })
  expect(totals([greeting])).toEqual({ count: 0, p50: undefined, p95: undefined })
  const [row] = partRows(typed, [...spoken, typed])
  expect(row).toMatchObject({ ms: 2, p50: 200, p95: 300 })
})
