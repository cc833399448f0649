import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audio, defineProcessor, speech, type AudioFrame, type TurnFrame } from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import smartTurn from './index.ts'
import { loudnessModel } from './testing.ts'

const rate = 16_000
const frameMs = 20

let folder: string
let model: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-turn-'))
  model = join(folder, 'loudness.onnx')
  await writeFile(model, loudnessModel())
})
afterAll(() => rm(folder, { recursive: true }))

/** Sample values that say what they mean to the detector below; the sound between them is a tone. */
const [startMark, stopMark, breathMark] = [11, 12, 13]

/** Says `started` and `stopped` where the sound begins with a mark. */
const marks = defineProcessor({
  id: 'marks',
  summary: 'Hears marks.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  setup: () => ({
    *audio(frame: AudioFrame) {
      yield frame
      const [mark] = frame.samples
      if (mark === startMark) yield speech({ state: 'started', latency: 100 })
      if (mark === stopMark) yield speech({ state: 'stopped', latency: 250 })
      if (mark !== breathMark) return
      yield speech({ state: 'stopped', latency: 250 })
      yield speech({ state: 'started', latency: 100 })
    },
  }),
})

const options = { likely: 0, max_wait: 500 }

/** A call on virtual time with smart-turn behind the detector. */
async function call(changes: object = {}) {
  const probe = createProbe()
  const test = testSession({
    nodes: {
      ear: marks,
      smart: { definition: smartTurn, options: { ...options, model, ...changes } },
      end: probe.definition,
    },
    flow: ['ear -> smart -> end'],
  })
  await test.start()
  await test.clock.settle({ isDone: () => test.session.state !== 'starting' })
  async function hear(ms: number, mark = 0, level = 8000): Promise<void> {
    for (let at = 0; at < ms; at += frameMs) {
      const samples = Int16Array.from({ length: (rate * frameMs) / 1000 }, (_, i) =>
        i === 0 ? (at === 0 ? mark : 0) : level * Math.sin((at * 16 + i) ** 2 * 1e-4),
      )
      test.session.feed('ear', 'audio', audio({ role: 'user', samples, sampleRate: rate }))
      await test.clock.advance(frameMs)
    }
  }
  const opinions = (): TurnFrame[] => probe.frames.filter((frame) => frame.type === 'turn')
  const facts = (): string[] =>
    probe.frames.flatMap((frame) =>
      frame.type === 'speech' || frame.type === 'turn' ? [`${frame.type} ${frame.state}`] : [],
    )
  return { ...test, probe, hear, opinions, facts }
}

describe('smart-turn in a call', () => {
  it('gives its opinion behind the fact that the caller stopped', async () => {
    const { hear, opinions, facts, probe, end } = await call()
    await hear(1000, startMark)
    await hear(400, stopMark, 0)
    await end()
    expect(facts()).toEqual(['speech started', 'speech stopped', 'turn ended'])
    const [opinion] = opinions()
    expect(opinion).toMatchObject({ text: '', source: 'smart' })
    expect(opinion!.probability).toBeGreaterThan(0)
    expect(opinion!.probability).toBeLessThan(1)
    expect(probe.frames.filter((frame) => frame.type === 'audio').length).toBe(70)
  })

  it('says the same in every run', async () => {
    const run = async () => {
      const { hear, opinions, end } = await call()
      await hear(600, startMark)
      await hear(200, stopMark, 0)
      await end()
      return opinions().map(({ at, probability }) => ({ at, probability }))
    }
    const first = await run()
    expect(first.length).toBe(1)
    expect(await run()).toEqual(first)
  })

  it('calls it probable when it is less sure than is asked for', async () => {
    const { hear, opinions, end } = await call({ likely: 1 })
    await hear(600, startMark)
    await hear(100, stopMark, 0)
    await end()
    expect(opinions().map(({ state }) => state)).toEqual(['eager'])
  })

  it('says nothing about a caller who has gone on before the answer came', async () => {
    const { hear, facts, end } = await call()
    await hear(600, startMark)
    await hear(300, breathMark)
    await hear(100, stopMark, 0)
    await end()
    expect(facts()).toEqual([
      ...['speech started', 'speech stopped', 'speech started'],
      ...['speech stopped', 'turn ended'],
    ])
  })

  it('judges the turn since it began, and not what was said long ago', async () => {
    const fresh = await call()
    await fresh.hear(4000, 0, 0)
    await fresh.hear(400, startMark)
    await fresh.hear(100, stopMark, 0)
    await fresh.end()
    const later = await call()
    await later.hear(2000, startMark)
    await later.hear(4000, stopMark, 0)
    await later.hear(400, startMark)
    await later.hear(100, stopMark, 0)
    await later.end()
    expect(later.opinions()[1]!.probability).toBe(fresh.opinions()[0]!.probability)
    expect(later.opinions()[0]!.probability).not.toBe(fresh.opinions()[0]!.probability)
  })

  it('keeps what was said before a short pause', async () => {
    const { hear, opinions, end } = await call()
    await hear(2000, startMark, 20)
    await hear(400, stopMark, 0)
    await hear(400, startMark, 20)
    await hear(100, stopMark, 0)
    await end()
    const [first, second] = opinions()
    // The model of this test is the surer the more sound there is; below 0.5 the turn goes on.
    expect(first!.probability).toBeLessThan(0.5)
    expect(second!.probability).not.toBe(first!.probability)
  })

  it('refuses to start without its model, and says how to get it', async () => {
    const { session } = await call({ model: join(folder, 'nowhere.onnx') })
    const { error } = await session.ended
    expect(JSON.stringify(error) + String(error)).toContain('voxgraph models pull smart-turn')
  })
})
