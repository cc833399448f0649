import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { read } from './reading.ts'
import { rulesOf, type RuleOptions } from './rules.ts'
import { longestSentence, Sieve } from './sieve.ts'

const words = [
  'bad',
  'thing',
  'Bad',
  'things',
  'a',
  'good',
  '4111',
  '1111',
  'jane@x.org',
  '坏',
  '(555)',
  '123',
  '4567',
  '+49',
  'DE89',
  '3704',
  '0044',
]
const gaps = [' ', ', ', '. ', '-', '  ', '! ', '']
const sentence = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...gaps)), { maxLength: 20 })
  .map((parts) => parts.flat().join(''))
const sentences = fc.array(sentence, { minLength: 1, maxLength: 5 })

const options: RuleOptions = {
  block: ['bad thing', { match: '坏', say: '' }, '/go{3}d/'],
  mask: ['card_number', 'email', 'iban', 'phone', { match: 'a good', with: '[x]' }],
  say: 'Sorry.',
  hold: 'match',
}
const variants: readonly RuleOptions[] = [
  options,
  { ...options, hold: 'sentence' },
  { ...options, block: ['bad thing', 'bad', '坏'] },
  { ...options, block: [] },
  { ...options, block: [], mask: [...options.mask, { match: '/t.i/', with: '[y]' }] },
]

/** Cuts a text at the given places, which wrap around. */
function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (let index = 0; at < text.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return pieces
}

/** What passes of each sentence, up to a block. */
function passed(given: RuleOptions, texts: readonly (readonly string[])[]): string[] {
  const sieve = new Sieve(rulesOf(given))
  const out: string[] = []
  for (const pieces of texts) {
    let text = ''
    for (const piece of [...pieces, undefined]) {
      const one = piece === undefined ? sieve.end() : sieve.push(piece)
      text += one.text
      if (one.blocked !== undefined) return [...out, text, `blocked by ${one.blocked.name}`]
    }
    out.push(text)
  }
  return out
}

describe('a sieve', () => {
  it('lets the same pass, in whatever pieces the text comes', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(sentences, sizes, fc.constantFrom(...variants), (texts, of, given) => {
        const whole = passed(
          given,
          texts.map((text) => [text]),
        )
        const pieces = passed(
          given,
          texts.map((text) => cut(text, of)),
        )
        expect(pieces).toEqual(whole)
      }),
      { numRuns: 2000 },
    )
  })

  it('lets nothing pass that a rule blocks, across sentences either', () => {
    fc.assert(
      fc.property(sentences, fc.integer({ min: 1, max: 9 }), fc.boolean(), (texts, size, hold) => {
        const given = { ...options, mask: [], hold: hold ? 'sentence' : 'match' } as const
        const out = passed(
          given,
          texts.map((text) => cut(text, [size])),
        )
        const said = out.filter((text) => !text.startsWith('blocked')).join('')
        const ends = rulesOf(given).blocks.map(({ finder }) => finder.find(read(said)))
        expect(ends.slice(0, 2)).toEqual([[], []])
      }),
      { numRuns: 1000 },
    )
  })

  it('changes nothing where no rule applies', () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 })
    const plain = { ...options, block: ['zzzzz zz'], mask: [] }
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (one, size) => {
        expect(passed(plain, [cut(one, [size])]).join('')).toBe(one)
      }),
    )
  })

  it('takes a text without an end in parts, and finds what lies across them', () => {
    const long = `${'so '.repeat(longestSentence / 3 - 1)}bad thing ${'so '.repeat(900)}`
    const out = passed({ ...options, hold: 'sentence' }, [[long]])
    expect(out.at(-1)).toBe('blocked by block[0]')
    expect(out.join('')).not.toContain('bad thing')
    expect(passed({ ...options, block: ['x'] }, [['y'.repeat(5000)]])).toEqual(['y'.repeat(5000)])
  })
})
