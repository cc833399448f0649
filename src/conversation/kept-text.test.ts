import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keptUpTo, type Heard } from './kept-text.ts'
import { createSegmenter } from './spans.ts'
import { createVoiceText, type VoicePiece } from './voice-text.ts'

const segmenter = createSegmenter()

function piecesOf(text: string, size = text.length): VoicePiece[] {
  const voice = createVoiceText({ next: () => 1, segmenter })
  const chunks = text.match(new RegExp(`[^]{1,${Math.max(1, size)}}`, 'g')) ?? []
  return [...chunks.flatMap((chunk) => voice.push(chunk)), ...voice.flush()]
}

describe('what is kept of a text', () => {
  it.each<[string, Heard, string]>([
    ['I can **really** help you', 'I can'.length, 'I can'],
    ['I can **really** help you', 'I can rea'.length, 'I can'],
    ['I can **really** help you', 'I can really'.length, 'I can **really**'],
    ['I can **really** help you', 'I can really help you'.length, 'I can **really** help you'],
    [
      'See [the docs](http://a.b/now) now, please',
      'See the docs'.length,
      'See [the docs](http://a.b/now)',
    ],
    [
      'See [the docs](http://a.b/now) now, please',
      'See the docs now,'.length,
      'See [the docs](http://a.b/now) now,',
    ],
    ['See [the docs](http://a.b/now) now, please', 'See the'.length, 'See [the'],
    [
      'It is 👋 fun, "you know", is it',
      'It is fun, "you know",'.length,
      'It is 👋 fun, "you know",',
    ],
    ['你好吗朋友', 3, '你好吗'],
    ['Nothing of it', 0, ''],
    ['Nothing of it', -1, ''],
    ['- one thing', 'one'.length, '- one'],
    ['I have 3 red apples here', ['i', 'have', 'three', 'red'], 'I have 3 red'],
    ['I have 25 red apples here', ['I', 'have', 'twenty', 'five', 'red'], 'I have 25 red'],
    ['I have 25 red apples here', ['I', 'have', 'twenty', 'five'], 'I have 25'],
    ['Call 555 123 now please', ['Call', 'five', 'five'], 'Call 555'],
    ['Use **SQL** for that', ['Use', 'sequel', 'for'], 'Use **SQL** for'],
    ['One – two three', ['one', 'two'], 'One – two'],
    ['one two three four', ['un', 'deux', 'trois'], 'one two three'],
    ['one **two** three four', { words: 2 }, 'one **two**'],
    ['one two three four', { words: 4, of: 8 }, 'one two'],
    ['one two three four', { words: 8, of: 8 }, 'one two three four'],
  ])('of %j, when %j was heard, is %j', (text, heard, expected) => {
    expect(keptUpTo(piecesOf(text), heard)).toBe(expected)
    expect(keptUpTo(piecesOf(text, 3), heard)).toBe(expected)
  })

  it('is code with the words around it', () => {
    const pieces = [
      { text: 'Look:\n', spoken: 'Look:' },
      { text: '```\nx = 1\n```', spoken: '' },
      { text: '\nyou see', spoken: ' you see' },
    ]
    expect(keptUpTo(pieces, 'Look: you'.length)).toBe('Look:\n```\nx = 1\n```\nyou')
  })

  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '**',
          'word ',
          '[a b](http://c d)',
          '`x`',
          '你好',
          '👩‍👧',
          '25 ',
          '\n',
          '- ',
          '. ',
        ),
        fc.string({ unit: 'grapheme', maxLength: 5 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''))

  it('is a beginning of it, grows with what was heard, and is all of it at the end', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 40 }),
        (all, size, of) => {
          const pieces = piecesOf(all, size)
          const spoken = pieces.map((piece) => piece.spoken).join('')
          const words = spoken.match(/\S+/g) ?? []
          const grows = (heards: readonly Heard[]): void => {
            let last = ''
            for (const heard of heards) {
              const kept = keptUpTo(pieces, heard)
              expect(kept.startsWith(last)).toBe(true)
              expect(all.startsWith(kept)).toBe(true)
              last = kept
            }
            expect(last).toBe(all)
          }
          grows(Array.from({ length: spoken.length + 1 }, (_, count) => count))
          grows([...words.map((_, count) => words.slice(0, count)), words])
          grows(Array.from({ length: of + 1 }, (_, count) => ({ words: count, of })))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('grows with the words of any voice', () => {
    const word = fc.constantFrom('one', 'two', 'three', 'red', 'apples', '3', '25', '–')
    fc.assert(
      fc.property(fc.array(word), fc.array(word), (written, heard) => {
        const pieces = piecesOf(written.join(' '))
        let last = ''
        for (let count = 0; count <= heard.length; count++) {
          const kept = keptUpTo(pieces, heard.slice(0, count))
          expect(kept.startsWith(last) || written.length === 0).toBe(true)
          last = kept
        }
      }),
    )
  })
})
