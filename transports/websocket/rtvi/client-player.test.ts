import { describe, expect, it } from 'vitest'
import { audio, loadResamplerEngine, type PlayoutInit } from 'voxgraph/plugin'
import { createVirtualClock } from 'voxgraph/testing'
import { createPacer } from '../../../src/audio/pacer.ts'
import { ClientPlayer } from './client-player.ts'

const engine = await loadResamplerEngine()
const sampleRate = 16_000

/** A second of a response at the pace of hearing, 100 ms ahead, on a client that forgets nothing. */
function speak() {
  const clock = createVirtualClock()
  const sent: number[] = []
  const facts: PlayoutInit[] = []
  const player = new ClientPlayer({
    ...{ clock, engine, sampleRate },
    format: { sampleRate, channels: 1, encoding: 'pcm' },
    write: (samples) => void sent.push(...samples),
  })
  const pacer = createPacer({
    ...{ clock, leadMs: 100 },
    play: (frame) => player.play(frame),
    clear: () => player.clear(),
    played: () => player.playedMs,
    onPlayout: (fact) => void facts.push(fact),
  })
  // Every sample has a value of its own.
  const samples = Int16Array.from({ length: sampleRate }, (_, index) => index + 1)
  const second = audio({ role: 'agent', samples, sampleRate, span: 1 })
  void pacer.push({ ...second, response: 1 })
  pacer.finish(1)
  return { clock, pacer, sent, facts }
}

describe('sound on a client that throws nothing away', () => {
  it('is sent 100 ms ahead, and goes on from there after a hold: nothing is heard twice, or lost', async () => {
    const { clock, pacer, sent } = speak()
    await clock.advance(500)
    expect(sent).toHaveLength(600 * 16)
    pacer.hold(1)
    await clock.advance(300)
    // Its last 5 ms, backwards.
    expect(sent).toHaveLength(605 * 16)
    expect(sent[600 * 16]).toBeLessThanOrEqual(600 * 16)
    expect(sent[600 * 16]).toBeGreaterThan(590 * 16)
    expect(sent.at(-1)).toBeLessThan(200)
    pacer.release(1)
    await clock.advance(1000)
    const rest = sent.slice(605 * 16)
    expect(rest.length).toBeGreaterThanOrEqual(400 * 16)
    expect(rest.length).toBeLessThanOrEqual(405 * 16)
    expect(rest.at(-1)).toBe(16_000)
  })

  it('counts as heard when it was sent', async () => {
    const { clock, pacer, facts } = speak()
    await clock.advance(500)
    pacer.hold(1)
    await clock.advance(300)
    pacer.clear(1)
    const { state, cut, heardMs } = facts.at(-1) ?? { heardMs: 0 }
    expect([state, cut]).toEqual(['stopped', true])
    expect(heardMs).toBeGreaterThanOrEqual(595)
    expect(heardMs).toBeLessThanOrEqual(600)
  })
})
