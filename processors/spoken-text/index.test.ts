import { describe, expect, it } from 'vitest'
import {
  interrupt,
  response,
  text,
  transcript,
  type Frame,
  type TextFrame,
  type TextInit,
} from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import { ruleNames } from './english.ts'
import spokenText from './index.ts'

const defaults = { language: 'en', rules: ruleNames, date_order: 'month-day', replace: {} }

interface Node {
  text(frame: Frame): Frame | readonly TextFrame[]
  signal(frame: Frame): readonly TextFrame[] | undefined
}

/** The processor by itself; what it gives is told as `span:text`. */
function node(options: object = {}) {
  const made = spokenText.setup({ options: { ...defaults, ...options } } as never) as Node
  const told = (out: Frame | readonly TextFrame[] = []): string[] =>
    (Array.isArray(out) ? out : [out]).map((frame: TextFrame) => `${frame.span}:${frame.text}`)
  return {
    made,
    text: (init: TextInit, number = 1) =>
      told(made.text({ ...text(init), id: 9, response: number })),
    signal: (frame: Frame) => told(made.signal(frame)),
  }
}

describe('spoken-text', () => {
  it('lets go of what it holds when the next span begins without a text, and hands that on', () => {
    const { text: feed } = node()
    expect(feed({ text: 'It is 5', span: 1 })).toEqual(['1:It is '])
    expect(feed({ text: '', span: 2 })).toEqual(['1:five', '2:'])
    expect(feed({ text: 'Here. ', span: 3 })).toEqual(['3:Here. '])
  })

  it('gives words as soon as the next one is there, and holds back numbers a little longer', () => {
    const { text: feed, signal } = node()
    const given = ['It ', 'cos', 'ts $3', '.50', ' mil', 'lion ', 'now', '.'].map((part) =>
      feed({ text: part, span: 1 }),
    )
    expect(given).toEqual([
      ['1:It '],
      [],
      ['1:costs '],
      [],
      [],
      ['1:three point five zero million dollars '],
      [],
      [],
    ])
    expect(signal(response({ state: 'ended' }))).toEqual(['1:now.'])
    expect(signal(response({ state: 'ended' }))).toEqual([])
  })

  it('keeps a span apart from the next', () => {
    const { text: feed } = node()
    feed({ text: 'Room 5', span: 1 })
    expect(feed({ text: '5 is free', span: 2 })).toEqual(['1:five', '2:five is '])
  })

  it('keeps the response and names the cause', () => {
    const { made, text: feed } = node()
    feed({ text: 'Room 5', span: 1 }, 7)
    const [frame] = made.signal(response({ state: 'ended' })) ?? []
    expect(frame).toMatchObject({ response: 7, cause: 9, span: 1, text: 'five' })
  })

  it('forgets what it holds of a response that is cut, and of no other', () => {
    const { text: feed, signal } = node()
    feed({ text: 'Room 5', span: 1 }, 2)
    expect(signal(interrupt({ phase: 'suspect', through: 2, reason: '' }))).toEqual([])
    expect(signal(interrupt({ phase: 'confirm', through: 1, reason: '' }))).toEqual([])
    expect(signal(response({ state: 'ended' }))).toEqual(['1:five'])
    feed({ text: 'Room 5', span: 2 }, 3)
    signal(interrupt({ phase: 'confirm', through: 3, reason: '' }))
    expect(signal(response({ state: 'ended' }))).toEqual([])
  })

  it('leaves alone what is not spoken, and what the caller said', () => {
    const { made } = node()
    const shown = text({ text: 'x = 5', span: 1, speak: false })
    expect(made.text(shown)).toBe(shown)
    const said = transcript({ text: 'at 5', final: true })
    expect(made.text(said)).toBe(said)
  })

  it('takes text without a span as it is', () => {
    expect(node().text({ text: 'Room 5' })).toEqual(['0:Room five'])
  })

  it("waits for the rest of the user's own phrases", () => {
    const { text: feed } = node({ replace: { 'New York': 'the Big Apple' } })
    expect(feed({ text: 'In New ', span: 1 })).toEqual(['1:In '])
    expect(feed({ text: 'York it is', span: 1 })).toEqual(['1:the Big Apple it '])
  })

  it('never holds back more than 200 characters', () => {
    const { text: feed } = node()
    expect(feed({ text: '5 '.repeat(99), span: 1 })).toEqual([])
    expect(feed({ text: '5 '.repeat(9), span: 1 })).toEqual([`1:${'five '.repeat(108)}`])
    expect(feed({ text: 'x'.repeat(300), span: 1 })).toEqual([`1:${'x'.repeat(300)}`])
  })

  it('gives the end of a response before the fact that it has ended', async () => {
    const probe = createProbe()
    const test = testSession({
      nodes: { say: { definition: spokenText, options: defaults }, end: probe.definition },
      flow: ['say -> end'],
    })
    await test.start()
    test.session.feed('say', 'text', text({ text: 'I have ', span: 1 }))
    test.session.feed('say', 'text', text({ text: '3', span: 1 }))
    test.session.feed('say', undefined, response({ state: 'ended' }))
    await test.clock.advance(10)
    expect(probe.texts).toEqual(['I have ', 'three'])
    expect(probe.timeline.map((line) => line.split(' ')[1]).slice(-3)).toEqual([
      'text',
      'text',
      'response',
    ])
    await test.end()
  })
})
