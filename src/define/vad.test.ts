import { describe, expect, it } from 'vitest'
import { audio } from '../frames/index.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'
import { vadCall } from '../testing/vad-call.ts'
import { defineVad, type OpenVad } from './vad.ts'

const options = { start: 120, stop: 250 }

/** A detector in windows of 20 ms that takes every sample above 1000 for voice. */
const detector = (open: OpenVad) =>
  defineVad({
    id: 'test-vad',
    summary: 'Takes what is loud for voice.',
    sampleRates: [16_000, 8000],
    options: { type: 'object', properties: {} },
    thresholds: () => ({ on: 0.5, off: 0.5, clearDb: 9, raise: 0 }),
    setup: () => open,
  })

const isLoud = (window: Int16Array): number => (window.some((sample) => sample > 1000) ? 1 : 0)

/** A second of silence, a second of sound, a second of silence. */
const sound = (sampleRate: number): Int16Array =>
  Int16Array.from({ length: 3 * sampleRate }, (_, index) =>
    Math.floor(index / sampleRate) === 1 ? 5000 : 0,
  )

const edges = [
  { state: 'started', edgeMs: 1000, saidMs: 1120 },
  { state: 'stopped', edgeMs: 2000, saidMs: 2260 },
]

describe('a detector', () => {
  it('says where edges were, whether its engine answers at once or later', async () => {
    const windowSamples = 320
    const now = detector(() => ({ windowSamples, probability: isLoud }))
    const later = detector(() => ({
      windowSamples,
      probability: async (window) => Promise.resolve(isLoud(window)),
    }))
    for (const definition of [now, later]) {
      const call = { definition, options, sounds: [sound(16_000)], sampleRate: 16_000 }
      const [heard] = await vadCall(call)
      expect(heard!.edges).toEqual(edges)
    }
  })

  it('opens a new engine when the rate changes, and ends the speech before', async () => {
    const opened: number[] = []
    let closed = 0
    const definition = detector((sampleRate) => {
      opened.push(sampleRate)
      const close = (): void => void closed++
      return { windowSamples: sampleRate / 50, probability: isLoud, close }
    })
    const probe = createProbe()
    const { session, clock, start, end } = testSession({
      nodes: { vad: { definition, options }, end: probe.definition },
      flow: ['vad -> end'],
    })
    await start()
    for (const sampleRate of [16_000, 8000]) {
      const samples = new Int16Array(sampleRate / 5).fill(5000)
      await clock.advance(200)
      session.feed('vad', 'audio', audio({ role: 'user', samples, sampleRate }))
      await clock.advance(0)
    }
    await end()
    const facts = probe.frames.filter((frame) => frame.type === 'speech')
    expect(facts.map(({ state, at, latency }) => `${state} ${at - latency}`)).toEqual([
      'started 0',
      'stopped 200',
      'started 200',
      'stopped 400',
    ])
    expect({ opened, closed }).toEqual({ opened: [16_000, 8000], closed: 2 })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('the model is broken')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the model is broken'))],
  ] as const)(
    'fails as a node, and no more than that, when its engine %s',
    async (_, probability) => {
      const definition = detector(() => ({ windowSamples: 320, probability }))
      const call = { definition, options, sounds: [sound(16_000)], sampleRate: 16_000 }
      await expect(vadCall(call)).rejects.toThrow(/the model is broken/)
    },
  )
})
