import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProviderError, type SttStream, type SttStreamInit } from '../define/index.ts'
import { audio, speech } from '../frames/index.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'
import { rate, scriptedEars, source } from './rig.ts'

/** Samples of 20 ms. */
const perFrame = rate / 50

/** What goes wrong with one stream after the other. */
interface Fate {
  /** Frames that it takes before it breaks. */
  readonly frames: number
  /** It does not open at all. */
  readonly refuses: boolean
  /** It breaks by throwing when it is given sound, not by saying so. */
  readonly throws: boolean
}

const broken = (): ProviderError =>
  new ProviderError('connectivity', { provider: 'ears', reason: 'it broke' })

/**
 * Ears for words that are written in the sound: a word is some frames with its number in every sample, a
 * pause has zeros. They settle a word with the first sample behind it.
 */
function ears(fates: Fate[]) {
  return scriptedEars('ears', (init: SttStreamInit): SttStream => {
    const fate = fates.shift()
    if (fate?.refuses === true) throw broken()
    let left = fate?.frames ?? Infinity
    let at = 0
    let word = 0
    const end = (): void => {
      const untilMs = (at * 1000) / rate
      if (word !== 0) init.heard({ type: 'final', text: String(word), untilMs })
      word = 0
    }
    return {
      push(samples) {
        if (left <= 0) {
          if (fate?.throws === true) throw broken()
          left = Infinity
          return init.failed(broken())
        }
        left--
        for (const sample of samples) {
          if (sample !== word) end()
          word = sample
          at++
        }
      },
      finish: end,
      close: () => undefined,
    }
  })
}

const fate = fc.record({
  frames: fc.integer({ min: 0, max: 40 }),
  refuses: fc.boolean(),
  throws: fc.boolean(),
})
const utterances = fc.array(
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
  {
    minLength: 1,
    maxLength: 4,
  },
)

test('no word is lost and none comes twice, however often the streams break', () =>
  fc.assert(
    fc.asyncProperty(utterances, fc.array(fate, { maxLength: 6 }), async (said, fates) => {
      // Four attempts in a row are all that a recogniser gets: more of them end the call.
      const sometimes = fates.map((one, index) => ({
        ...one,
        refuses: one.refuses && index % 3 !== 0,
      }))
      const probe = createProbe()
      const { session, clock, start, end } = testSession({
        nodes: { phone: source('audio'), stt: ears(sometimes), probe: probe.definition },
        flow: ['phone -> stt -> probe'],
      })
      await start()
      const feed = async (value: number): Promise<void> => {
        const samples = new Int16Array(perFrame).fill(value)
        session.feed('phone', 'in', audio({ role: 'user', samples, sampleRate: rate }))
        await clock.advance(20)
      }
      let word = 0
      for (const words of said) {
        session.feed('phone', undefined, speech({ state: 'started', by: 'vad', latency: 0 }))
        for (const frames of words) {
          word++
          for (let i = 0; i < frames; i++) await feed(word)
        }
        await feed(0)
        session.feed('phone', undefined, speech({ state: 'stopped', by: 'vad', latency: 20 }))
        for (let i = 0; i < 30; i++) await feed(0)
      }
      await clock.advance(20_000)
      const heard = probe.frames.flatMap((frame) =>
        frame.type === 'transcript' && frame.final && frame.text !== '' ? [Number(frame.text)] : [],
      )
      expect(heard).toEqual(Array.from({ length: word }, (_, index) => index + 1))
      expect((await end()).error).toBeUndefined()
    }),
    process.env['DBG']
      ? { numRuns: 1, examples: [[[[1, 1]], [{ frames: 2, refuses: false, throws: false }]]] }
      : { numRuns: 150 },
  ))
