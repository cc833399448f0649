import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSpanSound, type SpanSound } from './span-sound.ts'
import type { SpokenPiece } from './tts.ts'

const sampleRate = 8000
const perMs = sampleRate / 1000
const sound = (ms: number): Int16Array => new Int16Array(ms * perMs)

/** What came out, gathered by span. */
function gathered(pieces: readonly SpokenPiece[]) {
  const spans = new Map<number, { lengthMs: number; words: { text: string; at: number[] }[] }>()
  for (const { span, samples, words = [] } of pieces) {
    const all = spans.get(span) ?? { lengthMs: 0, words: [] }
    all.lengthMs += samples.length / perMs
    all.words.push(...words.map(({ text, startMs, endMs }) => ({ text, at: [startMs, endMs] })))
    spans.set(span, all)
  }
  return [...spans].map(([span, { lengthMs, words }]) => ({ span, lengthMs, words }))
}

const said = (text: string, startMs: number, endMs: number) => ({ text, startMs, endMs })

describe('the sound of spans', () => {
  it('gives the words of a span as they are written, when their sound has come', () => {
    const voice = createSpanSound({ sampleRate, cuts: 'marks' })
    voice.write({ span: 4, text: 'It costs' })
    voice.write({ span: 4, text: ' $5, my friend.' })
    voice.times([said('it', 0, 100), said('costs', 110, 300), said('five', 310, 500)])
    expect(voice.sound(sound(250))).toMatchObject([{ words: [{ text: 'It' }] }])
    voice.times([said('dollars', 510, 700), said('my', 800, 900), said('friend', 900, 1100)])
    expect(gathered([...voice.sound(sound(1000)), ...voice.end()])).toEqual([
      {
        span: 4,
        lengthMs: 1000,
        words: [
          { text: 'costs', at: [110, 300] },
          { text: '$5,', at: [310, 700] },
          { text: 'my', at: [800, 900] },
          { text: 'friend.', at: [900, 1100] },
        ],
      },
    ])
  })

  it('says nothing of words where the voice gives no times', () => {
    const voice = createSpanSound({ sampleRate, cuts: 'marks' })
    voice.write({ span: 1, text: 'Hello there.' })
    expect(gathered([...voice.sound(sound(500)), ...voice.end()])).toEqual([
      { span: 1, lengthMs: 500, words: [] },
    ])
  })

  it('lets a word that is passed over lie between its neighbours', () => {
    const voice = createSpanSound({ sampleRate, cuts: 'marks' })
    voice.write({ span: 1, text: 'one 😀 two three' })
    voice.times([said('one', 0, 100), said('three', 300, 400)])
    expect(gathered([...voice.sound(sound(400)), ...voice.end()])[0]?.words).toEqual([
      { text: 'one', at: [0, 100] },
      { text: '😀', at: [100, 100] },
      { text: 'two', at: [100, 300] },
      { text: 'three', at: [300, 400] },
    ])
  })

  it('knows how much of the text has not been told of', () => {
    const voice = createSpanSound({ sampleRate, cuts: 'marks' })
    voice.write({ span: 1, text: 'one two three — !' })
    expect(voice.untimed).toBe(0)
    voice.times([said('one', 0, 400)])
    expect([voice.untimed, voice.lackMs]).toEqual([2, 400])
    voice.sound(sound(500))
    expect(voice.lackMs).toBe(-100)
  })
})

const word = fc.oneof(
  fc.constantFrom('a', 'the', 'no', 'no.', 'Émile,', '中文。', 'مرحبا', '$5', "it's", '1,000'),
  fc.string({ unit: fc.constantFrom('a', 'b', 'ß', '.', '-', '9'), minLength: 1, maxLength: 8 }),
)
const spoken = word.filter((text) => /[\p{L}\p{N}]/u.test(text))
const spans = fc.array(fc.array(spoken, { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 4,
})
const lengths = fc.array(fc.integer({ min: 1, max: 333 }), { minLength: 1, maxLength: 9 })

/** Each character sounds for 20 ms; between words there are 10 ms, between spans 30. */
function charactersOf(texts: readonly (readonly string[])[]) {
  let at = 0
  const spansOf = texts.map((words) => {
    const startMs = at
    const units = words.flatMap((text) => {
      const made = [...text].map((one) => said(one, at, (at += 20)))
      at += 10
      return made
    })
    at += 20
    return { startMs, units }
  })
  return { spansOf, lengthMs: at }
}

const edges = (texts: readonly string[]): number[][] => {
  let at = 0
  return texts.map((text) => {
    const from = at
    at += [...text].length * 20 + 10
    return [from, at - 10]
  })
}

/** Feeds text in two-character pieces, then sound in pieces of these lengths with what sounds in each. */
function speak(
  voice: SpanSound,
  texts: readonly string[][],
  cuts: readonly number[],
  marks: boolean,
) {
  for (const [index, words] of texts.entries()) {
    for (const text of words.join(' ').match(/.{1,2}/gsu) ?? []) {
      voice.write({ span: index + 1, text })
    }
  }
  const { spansOf, lengthMs } = charactersOf(texts)
  const out: SpokenPiece[] = []
  for (let at = 0, turn = 0; at < lengthMs; turn++) {
    let until = Math.min(lengthMs, at + (cuts[turn % cuts.length] ?? 100))
    const mark = spansOf.findIndex(({ startMs }) => startMs > at && startMs <= until)
    if (marks && mark > 0) until = spansOf[mark]?.startMs ?? until
    const units = spansOf.flatMap((span) => span.units)
    voice.times(units.filter(({ startMs }) => startMs >= at && startMs < until))
    out.push(...voice.sound(sound(until - at)))
    if (marks && mark > 0) out.push(...voice.cut(mark + 1))
    at = until
  }
  out.push(...voice.end())
  return out
}

describe.each(['marks', 'words'] as const)('spans that begin at %s', (cuts) => {
  it('gives every word once, in order, where it sounds, whatever the chunks', () => {
    fc.assert(
      fc.property(spans, lengths, (texts, pieces) => {
        const voice = createSpanSound({ sampleRate, cuts })
        const out = gathered(speak(voice, texts, pieces, cuts === 'marks'))
        expect(out.map(({ span }) => span)).toEqual(texts.map((_, index) => index + 1))
        for (const [index, { lengthMs, words }] of out.entries()) {
          const written = texts[index]!
          // A sign in front of the first letter sounds with the span before.
          const isPlain = cuts === 'marks' || texts.every((text) => /^[\p{L}\p{N}]/u.test(text[0]!))
          if (isPlain) expect(lengthMs).toBe(edges(written).at(-1)![1]! + 30)
          expect(words.map(({ text }) => text)).toEqual(written)
        }
      }),
    )
  })

  it('keeps words in order and within their sound, whatever it is told', () => {
    const told = fc.array(
      fc.record({
        text: fc.oneof(word, fc.string()),
        startMs: fc.oneof(fc.integer({ min: -50, max: 2000 }), fc.double()),
        endMs: fc.oneof(fc.integer({ min: -50, max: 2000 }), fc.double()),
      }),
    )
    const chunk = fc.record({ told, ms: fc.nat(400), cut: fc.boolean() })
    fc.assert(
      fc.property(spans, fc.array(chunk), (texts, chunks) => {
        const voice = createSpanSound({ sampleRate, cuts })
        const out: SpokenPiece[] = []
        for (const [index, words] of texts.entries()) {
          voice.write({ span: index + 1, text: words.join(' ') })
        }
        let span = 1
        for (const { told, ms, cut } of chunks) {
          voice.times(told)
          out.push(...voice.sound(sound(ms)))
          if (cut && cuts === 'marks' && span < texts.length) out.push(...voice.cut(++span))
        }
        out.push(...voice.end())
        const ms = chunks.reduce((sum, chunk) => sum + chunk.ms, 0)
        expect(out.reduce((sum, { samples }) => sum + samples.length / perMs, 0)).toBe(ms)
        for (const { span, lengthMs, words } of gathered(out)) {
          const written = texts[span - 1]!
          if (words.length > 0) expect(words.map(({ text }) => text)).toEqual(written)
          const times = words.flatMap(({ at }) => at)
          expect(times).toEqual(times.toSorted((one, other) => one - other))
          expect(Math.min(0, ...times)).toBe(0)
          expect(Math.max(0, ...times)).toBeLessThanOrEqual(lengthMs)
        }
      }),
    )
  })
})
