import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audio, type Frame, type TranscriptFrame } from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import { createFlite, type Flite } from '../flite-tts/engine.ts'
import webrtcVad from '../webrtc-vad/index.ts'
import pocketsphinxStt from './index.ts'

const rate = 16_000
const frameMs = 20

let flite: Flite
beforeAll(async () => {
  flite = await createFlite({ threads: 1 })
})
afterAll(() => flite.close())

const options = {
  phrases: ['what time is breakfast', 'yes please', '(book|cancel) a room [on {day}]'],
  slots: { day: ['Monday', 'Friday'] },
  pronunciations: {},
  min_confidence: 0.5,
  rejected: '',
  interim: true,
}

/** A call in which a caller says these sentences, a second apart; gives what comes out behind the STT. */
async function call(sentences: readonly string[], changes: object = {}): Promise<readonly Frame[]> {
  const probe = createProbe()
  const vad = { definition: webrtcVad, options: { mode: 2, start: 120, stop: 250 } }
  const stt = { definition: pocketsphinxStt, options: { ...options, ...changes } }
  const test = testSession({
    nodes: { vad, stt, end: probe.definition },
    flow: ['vad -> stt -> end'],
  })
  await test.start()
  // A live clock would be in step with the caller; this one has to let the engine load.
  await test.clock.settle({ isDone: () => test.session.state === 'running' })
  for (const sentence of sentences) {
    const { samples } = await flite.speak(sentence, { voice: 'rms' })
    const sound = new Int16Array(samples.length + 2 * rate)
    sound.set(samples, rate)
    const length = (rate * frameMs) / 1000
    for (let from = 0; from + length <= sound.length; from += length) {
      const part = sound.slice(from, from + length)
      test.session.feed('vad', 'audio', audio({ role: 'user', samples: part, sampleRate: rate }))
      await test.clock.advance(frameMs)
    }
  }
  await test.end()
  return probe.frames
}

const transcripts = (frames: readonly Frame[]): readonly TranscriptFrame[] =>
  frames.filter((frame) => frame.type === 'transcript')
const finals = (frames: readonly Frame[]): readonly string[] =>
  transcripts(frames).flatMap((frame) => (frame.final ? [frame.text] : []))

describe('pocketsphinx-stt in a call', () => {
  it('gives the words so far, then the whole before the fact that the caller stopped', async () => {
    const frames = await call(['What time is breakfast?', 'Book a room on Friday.'])
    const events = frames.flatMap((frame) => {
      if (frame.type === 'speech') return [frame.state]
      return frame.type === 'transcript' && frame.final ? [frame.text] : []
    })
    expect(events).toEqual([
      ...['started', 'what time is breakfast', 'stopped'],
      ...['started', 'book a room on friday', 'stopped'],
    ])
    const interim = transcripts(frames).filter((frame) => !frame.final)
    expect(interim.map((frame) => frame.text)).toContain('what time')
  })

  it('says how sure it is and where the words are', async () => {
    const [said] = transcripts(await call(['What time is breakfast?'], { interim: false }))
    expect(said?.confidence).toBeGreaterThan(0.7)
    expect(said?.words?.map((word) => word.text)).toEqual(['what', 'time', 'is', 'breakfast'])
    const [first, ...others] = said?.words ?? []
    expect(first?.startMs).toBeLessThan(100)
    expect(others.every((word) => word.endMs > word.startMs)).toBe(true)
  })

  it('takes for nothing what fits no phrase', async () => {
    const sentences = ['Penguins tell each other very long stories.', 'Yes, please.']
    expect(finals(await call(sentences))).toEqual(['', 'yes please'])
  })

  it('names what fits no phrase as it was told to', async () => {
    const frames = await call(['Penguins tell each other very long stories.'], { rejected: 'what' })
    expect(finals(frames)).toEqual(['what'])
  })

  it('does not begin with phrases that it cannot know', async () => {
    const stt = { definition: pocketsphinxStt, options: { ...options, phrases: ['qwxz', 'a (b'] } }
    const { session, start, clock } = testSession({ nodes: { stt }, flow: [] })
    await start()
    await clock.settle({ isDone: () => session.state === 'stopped' })
    const { error } = await session.ended
    expect(error?.message).toContain('The phrase "a (b" cannot be read')
  })
})
