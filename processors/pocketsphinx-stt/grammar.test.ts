import { describe, expect, it } from 'vitest'
import { compileGrammar, mostTransitions, type Grammar } from './grammar.ts'

/** All phrases that a grammar takes. */
function phrasesOf(grammar: Grammar, from = 0): string[] {
  const here = grammar.final.includes(from) ? [''] : []
  const on = grammar.transitions
    .filter((transition) => transition.from === from)
    .flatMap(({ word, to }) => phrasesOf(grammar, to).map((rest) => `${word} ${rest}`.trim()))
  return [...here, ...on].toSorted()
}

const compile = (...phrases: string[]): Grammar => compileGrammar({ phrases })

describe('a grammar', () => {
  it('takes its phrases and nothing else', () => {
    expect(phrasesOf(compile('Good morning!', 'good evening', "It's ten o’clock."))).toEqual([
      'good evening',
      'good morning',
      "it's ten o'clock",
    ])
  })

  it('takes choices, optional parts and slots, nested as you like', () => {
    const grammar = compileGrammar({
      phrases: ['book a [(very|really) big] {room} [on {day}]'],
      slots: { room: ['single room', 'suite'], day: ['Monday'] },
    })
    const rooms = ['single room', 'suite']
    const sizes = ['', 'very big ', 'really big ']
    const expected = rooms.flatMap((room) =>
      sizes.flatMap((size) => ['', ' on monday'].map((day) => `book a ${size}${room}${day}`)),
    )
    expect(phrasesOf(grammar)).toEqual(expected.toSorted())
  })

  it('has every word out of a state once, and shares ends as well as beginnings', () => {
    const cities = ['paris', 'rome', 'oslo', 'bern']
    const grammar = compileGrammar({
      phrases: ['fly to {city} today', 'drive to {city} today', 'fly to {city} tomorrow'],
      slots: { city: cities },
    })
    const keys = grammar.transitions.map(({ from, word }) => `${from} ${word}`)
    expect(new Set(keys).size).toBe(keys.length)
    expect(grammar.transitions.length).toBe(2 + 2 + 2 * cities.length + 2 + 1)
    expect(phrasesOf(grammar)).toHaveLength(12)
  })

  it('is made of several hundred phrases', () => {
    const phrases = Array.from(
      { length: 600 },
      (_, index) => `say word${index} (now|then) [please]`,
    )
    const grammar = compileGrammar({ phrases })
    expect(phrasesOf(grammar)).toHaveLength(2400)
    expect(grammar.words).toHaveLength(604)
    expect(grammar.transitions.length).toBeLessThan(700)
  })

  it.each([
    ['book (a|b', '")" is missing'],
    ['book [a', '"]" is missing'],
    ['book a)', '")" is never opened'],
    ['book {room}', 'there is no slot "room"'],
    ['book {room', '"{" stands alone'],
    ['[please]', 'it may be silence'],
    ['(yes|)', 'it may be silence'],
    ['?!', 'it may be silence'],
    ['', 'it may be silence'],
    ['word '.repeat(500), 'it is too long to be said'],
  ])('says what is wrong with %j', (phrase, reason) => {
    expect(() => compile('hello', phrase)).toThrow(
      expect.objectContaining({
        code: 'bad-phrase',
        items: [phrase],
        message: expect.stringContaining(reason),
      }),
    )
  })

  it('refuses to be empty', () => {
    expect(() => compile()).toThrow(expect.objectContaining({ code: 'bad-phrase' }))
  })

  it('refuses to be too large', () => {
    const phrases = Array.from({ length: mostTransitions + 1 }, (_, index) => `w${index}`)
    expect(() => compileGrammar({ phrases })).toThrow(
      expect.objectContaining({ code: 'grammar-too-large' }),
    )
  })
})
