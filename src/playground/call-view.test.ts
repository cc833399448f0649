import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallEvent } from 'voxgraph/client'
import { noCall, seeEvent, seeState, type CallView } from './call-view.ts'

type Told = CallEvent extends infer E ? (E extends E ? Omit<E, 'at'> : never) : never

const open = seeState(seeState(noCall, { state: 'connecting' }), { state: 'open', session: 'one' })
const after = (...told: readonly Told[]): CallView =>
  told.reduce((view, one) => seeEvent(view, { ...one, at: 0 } as CallEvent), open)
/** The conversation as text. */
const linesOf = ({ entries }: CallView): readonly string[] =>
  entries.map((entry) => {
    switch (entry.kind) {
      case 'caller':
        return `caller: ${entry.text}${entry.interim === '' ? '' : ` (${entry.interim})`}`
      case 'bot': {
        const parts = entry.sentences.map(({ text, heard, state }) => `${heard}|${text} ${state}`)
        return `${entry.agent} ${entry.state}: ${parts.join(' / ')}`
      }
      case 'tool':
        return `tool ${entry.name} ${entry.state} ${entry.tookMs}`
      case 'handoff':
        return `${entry.from} -> ${entry.to}`
      case 'notice':
        return `notice: ${entry.text}`
    }
  })

const turn = (state: 'started' | 'ended'): Told => ({ type: 'turn', state, text: '' })
const transcript = (text: string, final: boolean, typed = false): Told => ({
  ...{ type: 'transcript', text, final, typed },
})
const said = (response: number, span: number, text: string): Told => ({
  ...{ type: 'said', response, span, agent: 'desk', text },
})
const heard = (
  response: number,
  span: number,
  text: string,
  state: 'progress' | 'stopped' = 'progress',
  cut = false,
): Told => ({ type: 'heard', response, span, text, ms: 0, state, cut })

describe('the view of a call', () => {
  it('puts settled words in the place of those that were not, and joins those of one turn', () => {
    const view = after(
      turn('started'),
      transcript('what', false),
      transcript('what time', false),
      transcript('what time', true),
      transcript('is', false),
    )
    expect(linesOf(view)).toEqual(['caller: what time (is)'])
    const settled = [transcript('is breakfast', true), turn('ended')]
    const done = settled.reduce((one, told) => seeEvent(one, { ...told, at: 0 } as CallEvent), view)
    expect(linesOf(done)).toEqual(['caller: what time is breakfast'])
    expect(done.phase).toBe('thinking')
  })

  it('begins a line for each turn, and leaves out words that came to nothing', () => {
    const view = after(
      ...[turn('started'), transcript('hello', true), turn('ended')],
      ...[turn('started'), transcript('uh', false), turn('ended')],
      ...[turn('started'), transcript('goodbye', true)],
    )
    expect(linesOf(view)).toEqual(['caller: hello', 'caller: goodbye'])
  })

  it('keeps what is typed apart from what is being said', () => {
    const view = after(
      ...[turn('started'), transcript('what', false)],
      transcript('Goodbye.', true, true),
      transcript('what time', true),
    )
    expect(linesOf(view)).toEqual(['caller: what time', 'caller: Goodbye.'])
  })

  it('follows what was heard of a sentence, to its end', () => {
    const first = after(said(1, 1, 'Good day.'), heard(1, 1, 'Good'))
    expect(linesOf(first)).toEqual(['desk plays: Good|Good day. plays'])
    const whole = after(said(1, 1, 'Good day.'), heard(1, 1, 'Good', 'stopped'))
    expect(linesOf(whole)).toEqual(['desk heard: Good day.|Good day. heard'])
  })

  it('marks what an interruption kept the caller from hearing, and nothing before that', () => {
    const view = after(
      said(1, 1, 'First.'),
      heard(1, 1, 'First.', 'stopped'),
      said(1, 2, 'Second and last.'),
      heard(1, 2, 'Second'),
      { type: 'interrupted', through: 1, reason: 'words' },
      heard(1, 2, 'Second and', 'stopped', true),
      said(2, 1, 'Yes?'),
    )
    expect(linesOf(view)).toEqual([
      'desk cut: First.|First. heard / Second and|Second and last. cut',
      'desk plays: |Yes? plays',
    ])
    expect(view.phase).toBe('listening')
  })

  it('tells of tools in one line each, and of a hand-off when the other has the call', () => {
    const view = after(
      { type: 'tool', callId: 'a', name: 'find', state: 'called', tookMs: 0 },
      { type: 'agent', state: 'started', from: 'triage', to: 'billing' },
      { type: 'tool', callId: 'a', name: 'find', state: 'ok', tookMs: 12 },
      { type: 'agent', state: 'done', from: 'triage', to: 'billing' },
    )
    expect(linesOf(view)).toEqual(['tool find ok 12', 'triage -> billing'])
    expect(view.agent).toBe('billing')
  })

  it('keeps one record of an answer, the last, and only of those that were heard', () => {
    const record = { number: 1, response: 3, reason: 'turn', heard: 'hello', parts: {} }
    const more = { hiddenMs: 0, tools: 0, holds: 0 }
    const view = after(
      { type: 'answered', record: { ...record, ...more, totalMs: 500 } },
      { type: 'turn-record', record: { ...record, ...more, totalMs: 500, cutAfterMs: 80 } },
      { type: 'turn-record', record: { ...record, ...more, response: 4 } },
    )
    expect(view.answers).toMatchObject([{ response: 3, cutAfterMs: 80 }])
  })

  it('says why a call is over, and nothing where none began', () => {
    const ended = seeState(open, { state: 'closed', reason: 'the caller hung up.' })
    expect(linesOf(ended)).toEqual(['notice: The call is over: the caller hung up.'])
    const lost = seeState(open, { state: 'reconnecting', attempt: 1, inMs: 500 })
    expect([lost.phase, ...linesOf(lost)]).toEqual([
      'reconnecting',
      'notice: The connection broke.',
    ])
    const none = seeState(seeState(noCall, { state: 'connecting' }), {
      state: 'closed',
      reason: '',
    })
    expect([none.phase, ...linesOf(none)]).toEqual(['idle'])
  })

  it('is a whole conversation whatever comes in which order', () => {
    const small = fc.integer({ min: 1, max: 3 })
    const words = fc.constantFrom('', 'one', 'one two')
    const told = fc.oneof(
      fc.record({
        type: fc.constant('turn'),
        state: fc.constantFrom('started', 'ended'),
        text: words,
      }),
      fc.record({
        ...{ type: fc.constant('transcript'), text: words, final: fc.boolean() },
        typed: fc.boolean(),
      }),
      fc.record({
        type: fc.constant('said'),
        response: small,
        span: small,
        agent: words,
        text: words,
      }),
      fc.record({
        ...{ type: fc.constant('heard'), response: small, span: small, text: words },
        ...{ state: fc.constantFrom('progress', 'stopped'), cut: fc.boolean() },
      }),
      fc.record({ type: fc.constant('interrupted'), through: small }),
      fc.record({ type: fc.constant('tool'), callId: words, name: words, state: words }),
      fc.record({ type: fc.constant('error'), code: words, message: words }),
      fc.record({ type: fc.constant('speaking'), state: fc.constantFrom('started', 'stopped') }),
    )
    const property = fc.property(fc.array(told, { maxLength: 60 }), (all) => {
      let view = open
      for (const one of all) {
        const before = view
        view = seeEvent(view, { ...one, at: 0 } as unknown as CallEvent)
        const ids = view.entries.map((entry) => entry.id)
        expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b))
        // What has not changed is the same value: the page draws only the rest.
        const kept = view.entries.filter((entry) => before.entries.includes(entry))
        expect(view.entries.length - kept.length).toBeLessThanOrEqual(
          one.type === 'interrupted' ? 3 : 1,
        )
        if (one.type !== 'interrupted') continue
        const { through } = one as unknown as { through: number }
        const cut = view.entries.filter(
          (entry) => entry.kind === 'bot' && entry.response <= through,
        )
        expect(cut.some((entry) => entry.kind === 'bot' && entry.state === 'plays')).toBe(false)
      }
    })
    fc.assert(property)
  })
})
