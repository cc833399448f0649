import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFlite, longestText, sampleRate, voices, type Flite, type Speech } from './engine.ts'

let flite: Flite
beforeAll(async () => {
  flite = await createFlite({ threads: 2 })
})
afterAll(() => flite.close())

const lengthMs = ({ samples }: Speech): number => (samples.length * 1000) / sampleRate

/** Root mean square of a part of what was spoken. */
function levelOf({ samples }: Speech, startMs: number, endMs: number): number {
  const part = samples.subarray((startMs * sampleRate) / 1000, (endMs * sampleRate) / 1000)
  return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length)
}

describe('flite', () => {
  it.each(voices)('speaks with the voice %s', async (voice) => {
    const speech = await flite.speak('What time do you open on Sunday?', { voice })
    expect(lengthMs(speech)).toBeGreaterThan(1200)
    expect(lengthMs(speech)).toBeLessThan(3000)
    expect(levelOf(speech, 0, lengthMs(speech))).toBeGreaterThan(500)
  })

  it('says the same thing in the same way every time', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => flite.speak('We are open until nine.', { voice: 'rms' })),
    )
    expect(one).toEqual(other)
  })

  it('speaks faster and slower', async () => {
    const [slow, normal, fast] = await Promise.all(
      [0.5, 1, 2].map((speed) => flite.speak('We are open.', { voice: 'slt', speed })),
    )
    expect(lengthMs(slow!) / lengthMs(normal!)).toBeCloseTo(2, 0.5)
    expect(lengthMs(normal!) / lengthMs(fast!)).toBeCloseTo(2, 0.5)
  })

  it('begins to sound at once', async () => {
    const speech = await flite.speak('All right.', { voice: 'slt' })
    expect(speech.words[0]?.startMs).toBe(20)
    expect(levelOf(speech, 0, 10)).toBeLessThan(levelOf(speech, 60, 120) / 10)
  })

  it('tells where each word of the text sounds, as it is written', async () => {
    const text = 'Dr. Smith, it costs $12.50 — really 😀.'
    const speech = await flite.speak(text, { voice: 'slt' })
    expect(speech.words.map((word) => word.text)).toEqual(text.split(' '))
    const [title, name, it, , price, dash] = speech.words
    // Where a comma makes a pause there is silence between the words.
    expect(it!.startMs - name!.endMs).toBeGreaterThan(30)
    expect(levelOf(speech, name!.endMs + 10, it!.startMs - 10)).toBeLessThan(
      levelOf(speech, title!.startMs, title!.endMs) / 5,
    )
    expect(price!.endMs - price!.startMs).toBeGreaterThan(800)
    expect(dash).toEqual({ text: '—', startMs: price!.endMs, endMs: price!.endMs })
    const edges = speech.words.flatMap((word) => [word.startMs, word.endMs])
    expect(edges).toEqual(edges.toSorted((one, other) => one - other))
    expect(edges.at(-1)).toBeLessThanOrEqual(lengthMs(speech))
  })

  it.each(['', ' \n', '...', '😀 — !?'])('has nothing to say for %j', async (text) => {
    expect(await flite.speak(text, { voice: 'slt' })).toEqual({
      samples: new Int16Array(0),
      words: [],
    })
  })

  it.each(['a'.repeat(300), '<b>&amp;</b> %s %n', "'''--'a", 'http://'.repeat(20), '-psdur'])(
    'gets through %j',
    async (text) => {
      const speech = await flite.speak(text, { voice: 'kal' })
      expect(speech.samples.length).toBeGreaterThan(0)
    },
  )

  it('refuses a text that is too long', async () => {
    const speaking = flite.speak('x'.repeat(longestText + 1), { voice: 'slt' })
    await expect(speaking).rejects.toMatchObject({ code: 'text-too-long' })
    const long = await flite.speak('Tea. '.repeat(longestText / 5), { voice: 'kal' })
    expect(long.words).toHaveLength(longestText / 5)
  })

  it('stops waiting when it is told to, and goes on with the rest', async () => {
    const cancel = new AbortController()
    const cut = flite.speak('This is not wanted.', { voice: 'slt', signal: cancel.signal })
    const kept = flite.speak('This is.', { voice: 'slt' })
    const reason = new Error('not wanted')
    cancel.abort(reason)
    await expect(cut).rejects.toBe(reason)
    await expect(flite.speak('Nor this.', { voice: 'slt', signal: cancel.signal })).rejects.toBe(
      reason,
    )
    expect((await kept).words).toHaveLength(2)
  })

  it('says that it was closed to whoever waits', async () => {
    const other = await createFlite({ threads: 1 })
    const waiting = other.speak('This is never heard.', { voice: 'slt' })
    const closing = other.close()
    await expect(waiting).rejects.toMatchObject({ code: 'engine-closed' })
    await expect(other.speak('Nor this.', { voice: 'slt' })).rejects.toMatchObject({
      code: 'engine-closed',
    })
    await closing
  })
})
