/**
 * The child process of `cloud`: Deepgram, Anthropic and Cartesia on loopback, each with a fixed delay. It
 * notes how long each of them really took for a turn, from the arrival of what it was asked until the answer
 * is made, and tells that when it is asked.
 */
import {
  createLiveClock,
  emulateAnthropic,
  emulateCartesia,
  emulateDeepgram,
} from 'voxgraph/testing'
import type { Emulator, OpenEar, Speak } from 'voxgraph/testing'
import { hurried } from '../faults/stages.ts'
import { delays, keyIn, keyOf, type FromVendors, type OwnTimes, type Stage } from './cloud-turn.ts'

const clock = createLiveClock()
const own: OwnTimes = {}

/** Notes what a stage took for a turn, since `from`. */
const note = (key: string, stage: Stage, from: number): void => {
  own[key] = { ...own[key], [stage]: clock.now() - from }
}

/** When a vendor had got all that it had got until now for a turn. */
function arrived({ received }: Emulator, key: string): number {
  const named = received.findLast(({ body }) => JSON.stringify(body).includes(key))
  const id = contextOf(named?.body)
  const last = id === undefined ? named : received.findLast(({ body }) => contextOf(body) === id)
  return last?.at ?? Number.NaN
}

const contextOf = (body: unknown): unknown =>
  (Object(body) as { readonly context_id?: unknown }).context_id

/** Level of a sample above which somebody speaks: who it is is in the sample. */
const ear: OpenEar = (sampleRate, hear) => {
  let turn = 0
  let atMs = 0
  let begun: { readonly startMs: number; readonly caller: number } | undefined
  return {
    push(samples) {
      const level = samples[0] ?? 0
      if (begun === undefined && level > 0) {
        begun = { startMs: atMs, caller: level }
        hear({ type: 'started', atMs })
      }
      atMs += (samples.length * 1000) / sampleRate
    },
    finish() {
      const from = clock.now()
      const [speech, endMs] = [begun, atMs]
      if (speech === undefined) return
      begun = undefined
      const key = keyOf(speech.caller, turn++)
      clock.after(delays.stt, () => {
        note(key, 'stt', from)
        hear({ type: 'final', text: `is ${key} free`, startMs: speech.startMs, endMs })
      })
    },
    close: () => undefined,
  }
}

const anthropic = await emulateAnthropic({
  clock,
  async *answer({ said }) {
    const key = keyIn(said)
    const from = arrived(anthropic, key)
    await clock.sleep(delays.llm)
    for (const text of ['Yes,', ` ${key}`, ' is', ' free.', ' What', ' else?']) {
      // The token that ends the first sentence: until here the time is the model's.
      if (text === ' free.') note(key, 'llm', from)
      yield { text }
      await clock.sleep(delays.token)
    }
  },
})
const speak: Speak = async (text, voice) => {
  const key = keyIn(text)
  const speech = await hurried(text, voice)
  // Only the first sentence names it: the sound of the others follows.
  if (key !== '') {
    const from = arrived(cartesia, key)
    await clock.sleep(delays.tts)
    note(key, 'tts', from)
  }
  return speech
}
const cartesia = await emulateCartesia({ clock, speak })
const deepgram = await emulateDeepgram({ clock, ear })

const tell = (message: FromVendors): void => void process.send?.(message)
process.on('message', () => {
  const all = [deepgram, anthropic, cartesia]
  tell({ own, violations: all.flatMap(({ violations }) => violations) })
})
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0))
tell({
  stt: deepgram.endpoint,
  llm: anthropic.endpoint,
  tts: cartesia.endpoint,
})
