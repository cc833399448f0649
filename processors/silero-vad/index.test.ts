import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audio, type Frame } from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import { createFlite, type Flite } from '../flite-tts/engine.ts'
import sileroVad from './index.ts'

const rate = 16_000

let flite: Flite
beforeAll(async () => {
  flite = await createFlite({ threads: 1 })
})
afterAll(() => flite.close())

/** A call in which the caller speaks after a second; `frameMs` is the length of the frames it comes in. */
async function call(frameMs: number, silenceMs: number): Promise<readonly Frame[]> {
  const { samples } = await flite.speak('What time is breakfast?', { voice: 'slt' })
  const sound = new Int16Array(rate + samples.length + (silenceMs * rate) / 1000)
  sound.set(samples, rate)
  const probe = createProbe()
  const vad = {
    definition: sileroVad,
    options: { threshold: 0.5, threshold_off: 0.35, start: 120, stop: 250 },
  }
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

describe('silero-vad in a call', () => {
  it.each([20, 30, 7, 100])('says when the caller speaks, in frames of %d ms', async (frameMs) => {
    const [started, stopped, ...more] = facts(await call(frameMs, 1000))
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
    const frames = await call(20, 500)
    const sound = frames.filter((frame) => frame.type === 'audio')
    expect(sound.length).toBeGreaterThan(100)
    const at = frames.findIndex((frame) => frame.type === 'speech')
    expect(frames[at - 1]?.type).toBe('audio')
    expect(frames[at]?.cause).toBe(frames[at - 1]?.id)
  })

  it('does not leave the caller speaking at the end of the call', async () => {
    const states = facts(await call(20, 100)).map((frame) => frame.state)
    expect(states).toEqual(['started', 'stopped'])
  })
})
