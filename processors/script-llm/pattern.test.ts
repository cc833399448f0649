import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { examplesOf } from './examples.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import { parsePattern, type Pattern } from './pattern.ts'
import { readSlot } from './slots.ts'
import { tokensOf, wordsOf } from './words.ts'

const slots = new Map([
  ['room', readSlot(['single', 'double', 'garden suite'])],
  ['nights', readSlot({ 'one night': 1, 'two nights': 2 })],
  ['name', readSlot('words')],
])
const matcher = (pattern: string): Matcher => createMatcher(parsePattern(pattern), slots)
const covered = (pattern: string, said: string): number | undefined =>
  matcher(pattern)(wordsOf(said))?.covered
const heard = (pattern: string, said: string): Record<string, string> | undefined => {
  const fills = matcher(pattern)(wordsOf(said))?.fills
  return fills && Object.fromEntries([...fills].map(([name, value]) => [name, value.heard]))
}

describe('a pattern', () => {
  it.each([
    ['when is breakfast', 'When is breakfast?', 3],
    ['when is breakfast', 'um, when is breakfast please', 3],
    ['when is breakfast', 'when breakfast is', undefined],
    ['when is (breakfast|dinner)', 'when is dinner', 3],
    ['breakfast|when is dinner', 'when is dinner', 3],
    ['breakfast [please]', 'breakfast', 1],
    ['breakfast [please]', 'breakfast, please', 2],
    ['[a|the] spa [or (pool|bath)]', 'the spa or bath', 4],
    ["what's new", 'WHAT’S NEW?', 2],
    ['[maybe]', 'something else', undefined],
    ['[maybe]', 'maybe', 1],
    ['a {room} room for {nights}', 'a garden suite room for two nights', 7],
    ['my name is {name}', 'my name is ada lovelace', 3],
  ])('%s finds in "%s" %s words', (pattern, said, count) => {
    expect(covered(pattern, said)).toBe(count)
  })

  it('fills slots as they were said, the last place of equals', () => {
    expect(heard('a {room} [room]', 'a single, no, a DOUBLE')).toEqual({ room: 'double' })
    expect(heard('{room} for {nights}', 'double for one night')).toEqual({
      room: 'double',
      nights: 'one night',
    })
    expect(heard('i am {name} from {name}', 'i am ada from the moon')).toEqual({ name: 'the moon' })
  })

  it.each([
    ['a (b', 'a ")" is missing'],
    ['a [b', 'a "]" is missing'],
    ['a) b', 'there is a ")" too many'],
    ['a {Room}', '"{Room}" is no slot'],
    ['a {room', '"{" is no slot'],
    ['a } b', '"}" is no slot'],
  ])('%s is refused', (pattern, reason) => {
    expect(() => parsePattern(pattern)).toThrow(reason)
  })

  it('is refused when it is too long or too deep', () => {
    expect(() => parsePattern('('.repeat(30) + 'a')).toThrow('its brackets go deeper than 20')
    expect(() => parsePattern('a '.repeat(2000))).toThrow('it is longer than 2000 characters')
  })

  it('takes bounded time over patterns that make others blow up', () => {
    const optional = matcher('[a] '.repeat(300) + 'b')
    const nested = matcher('[a|[a|[a|[a|a a] a] a] a] '.repeat(40) + '{name} {name} b')
    const said = wordsOf('a '.repeat(5000))
    expect(said).toHaveLength(200)
    expect(optional(said)).toBeUndefined()
    expect(nested(said)).toBeUndefined()
  })
})

const word = fc.constantFrom('a', 'b', 'c', "d'e", 'été')
const { pattern } = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    word.map((text): Pattern => ({ kind: 'word', word: text })),
    fc.constant<Pattern>({ kind: 'slot', slot: 'room' }),
    fc
      .array(tie('pattern'), { minLength: 1, maxLength: 3 })
      .map((parts): Pattern => ({ kind: 'all', parts })),
    fc
      .array(tie('pattern'), { minLength: 1, maxLength: 3 })
      .map((parts): Pattern => ({ kind: 'any', parts })),
  ),
}))

/** A pattern as somebody would write it. */
function written(one: Pattern): string {
  if (one.kind === 'word') return one.word
  if (one.kind === 'slot') return `{${one.slot}}`
  return `(${one.parts.map(written).join(one.kind === 'all' ? ' ' : '|')})`
}

describe('any pattern', () => {
  it('accounts for every word of every sentence it stands for, however it is written', () => {
    fc.assert(
      fc.property(pattern, fc.nat(), fc.boolean(), (one, pick, isLoud) => {
        const match = matcher(written(one))
        const examples = examplesOf([one], slots) ?? []
        fc.pre(examples.length > 0)
        const example = examples[pick % examples.length]!
        const said = isLoud ? `${example.join(', ').toUpperCase()}!` : example.join(' ')
        expect(match(wordsOf(said))?.covered).toBe(example.length)
      }),
    )
  })

  it('finds no more in any words than there are, and nothing that it does not stand for', () => {
    fc.assert(
      fc.property(pattern, fc.array(word, { maxLength: 8 }), (one, said) => {
        const found = createMatcher(one, slots)(said)?.covered
        const examples = examplesOf([one], slots) ?? []
        const text = ` ${said.join(' ')} `
        const longest = examples
          .filter((example) => text.includes(` ${example.join(' ')} `))
          .reduce((most, example) => Math.max(most, example.length), 0)
        expect(found ?? 0).toBe(longest)
      }),
    )
  })
})

describe('words and tokens', () => {
  it('lose nothing that is spoken', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const tokens = tokensOf(text)
        expect(tokens.join('').trim()).toBe(text.trim())
        expect(wordsOf(tokens.join(''))).toEqual(wordsOf(text))
      }),
    )
  })
})
