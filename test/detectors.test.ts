import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audio, type Frame, type ProcessorDefinition } from 'voxgraph/plugin'
import sileroVad from 'voxgraph/processors/silero-vad'
import webrtcVad from 'voxgraph/processors/webrtc-vad'
import { createProbe, sharedOnce, testSession, vadContract } from 'voxgraph/testing'
import { createFlite, type Flite } from '../processors/flite-tts/engine.ts'

const rate = 16_000

interface Detector {
  readonly definition: ProcessorDefinition
  readonly options: Readonly<Record<string, unknown>>
}

const detectors: readonly Detector[] = [
  {
    definition: sileroVad,
    options: { threshold: 0.5, threshold_off: 0.35, start: 120, stop: 250 },
  },
  { definition: webrtcVad, options: { mode: 2, start: 120, stop: 250 } },
]

let flite: Flite
beforeAll(async () => {
  flite = await createFlite({ threads: 1 })
})
afterAll(() => flite.close())

const sentence = () => flite.speak('What time is breakfast?', { voice: 'slt' })

/** A call in which the caller speaks after a second; `frameMs` is the length of the frames it comes in. */
async function call(vad: Detector, frameMs: number, silenceMs: number): Promise<readonly Frame[]> {
  const { samples } = await sentence()
  const sound = new Int16Array(rate + samples.length + (silenceMs * rate) / 1000)
  sound.set(samples, rate)
  const probe = createProbe()
  const test = testSession({ nodes: { vad, end: probe.definition }, flow: ['vad -> end'] })
  await test.start()
  await test.clock.settle({ isDone: () => test.session.state === 'running' })
  const length = (rate * frameMs) / 1000
  for (let from = 0; from < sound.length; from += length) {
    const part = sound.slice(from, from + length)
    await test.clock.advance(frameMs)
    test.session.feed('vad', 'audio', audio({ role: 'user', samples: part, sampleRate: rate }))
  }
  await test.end()
  return probe.frames
}

const facts = (frames: readonly Frame[]) => frames.filter((frame) => frame.type === 'speech')

describe.each(detectors.map((one) => [one.definition.id, one] as const))('%s', (_, detector) => {
  const shared = sharedOnce(detector.definition)
  afterAll(() => shared.close())
  const contract = vadContract({
    definition: shared.definition,
    options: detector.options,
    async voice() {
      const { samples, words } = await sentence()
      return { samples, startMs: words[0]!.startMs, endMs: words.at(-1)!.endMs }
    },
  })
  it.each(contract)('$name', ({ run }) => run())

  it.each([20, 30, 7, 100])('says when the caller speaks, in frames of %d ms', async (frameMs) => {
    const [started, stopped, ...more] = facts(await call(detector, frameMs, 1000))
    expect(more).toEqual([])
    expect(started).toMatchObject({ state: 'started', by: 'vad' })
    expect(stopped).toMatchObject({ state: 'stopped', by: 'vad' })
    // The sentence sounds from 1020 ms on, for some 1200 ms.
    expect(Math.abs(started!.at - started!.latency - 1020)).toBeLessThan(60)
    expect(started!.latency).toBeLessThan(120 + frameMs + 20)
    expect(stopped!.at - stopped!.latency - 1020).toBeGreaterThan(1000)
    expect(stopped!.latency).toBeLessThan(250 + frameMs + 20)
  })

  it('passes all sound on, facts behind the sound that they are about', async () => {
    const frames = await call(detector, 20, 500)
    const sound = frames.filter((frame) => frame.type === 'audio')
    expect(sound.length).toBeGreaterThan(100)
    const at = frames.findIndex((frame) => frame.type === 'speech')
    expect(frames[at - 1]?.type).toBe('audio')
    expect(frames[at]?.cause).toBe(frames[at - 1]?.id)
  })

  it('does not leave the caller speaking at the end of the call', async () => {
    const states = facts(await call(detector, 20, 100)).map((frame) => frame.state)
    expect(states).toEqual(['started', 'stopped'])
  })
})
