import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from 'voxgraph/plugin'
import { createLiveClock, createVirtualClock } from 'voxgraph/testing'
import { createFlite } from '../flite-tts/engine.ts'
import { createSilero, type Silero } from './engine.ts'
import { loadModel } from './runtime.ts'

const clock = createVirtualClock()
const rates = [16_000, 8000]

let silero: Silero
let said: Int16Array
beforeAll(async () => {
  silero = await createSilero()
  const flite = await createFlite({ threads: 1 })
  said = (await flite.speak('How many nights would you like to stay?', { voice: 'rms' })).samples
  await flite.close()
})
afterAll(() => silero.close())

/** A second of silence, then the sentence; at 8 kHz every other sample will do. */
function sound(sampleRate: number): Int16Array {
  const all = new Int16Array(16_000 + said.length)
  all.set(said, 16_000)
  return sampleRate === 16_000 ? all : all.filter((_, index) => index % 2 === 0)
}

async function probabilities(
  engine: Silero,
  samples: Int16Array,
  sampleRate: number,
  on: Clock = clock,
): Promise<readonly number[]> {
  const stream = engine.open(sampleRate, on)
  const { windowSamples } = stream
  const asked: Promise<number>[] = []
  for (let at = 0; at + windowSamples <= samples.length; at += windowSamples) {
    asked.push(Promise.resolve(stream.probability(samples.subarray(at, at + windowSamples))))
  }
  const answers = await Promise.all(asked)
  stream.close?.()
  return answers
}

const largest = (values: readonly number[]): number => Math.max(...values)

describe('the model', () => {
  it.each(rates)('tells speech from silence at %d Hz', async (sampleRate) => {
    const all = await probabilities(silero, sound(sampleRate), sampleRate)
    const second = Math.floor(1000 / 32)
    expect(largest(all.slice(0, second - 1))).toBeLessThan(0.2)
    const speech = all.slice(second + 2, -6)
    expect(speech.filter((probability) => probability > 0.5).length).toBeGreaterThan(
      speech.length * 0.9,
    )
  })

  it('says the same of a stream alone and among others of both rates', async () => {
    const alone = await probabilities(silero, sound(16_000), 16_000)
    const [first, ...others] = await Promise.all([
      probabilities(silero, sound(16_000), 16_000),
      probabilities(silero, sound(8000), 8000),
      probabilities(silero, new Int16Array(30_000), 16_000),
      probabilities(silero, sound(16_000).toReversed(), 16_000),
    ])
    expect(first!.length).toBe(alone.length)
    for (const [index, value] of first!.entries()) expect(value).toBeCloseTo(alone[index]!, 4)
    expect(largest(others[1]!)).toBeLessThan(0.2)
  })

  it('gathers the windows of many streams in real time', async () => {
    const live = createLiveClock()
    const short = sound(16_000).subarray(0, 512 * 3)
    const streams = Array.from({ length: 20 }, () => probabilities(silero, short, 16_000, live))
    expect((await Promise.all(streams)).map((all) => all.length)).toEqual(Array(20).fill(3))
  })

  it('says the same in WebAssembly', async () => {
    const wasm = await createSilero({ runtimes: ['wasm'] })
    const native = await probabilities(silero, sound(8000), 8000)
    const other = await probabilities(wasm, sound(8000), 8000)
    for (const [index, value] of other.entries()) expect(value).toBeCloseTo(native[index]!, 2)
    await wasm.close()
  })
})

describe('what can go wrong', () => {
  it('names both runtimes when neither takes the model', async () => {
    const noModel = new Uint8Array(10)
    const failure = loadModel(noModel, ['native', 'wasm'])
    await expect(failure).rejects.toMatchObject({ code: 'runtime-missing' })
    await expect(failure).rejects.toThrow(/native: .*; wasm: /s)
  })

  it('fails when there is no runtime', async () => {
    await expect(createSilero({ runtimes: [] })).rejects.toMatchObject({ code: 'runtime-missing' })
  })

  it('keeps no more than half a minute for a stream that is not answered', async () => {
    const stream = silero.open(16_000, clock)
    const asked = Array.from({ length: 1001 }, async () => stream.probability(new Int16Array(512)))
    const results = await Promise.allSettled(asked)
    const refused = results.filter(({ status }) => status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'too-slow' } }])
    stream.close?.()
  })

  it('says that it was closed', async () => {
    const other = await createSilero()
    const stream = other.open(16_000, clock)
    const asked = Promise.resolve(stream.probability(new Int16Array(512)))
    const isOver = expect(asked).rejects.toMatchObject({ code: 'engine-closed' })
    await other.close()
    await isOver
    const late = Promise.resolve(stream.probability(new Int16Array(512)))
    await expect(late).rejects.toMatchObject({ code: 'engine-closed' })
  })
})
