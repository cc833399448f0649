import { expect, test } from 'vitest'
import type { Deed, TestEvent } from './events.ts'
import { timeLineOf } from './time-line.ts'

const event = (at: number, who: string, does: Deed): TestEvent => ({
  at,
  who,
  agent: undefined,
  does,
})

test('words are told once, and steps stand where they began', () => {
  const { lines, left } = timeLineOf({
    events: [
      event(0, 'llm', { type: 'response', state: 'started', response: 1, reason: 'turn' }),
      event(10, 'llm', { type: 'said', response: 1, text: 'We close ' }),
      event(20, 'llm', { type: 'said', response: 1, text: 'at six.' }),
      event(500, 'bot', { type: 'heard', response: 1, text: 'We' }),
      event(700, 'bot', { type: 'heard', response: 1, text: ' close' }),
      event(900, 'call', { type: 'ended', reason: 'done', error: '' }),
    ],
    marks: [
      { index: 0, at: 0, shown: 'user: hello', failed: false },
      { index: 3, at: 30, shown: 'expect: heard: six', failed: true },
    ],
  })
  expect(left).toBe(0)
  expect(lines.map(({ at, who, text, kind }) => `${at} ${kind} ${who} ${text}`)).toEqual([
    '0 step  user: hello',
    '0 event llm response #1 started: turn',
    '10 event llm writes #1 "We close at six."',
    '30 failed  expect: heard: six',
    '500 event bot is heard #1 "We close"',
    '900 event call ended: done',
  ])
})

test('only the last lines of a long call are shown', () => {
  const events = Array.from({ length: 300 }, (_, at) =>
    event(at, 'caller', { type: 'caller', text: `${at}` }),
  )
  const { lines, left } = timeLineOf({ events, marks: [] })
  expect(left).toBe(100)
  expect(lines[0]?.text).toBe('100')
})
