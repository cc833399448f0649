import { describe, expect, it } from 'vitest'
import {
  audio,
  inference,
  interrupt,
  metric,
  playout,
  response,
  speech,
  start,
  text,
  toolCall,
  toolResult,
  transcript,
  turn,
  type Frame,
} from 'voxgraph/plugin'
import { createVirtualClock } from 'voxgraph/testing'
import type { CallEvent } from './events.ts'
import { Teller } from './teller.ts'

interface Rig {
  readonly events: readonly CallEvent[]
  readonly clock: ReturnType<typeof createVirtualClock>
  readonly teller: Teller
  see(source: string, draft: Frame, more?: Partial<Frame>): void
  isSlow: boolean
  /** Events of one type. */
  of<T extends CallEvent['type']>(type: T): Extract<CallEvent, { type: T }>[]
}

function rig(level: 'conversation' | 'inspect' = 'inspect'): Rig {
  const clock = createVirtualClock()
  const events: CallEvent[] = []
  let id = 0
  const made: Rig = {
    events,
    clock,
    isSlow: false,
    teller: new Teller({
      level,
      clock,
      tell: (event) => void events.push(event),
      isSlow: () => made.isSlow,
    }),
    see(source: string, draft: Frame, more: Partial<Frame> = {}) {
      made.teller.see({ ...draft, id: ++id, at: clock.now(), source, ...more } as Frame)
    },
    of: <T extends CallEvent['type']>(type: T) =>
      events.filter((event): event is Extract<CallEvent, { type: T }> => event.type === type),
  }
  return made
}

const sound = audio({ role: 'agent', samples: new Int16Array(160), sampleRate: 16_000, span: 1 })

describe('a teller', () => {
  it('gathers what passes into a pulse every 100 ms, and is still when nothing does', async () => {
    const { see, clock, of } = rig()
    await clock.advance(5000)
    see('', start({ session: 's' }))
    for (let count = 0; count < 50; count++) {
      see('stt', transcript({ text: 'a', final: false }))
      see('stt', metric({ name: 'queue', value: count, unit: 'ms' }))
      await clock.advance(2)
    }
    see('tts', sound, { response: 3 })
    await clock.advance(1000)
    expect(of('pulse')).toEqual([
      {
        type: 'pulse',
        at: 100,
        nodes: { stt: { transcript: 50, metric: 50 } },
        metrics: [{ node: 'stt', name: 'queue', value: 49, unit: 'ms' }],
        response: 0,
        dropped: 0,
      },
      {
        type: 'pulse',
        at: 200,
        nodes: { tts: { audio: 1 } },
        metrics: [],
        response: 3,
        dropped: 0,
      },
    ])
  })

  it('leaves out what only serves to inspect while the client is slow, and says how much', async () => {
    const made = rig()
    made.see('stt', transcript({ text: 'one', final: true }))
    made.isSlow = true
    made.see('llm', interrupt({ phase: 'suspect', through: 1 }))
    made.see('stt', transcript({ text: 'two', final: true }))
    await made.clock.advance(100)
    made.isSlow = false
    made.see('vad', speech({ state: 'started', latency: 0 }))
    await made.clock.advance(100)
    expect(made.events.map(({ type }) => type)).toEqual([
      'transcript',
      'transcript',
      'speech',
      'pulse',
    ])
    expect(made.of('pulse')).toMatchObject([
      { dropped: 1, nodes: { stt: { transcript: 2 }, llm: { interrupt: 1 }, vad: { speech: 1 } } },
    ])
  })

  it('tells of tools by name and outcome, never what they were asked or answered', async () => {
    const { see, clock, of, events } = rig()
    const named = { callId: 'c1', name: 'look_up' }
    see('llm', toolCall({ ...named, arguments: { pin: 'secret' } }), { response: 1 })
    await clock.advance(300)
    see('llm', toolResult({ ...named, result: { status: 'ok', value: 'secret' } }))
    see('llm', toolCall({ callId: 'c2', name: 'slow', arguments: {} }), { response: 1 })
    const late = { status: 'timeout', message: 'secret' } as const
    see('llm', toolResult({ callId: 'c2', name: 'slow', result: late }))
    expect(of('tool').map(({ state, tookMs }) => [state, tookMs])).toEqual([
      ['called', 0],
      ['ok', 300],
      ['called', 0],
      ['timeout', 0],
    ])
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  it('gives where the time of an answer went, when it is heard and when it is over', async () => {
    const { see, clock, of, teller } = rig()
    see('', start({ session: 's' }))
    await clock.advance(1000)
    see('vad', speech({ state: 'stopped', latency: 200 }))
    see('stt', transcript({ text: 'Are you open?', final: true }))
    await clock.advance(400)
    see('llm', turn({ state: 'ended', text: 'Are you open?' }))
    const asked = { state: 'started', inference: 1, agent: 'desk', reason: 'turn' } as const
    see('llm', inference({ ...asked, speculative: false }))
    see('llm', response({ state: 'started', agent: 'desk', reason: 'turn' }), { response: 1 })
    await clock.advance(300)
    see('llm', text({ text: 'Yes.', span: 1 }), { response: 1 })
    see('llm', response({ state: 'ended', agent: 'desk', reason: 'turn' }), { response: 1 })
    await clock.advance(100)
    see('tts', sound, { response: 1 })
    see('phone', playout({ state: 'started', span: 1, of: 1, heardMs: 0 }))
    expect(of('answered')).toHaveLength(1)
    expect(of('turn-record')).toEqual([])
    await clock.advance(10)
    see('phone', playout({ state: 'stopped', span: 0, of: 1, heardMs: 0 }))
    teller.end('over')
    const [{ record } = { record: undefined }] = of('turn-record')
    expect(record).toMatchObject({
      number: 1,
      heard: 'Are you open?',
      speechEndedAt: 800,
      heardAt: 1800,
      totalMs: 1000,
      parts: { vad: 200, endpointing: 400, llm: 300, tts: 100, playout: 0 },
    })
    expect(record).not.toHaveProperty('cutAfterMs')
  })

  it('says last why the call is over, and nothing afterwards', async () => {
    const { see, clock, teller, events } = rig('conversation')
    await clock.advance(50)
    see('stt', transcript({ text: 'bye', final: true }))
    await clock.advance(500)
    teller.end('the caller hung up')
    teller.end('again')
    see('stt', transcript({ text: 'too late', final: true }))
    await clock.advance(500)
    expect(events).toEqual([
      { type: 'transcript', at: 0, text: 'bye', final: true, typed: false },
      { type: 'ended', at: 500, reason: 'the caller hung up' },
    ])
    const gone = rig()
    gone.see('stt', transcript({ text: 'a', final: true }))
    gone.teller.close()
    await gone.clock.advance(1000)
    expect(gone.of('pulse')).toEqual([])
  })
})
