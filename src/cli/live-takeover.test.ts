import { describe, expect, it } from 'vitest'
import { audio, type Frame } from '../frames/index.ts'
import type { Plan } from '../graph/plan.ts'
import type { Inspection } from '../observe/inspection.ts'
import { takeoverText, watchTakeovers, type Takeover } from './live-takeover.ts'

const manifest = { role: 'tts' }
const fallback = [{ use: 'elevenlabs-tts' }, { use: 'flite-tts' }]
const nodes = [{ id: 'tts', use: 'cartesia-tts', manifest, fallback }] as unknown as Plan['nodes']

/** 100 ms of sound of a response. */
const sound = (at: number, response = 1, source = 'tts', session = 'a'): Inspection => {
  const samples = new Int16Array(1600)
  const frame = { ...audio({ role: 'agent', samples, sampleRate: 16_000 }), at, response, source }
  return { type: 'frame', session, frame: frame as Frame }
}
const failed = (message: string, member = 'tts', session = 'a'): Inspection => ({
  ...{ type: 'log', session },
  record: { level: 'warn', at: 0, node: 'tts', message, details: { node: member } },
})
const broke = failed('It broke. tts/1 (elevenlabs-tts) is asked now.')

function told(events: readonly Inspection[]): readonly Takeover[] {
  const all: Takeover[] = []
  const watch = watchTakeovers({ nodes }, (one) => all.push(one))
  for (const event of events) watch(event)
  return all
}

const rest = { session: 'a', from: 'cartesia-tts', to: 'elevenlabs-tts', isRest: true }

describe('a voice that takes over from another', () => {
  it('is told of when it sounds, with the silence between the two', () => {
    expect(told([sound(1000), broke])).toEqual([])
    expect(told([sound(1000), broke, sound(1350)])).toEqual([{ ...rest, silentMs: 250 }])
  })

  it('has left no gap where there was sound to be heard meanwhile', () => {
    const ahead = [1000, 1010, 1020, 1030].map((at) => sound(at))
    expect(told([...ahead, broke, sound(1300)])).toEqual([{ ...rest, silentMs: 0 }])
  })

  it('speaks instead where the other has said nothing', () => {
    const [one] = told([sound(1000), broke, sound(5000, 2)])
    expect(one).toEqual({ ...rest, isRest: false, silentMs: 0 })
    expect(one && takeoverText(one)).toBe(
      'cartesia-tts did not speak; elevenlabs-tts speaks instead',
    )
  })

  it('may itself be taken over from', () => {
    const again = failed('It broke. tts/2 (flite-tts) is asked now.', 'tts/1')
    const all = told([sound(1000), broke, sound(1100), again, sound(1260)])
    expect(all.map(takeoverText)).toEqual([
      'cartesia-tts broke off in the middle of an answer; elevenlabs-tts speaks the rest after 0 ms of silence',
      'elevenlabs-tts broke off in the middle of an answer; flite-tts speaks the rest after 60 ms of silence',
    ])
  })

  it('is told apart from second tries, other nodes and other calls', () => {
    const again = failed('It broke. It is asked again in 200 ms.')
    const elsewhere = failed('It broke. tts/1 (elevenlabs-tts) is asked now.', 'tts', 'b')
    expect(told([sound(1000), again, elsewhere, sound(1300), sound(1400, 1, 'phone')])).toEqual([])
  })
})
