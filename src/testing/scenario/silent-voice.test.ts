import fc from 'fast-check'
import { expect, test } from 'vitest'
import { response, text, type Frame } from '../../frames/index.ts'
import { defineProcessor, manifestOf } from '../../define/index.ts'
import type { PlanNode } from '../../graph/plan.ts'
import { createProbe } from '../probe.ts'
import { testSession } from '../session.ts'
import { silentVoice } from './silent-voice.ts'

const real = defineProcessor({
  id: 'real',
  summary: 'A voice.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => ({}),
})

/** Sound of what is fed, as `span: words` of each frame that begins a word, and its length. */
async function speak(...said: readonly Frame[]) {
  const probe = createProbe()
  const format = { sampleRate: 8000, channels: 1, encoding: 'mulaw' } as const
  const voice = silentVoice({ manifest: manifestOf(real) } as PlanNode, format)
  const test = testSession({
    nodes: { voice, ear: probe.definition },
    flow: ['voice -> ear'],
  })
  await test.start()
  for (const frame of said) {
    test.session.feed('voice', frame.type === 'text' ? 'text' : undefined, frame)
  }
  await test.clock.advance(0)
  const sound = probe.frames.flatMap((frame) => (frame.type === 'audio' ? [frame] : []))
  return {
    sound,
    words: sound.flatMap(({ span, words = [] }) => words.map((w) => ({ span, ...w }))),
  }
}

const over = response({ state: 'ended' })

test('each word is as long as it would be, in whole frames, and says where it is', async () => {
  const { sound, words } = await speak(
    text({ text: 'Good mor', span: 1 }),
    text({ text: 'ning. ', span: 1 }),
    text({ text: 'Bye', span: 2 }),
    over,
  )
  expect(words).toEqual([
    { span: 1, text: 'Good', startMs: 0, endMs: 280 },
    { span: 1, text: 'morning.', startMs: 280, endMs: 740 },
    { span: 2, text: 'Bye', startMs: 0, endMs: 220 },
  ])
  expect(sound).toHaveLength((740 + 300 + 220) / 20)
  expect(sound.every(({ samples }) => samples.length === 160 && samples[0] === 0xff)).toBe(true)
})

test('text that is not to be spoken is not, and text without a span is spoken at once', async () => {
  const { sound } = await speak(
    text({ text: 'silent', span: 1, speak: false }),
    text({ text: 'yes' }),
  )
  expect(sound).toHaveLength(11)
  expect(sound[0]?.words).toBeUndefined()
})

test('in whatever pieces a text comes, its words are the same', async () => {
  const whole = 'We close at six, every day. Come again!'
  const expected = (await speak(text({ text: whole, span: 1 }), over)).words
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 8 }), async (cuts) => {
      const edges = [0, ...cuts.toSorted((one, other) => one - other), whole.length]
      const pieces = edges.slice(1).map((end, index) => whole.slice(edges[index], end))
      const { words } = await speak(...pieces.map((one) => text({ text: one, span: 1 })), over)
      expect(words).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})
