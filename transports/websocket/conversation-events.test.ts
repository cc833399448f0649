import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  audio,
  derive,
  error,
  handoff,
  inference,
  interrupt,
  playout,
  response,
  speech,
  text,
  transcript,
  turn,
  type Frame,
  type PlayoutFrame,
} from 'voxgraph/plugin'
import { ConversationEvents } from './conversation-events.ts'

/** A frame as a node has emitted it. */
const by = (source: string, frame: Frame, more: Partial<Frame> = {}): Frame =>
  ({ ...frame, source, ...more }) as Frame
const said = (source: string, words: string, span = 1, number = 1): Frame =>
  by(source, text({ text: words, span }), { response: number })
const begun = (number = 1, agent = 'desk'): Frame =>
  by('llm', response({ state: 'started', agent }), { response: number })
const played = (
  state: PlayoutFrame['state'],
  more: Partial<PlayoutFrame> = {},
  number = 1,
): Frame => by('phone', playout({ state, span: 1, of: number, heardMs: 0, ...more }))
const told = (frames: readonly Frame[], isInspected = false): unknown[] => {
  const events = new ConversationEvents(isInspected)
  return frames.flatMap((frame) => events.see(frame))
}

describe('the events of a conversation', () => {
  it('tell of the caller: voice, words, and the turn as it was decided', () => {
    const asked = { state: 'started', inference: 1, agent: 'desk', reason: 'start' } as const
    const final = transcript({ text: ' Hello there. ', final: true })
    expect(
      told([
        by('llm', inference({ ...asked, speculative: false })),
        by('vad', speech({ state: 'started', latency: 90 })),
        by('vad2', speech({ state: 'started', latency: 120 })),
        by('llm', turn({ state: 'started', text: '' })),
        by('stt', transcript({ text: 'Hello', final: false }), { id: 4 }),
        by('flux', turn({ state: 'ended', text: 'Hello' })),
        by('stt', transcript({ text: ' ', final: true }), { id: 5 }),
        by('stt', final, { id: 6 }),
        // A guard on the way to the mind: the same words again, masked.
        by('guard', derive({ ...final, id: 6 }, { text: 'Hello *****' }), { id: 7 }),
        by('vad', speech({ state: 'stopped', latency: 250 })),
        by('llm', turn({ state: 'ended', text: 'Hello there.' })),
        by('phone', transcript({ text: 'yes', final: true, typed: true }), { id: 9 }),
      ]),
    ).toEqual([
      { type: 'speech', state: 'started' },
      { type: 'turn', state: 'started', text: '' },
      { type: 'transcript', text: 'Hello', final: false, typed: false },
      { type: 'transcript', text: 'Hello there.', final: true, typed: false },
      { type: 'speech', state: 'stopped' },
      { type: 'turn', state: 'ended', text: 'Hello there.' },
      { type: 'transcript', text: 'yes', final: true, typed: true },
    ])
  })

  it('show a sentence when it is heard, as the voice got it, and what was heard of it', () => {
    expect(
      told([
        begun(),
        said('llm', 'Your code is '),
        said('guard', 'Your code is '),
        said('llm', '4711.'),
        by(
          'tts',
          audio({ role: 'agent', samples: new Int16Array(1600), sampleRate: 16_000, span: 1 }),
          {
            response: 1,
          },
        ),
        played('started'),
        said('guard', '[hidden].'),
        said('llm', ' It is secret.', 2),
        played('progress', { heardMs: 25 }),
        played('progress', { heardMs: 60, words: 2 }),
        played('stopped', { heardMs: 100 }),
        played('stopped', { span: 0 }),
      ]),
    ).toEqual([
      { type: 'speaking', state: 'started', response: 1, agent: 'desk' },
      { type: 'said', response: 1, span: 1, agent: 'desk', text: 'Your code is' },
      { type: 'said', response: 1, span: 1, agent: 'desk', text: 'Your code is [hidden].' },
      heard({ text: 'Your', ms: 25 }),
      heard({ text: 'Your code', ms: 60 }),
      heard({ text: 'Your code is [hidden].', ms: 100, state: 'stopped' }),
      { type: 'speaking', state: 'stopped', response: 1, agent: 'desk' },
    ])
  })

  const heard = (more: object): object => ({
    type: 'heard',
    response: 1,
    span: 1,
    state: 'progress',
    cut: false,
    ...more,
  })

  it('say once that the bot was cut short, and when it was silent', () => {
    const cut = by('llm', interrupt({ through: 1, reason: 'the caller spoke' }))
    const interrupted = { type: 'interrupted', through: 1, reason: 'the caller spoke' }
    const silent = { type: 'speaking', state: 'stopped', response: 1, agent: 'desk' }
    const opening = [begun(), said('llm', 'One two three four.')]
    // In the middle of a sentence: the transport says how much was heard.
    expect(
      told([
        ...opening,
        played('started'),
        by('llm', interrupt({ phase: 'suspect', through: 1 })),
        cut,
        played('stopped', { cut: true, heardMs: 50, words: 2 }),
        played('stopped', { cut: true, span: 2 }),
      ]).slice(2),
    ).toEqual([
      interrupted,
      heard({ text: 'One two', ms: 50, state: 'stopped', cut: true }),
      silent,
    ])
    // Between two sentences, and before the first.
    expect(told([...opening, played('started'), played('stopped'), cut]).slice(3)).toEqual([
      interrupted,
      silent,
    ])
    expect(told([...opening, cut, cut])).toEqual([interrupted])
    expect(told([cut])).toEqual([])
  })

  it('name agents, and failures without what concerns nobody in the call', () => {
    const failure = by(
      'stt',
      error({ category: 'auth', node: 'stt', message: 'key sk-1 was refused' }),
    )
    const frames = [
      by('llm', handoff({ state: 'done', from: 'desk', to: 'billing', pass: { pin: 4711 } })),
      failure,
      by('stt', error({ category: 'bug', message: 'x is not a function', code: 'node-failed' })),
    ]
    expect(told(frames)).toEqual([
      { type: 'agent', state: 'done', from: 'desk', to: 'billing' },
      { type: 'error', code: 'auth', message: 'Something that this call needs has failed.' },
      { type: 'error', code: 'node-failed', message: 'Something that this call needs has failed.' },
    ])
    expect(told([failure], true)).toEqual([
      { type: 'error', code: 'auth', message: 'stt: key sk-1 was refused' },
    ])
  })

  it('never show a sentence before its sound, and pair every beginning with one end', () => {
    const number = fc.integer({ min: 1, max: 3 })
    const span = fc.integer({ min: 0, max: 3 })
    const frame = fc.oneof(
      number.map((one) => begun(one)),
      fc.tuple(number, span).map(([one, of]) => said('llm', 'secret ', of, one)),
      fc
        .tuple(fc.constantFrom('started', 'progress', 'stopped'), number, span, fc.boolean())
        .map(([state, one, of, cut]) =>
          played(state, { span: of, heardMs: 10, cut: cut && state === 'stopped' }, one),
        ),
      number.map((through) => by('llm', interrupt({ through }))),
      fc.constantFrom('started', 'ended').map((state) => by('llm', turn({ state, text: 'x' }))),
    )
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 60 }), (frames) => {
        const events = new ConversationEvents(false)
        const heardSpans = new Set<string>()
        const speaking = new Set<number>()
        let isTurn = false
        for (const one of frames) {
          if (one.type === 'playout') heardSpans.add(`${one.of} ${one.span}`)
          for (const event of events.see(one)) {
            if (event.type === 'said') {
              expect(heardSpans.has(`${event.response} ${event.span}`)).toBe(true)
              expect(speaking.has(event.response)).toBe(true)
            } else if (event.type === 'speaking') {
              expect(speaking.has(event.response)).toBe(event.state === 'stopped')
              if (event.state === 'started') speaking.add(event.response)
              else speaking.delete(event.response)
            } else if (event.type === 'turn') {
              expect(isTurn).toBe(event.state === 'ended')
              isTurn = event.state === 'started'
            }
          }
        }
      }),
    )
  })
})
