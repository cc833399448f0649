import { expect, test } from 'vitest'
import type { Deed, TestEvent, TestEvents } from './events.ts'
import { createSearch } from './match.ts'
import type { Expected } from './scenario.ts'
import { textPattern } from './text-pattern.ts'

function record(...deeds: readonly Deed[]): TestEvents & { readonly all: TestEvent[] } {
  return {
    all: deeds.map((does, at) => ({ at, who: 'llm', agent: undefined, does })),
    isBy: ({ does }: TestEvent, name: string) =>
      'response' in does && name === (does.response === 1 ? 'llm' : 'other'),
    isOf: (node: string, name: string) => node === name,
  } as unknown as TestEvents & { all: TestEvent[] }
}
const search = (events: TestEvents, what: Expected, from = 0, agent?: string) =>
  createSearch(events, { what, agent, withinMs: 0, shown: '' }, from)
const said = (response: number, text: string): Deed => ({ type: 'said', response, text })

test('words are found across the pieces in which they come, response by response', () => {
  const events = record(said(1, 'We close '), said(2, 'at ten'), said(1, 'at six.'))
  const what = { type: 'says', pattern: textPattern('close at six') } as const
  expect(search(events, what).find()).toBe(2)
  expect(search(events, what, 0, 'other').find()).toBeUndefined()
  expect(search(events, what, 1).find()).toBeUndefined()
})

test('a search goes on where it left off', () => {
  const events = record(said(1, 'We '))
  const one = search(events, { type: 'says', pattern: textPattern('we close') })
  expect(one.find()).toBeUndefined()
  events.all.push({ at: 1, who: 'llm', agent: undefined, does: said(1, 'close') })
  expect(one.find()).toBe(1)
})

test('arguments of a tool are the same, or match an expression', () => {
  const events = record({ type: 'tool', name: 'book', arguments: { day: 'Sunday', nights: 2 } })
  const tool = (field: object): Expected =>
    ({
      type: 'tool',
      name: 'book',
      with: [{ name: 'day', equals: undefined, matches: undefined, ...field }],
    }) as Expected
  expect(search(events, tool({ equals: 'Sunday' })).find()).toBe(0)
  expect(search(events, tool({ equals: 'Sun' })).find()).toBeUndefined()
  expect(search(events, tool({ matches: textPattern('/^Sun/') })).find()).toBe(0)
  expect(search(events, tool({ name: 'nights', equals: 2 })).find()).toBe(0)
})

test('an interruption that cuts nothing is none', () => {
  const cut = (makers: readonly string[]): Deed => ({
    type: 'interrupt',
    phase: 'confirm',
    through: 1,
    reason: '',
    makers,
  })
  const events = record(cut([]), cut(['llm', 'tts']))
  expect(search(events, { type: 'interrupted', node: undefined }).find()).toBe(1)
  expect(search(events, { type: 'interrupted', node: 'tts' }).find()).toBe(1)
  expect(search(events, { type: 'interrupted', node: 'stt' }).find()).toBeUndefined()
})

test('variables have their values from the event on that sets them, whatever was expected since', () => {
  const set = (vars: Readonly<Record<string, unknown>>): Deed => ({
    type: 'vars',
    vars,
    changed: [],
  })
  const events = record(
    set({ name: '', age: 1 }),
    said(1, 'Ada?'),
    set({ name: 'Ada', age: 1 }),
    said(1, 'Hello.'),
  )
  const name = (equals: string): Expected => ({
    type: 'vars',
    fields: [{ name: 'name', equals, matches: undefined }],
  })
  expect(search(events, name('Ada')).find()).toBe(2)
  expect(search(events, name('Ada'), 4).find()).toBe(2)
  expect(search(events, name(''), 1).find()).toBe(0)
  expect(search(events, name(''), 4).find()).toBeUndefined()
  const one = search(events, name('Bob'), 4)
  expect(one.find()).toBeUndefined()
  events.all.push({ at: 4, who: 'call', agent: undefined, does: set({ name: 'Bob' }) })
  expect(one.find()).toBe(4)
})
