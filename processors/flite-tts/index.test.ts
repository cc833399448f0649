import { describe, expect, it } from 'vitest'
import { durationMs, response, text, type AudioFrame, type Frame } from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import flite from './index.ts'

/** Sound of texts that are said in one response, each in the span that goes with it. */
async function speak(spoken: readonly (readonly [span: number, text: string])[], isOver = true) {
  const probe = createProbe()
  const { session, clock, start, end } = testSession({
    nodes: {
      tts: { definition: flite, options: { voice: 'slt', speed: 1 } },
      probe: probe.definition,
    },
    flow: ['tts -> probe'],
  })
  await start()
  const feed = (port: string | undefined, frame: Frame): void =>
    session.feed('tts', port, { ...frame, response: 1 })
  feed(undefined, response({ state: 'started' }))
  for (const [span, part] of spoken) feed('text', text({ text: part, span }))
  if (isOver) feed(undefined, response({ state: 'ended' }))
  await clock.settle()
  await end()
  return probe.frames.filter((frame): frame is AudioFrame => frame.type === 'audio')
}

describe('the voice of flite', () => {
  it('says with each frame which words of its span begin in it', async () => {
    const frames = await speak([
      [1, 'We are open'],
      [1, ' until nine — really.'],
      [2, 'Good bye.'],
    ])
    for (const [span, words] of [
      [1, ['We', 'are', 'open', 'until', 'nine', '—', 'really.']],
      [2, ['Good', 'bye.']],
    ] as const) {
      const own = frames.filter((frame) => frame.span === span)
      expect(own.flatMap((frame) => frame.words?.map((word) => word.text))).toEqual(words)
      let at = 0
      for (const frame of own) {
        for (const { startMs } of frame.words ?? []) {
          expect(startMs).toBeGreaterThanOrEqual(at)
          expect(startMs).toBeLessThan(at + durationMs(frame))
        }
        at += durationMs(frame)
      }
    }
  })

  it('counts on where a long text is spoken in parts', async () => {
    const frames = await speak([[1, 'Tea. '.repeat(250)]])
    const words = frames.flatMap((frame) => frame.words ?? [])
    expect(words).toHaveLength(250)
    const starts = words.map(({ startMs }) => startMs)
    expect(starts).toEqual(starts.toSorted((one, other) => one - other))
    const length = frames.reduce((sum, frame) => sum + durationMs(frame), 0)
    expect(starts.at(-1)).toBeGreaterThan(length - 2000)
  })

  it('speaks a span when the next one begins without a text, though the response goes on', async () => {
    const frames = await speak(
      [
        [1, 'One moment.'],
        [2, ''],
      ],
      false,
    )
    expect(frames.length).toBeGreaterThan(10)
    expect(new Set(frames.map(({ span }) => span))).toEqual(new Set([1]))
  })

  it('gives no times for text that has no span', async () => {
    const frames = await speak([[0, 'Hello there.']])
    expect(frames.length).toBeGreaterThan(10)
    expect(frames.every(({ words }) => words === undefined)).toBe(true)
  })
})
