import { describe, expect, it } from 'vitest'
import { expression } from './expression.ts'
import type { Finder } from './finder.ts'
import { known } from './known.ts'
import { read } from './reading.ts'
import { phrase } from './phrase.ts'

const found = (finder: Finder, text: string): string[] =>
  finder.find(read(text)).map(({ start, end }) => text.slice(start, end))
/** The end of a text that has to wait. */
const waits = (finder: Finder, text: string): string => text.slice(finder.openAt(read(text)))

describe('a phrase', () => {
  it.each([
    ['kill yourself', 'Go kill yourself.', ['kill yourself']],
    ['kill yourself', 'KILL -- "Yourself"!', ['KILL -- "Yourself']],
    ['kill yourself', 'skill yourself, kill yourselves', []],
    ['no', 'No, now know. NO', ['No', 'NO']],
    ['straße', 'Die STRASSE dort', ['STRASSE']],
    ['café', 'the cafe\u0301 here', ['cafe\u0301']],
    [
      'stupid',
      'you stu\u00adpid, ｓｔｕｐｉｄ, stu\u200bpid',
      ['stu\u00adpid', 'ｓｔｕｐｉｄ', 'stu\u200bpid'],
    ],
    ['λόγος', 'ΛΌΓΟΣ', ['ΛΌΓΟΣ']],
    ['投资建议', '这是投资建议。', ['投资建议']],
    ['don’t know', "I don't know", ["don't know"]],
  ])('"%s" is found in "%s"', (wanted, text, places) => {
    expect(found(phrase(wanted), text)).toEqual(places)
  })

  it('waits for no more than what may be its beginning', () => {
    const finder = phrase('kill yourself')
    expect(waits(finder, 'I will k')).toBe('k')
    expect(waits(finder, 'I will kill, ')).toBe('kill, ')
    expect(waits(finder, 'I will kill your')).toBe('kill your')
    expect(waits(finder, 'I will kill time')).toBe('')
    expect(waits(finder, 'I will kill yourself')).toBe('kill yourself')
    expect(waits(finder, 'I will kill yourself ')).toBe('')
    expect(waits(finder, 'skill')).toBe('')
  })

  it('has a word', () => {
    expect(() => phrase('?!')).toThrow('there is no word in it')
  })
})

describe('a regular expression', () => {
  it('finds what it says, and never nothing', () => {
    expect(found(expression('guarante+s?', 'i'), 'We GUARANTEE it, guarantees.')).toEqual([
      'GUARANTEE',
      'guarantees',
    ])
    expect(found(expression('x*', ''), 'axxb')).toEqual(['xx'])
  })

  it('takes time in proportion to the text, however it is written', () => {
    const text = `${'a'.repeat(2000)}!`
    for (const source of ['(a+)+$', '(a|a)*b', '(.*a){12}b', 'a*a*a*a*a*a*b']) {
      expect(found(expression(source, ''), text)).toEqual([])
    }
  })

  it.each([
    ['(?=a)b', '', 'invalid or unsupported Perl syntax'],
    ['(a)\\1', '', 'invalid escape sequence'],
    ['(((a{100}){10})){10}', '', 'invalid repeat count'],
    ['(?:a{1,900}){1,900}', '', 'too large'],
    ['a', 'g', 'there is no flag "g"'],
  ])('/%s/%s is refused: %s', (source, flags, reason) => {
    expect(() => expression(source, flags)).toThrow(reason)
  })
})

describe('what is known', () => {
  it('is a card number, by its check digit, in pieces or not', () => {
    const text =
      'It is 4111 1111-1111, 1111 or 4111111111111111, not 4111 1111 1111 1112 nor 2024 0505.'
    expect(found(known.card_number, text)).toEqual(['4111 1111-1111, 1111', '4111111111111111'])
    expect(found(known.card_number, '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1')).toHaveLength(1)
    expect(waits(known.card_number, 'It is 4111 11')).toBe('4111 11')
    expect(waits(known.card_number, 'It is 4111 11. ')).toBe('')
  })

  it('is an IBAN, by its check digits', () => {
    const text = 'Send it to DE89 3704 0044 0532 0130 00, please, not DE88 3704 0044 0532 0130 00.'
    expect(found(known.iban, text)).toEqual(['DE89 3704 0044 0532 0130 00'])
    expect(found(known.iban, 'no9386011117947')).toEqual(['no9386011117947'])
    expect(waits(known.iban, 'to DE89 3704 ')).toBe('DE89 3704 ')
    expect(waits(known.iban, 'to the man')).toBe('')
  })

  it('is an e-mail address', () => {
    const text = 'Write to <jane.doe+x@mail.example.co.uk>, or to @nobody.'
    expect(found(known.email, text)).toEqual(['jane.doe+x@mail.example.co.uk'])
    expect(waits(known.email, 'to jane')).toBe('jane')
    expect(waits(known.email, 'to jane ')).toBe('')
  })

  it('is a telephone number, and no date', () => {
    const text = 'Call +49 30 1234567, (555) 123-4567, 555-1234 or 020 7946 0018.'
    expect(found(known.phone, text)).toEqual([
      '+49 30 1234567',
      '(555) 123-4567',
      '555-1234',
      '020 7946 0018',
    ])
    expect(found(known.phone, 'on 2024-05-05, 12 of 1,234,567 people, 3/4/2025')).toEqual([])
    expect(waits(known.phone, 'Call (')).toBe('(')
  })
})
