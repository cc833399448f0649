import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEnglish, ruleNames } from './english.ts'
import { readyLength } from './ready-text.ts'

const say = createEnglish({ rules: ruleNames, dateOrder: 'month-day', replace: {} })

describe('English words', () => {
  it.each([
    ['I have 3 apples.', 'I have three apples.'],
    ['Pi is 3.14159, not 3.', 'Pi is three point one four one five nine, not three.'],
    [
      '1,234,567 people',
      'one million two hundred thirty-four thousand five hundred sixty-seven people',
    ],
    [
      'agent 007 and 12345678901234567',
      `agent zero zero seven and ${'one two three four five six seven eight nine zero one two three four five six seven'}`,
    ],
    ['It is -5 or .5 today', 'It is minus five or point five today'],
    ['3-5 days, 10–12 people', 'three to five days, ten to twelve people'],
    ['version 1.2.3', 'version one point two point three'],
    ['1/2 cup, 3/4 full', 'one half cup, three quarters full'],
    ['#5 and No. 5, but C#', 'number five and number five, but C#'],
    ['MP3 and B2B and 2x', 'MP3 and B2B and 2x'],
    ['the 1990s and 80s', 'the nineteen nineties and eighties'],
    [
      'in 1999 and 2005, 2024, 1900',
      'in nineteen ninety-nine and two thousand five, twenty twenty-four, nineteen hundred',
    ],
    ['the 1st, 22nd and 103rd', 'the first, twenty-second and one hundred third'],
    ['March 3, 2024 is it', 'March third, twenty twenty-four is it'],
    ['on Mar. 3rd', 'on March third'],
    ['on 3 March 2024.', 'on the third of March, twenty twenty-four.'],
    ['the 3rd of May', 'the third of May'],
    ['May 5 people come', 'May fifth people come'],
    ['You may 5', 'You may five'],
    ['in July 1905', 'in July nineteen oh five'],
    ['2024-03-05', 'March fifth, twenty twenty-four'],
    ['3/4/2025', 'March fourth, twenty twenty-five'],
    ['at 10:30 or 5:05', 'at ten thirty or five oh five'],
    ['at 5:00, 14:00, 00:15', "at five o'clock, fourteen hundred, zero fifteen"],
    ['at 5 p.m. today', 'at five p.m. today'],
    ['at 5:00 PM and 7:30am', 'at five p.m. and seven thirty a.m.'],
    ['$3.50', 'three dollars and fifty cents'],
    ['$1 and $0.99 and £0.01', 'one dollar and ninety-nine cents and one penny'],
    [
      '$3.5 million, €2bn, $5k',
      'three point five million dollars, two billion euros, five thousand dollars',
    ],
    ['€1,234.00. Then', 'one thousand two hundred thirty-four euros. Then'],
    ['10€ or 20 USD or -$5', 'ten euros or twenty dollars or minus five dollars'],
    ['5 km, 1 kg, 3.5GB', 'five kilometers, one kilogram, three point five gigabytes'],
    ['20°C, -5 °F, 50%', 'twenty degrees Celsius, minus five degrees Fahrenheit, fifty percent'],
    ['100 km/h', 'one hundred kilometers per hour'],
    ['jane.doe_1@example.co.uk.', 'jane dot doe underscore one at example dot co dot uk.'],
    [
      'See https://www.example.com/help?id=123.',
      'See example dot com slash help question mark id equals one two three.',
    ],
    ['Go to voxgraph.dev, now', 'Go to voxgraph dot dev, now'],
    ['555-123-4567', 'five five five, one two three, four five six seven'],
    ['+1 (555) 123-4567!', 'plus one, five five five, one two three, four five six seven!'],
    ['(030) 123456', 'zero three zero, one two three four five six'],
    ['+44 20 7946 0958', 'plus four four, two zero, seven nine four six, zero nine five eight'],
    [
      'Dr. Smith vs. Mr. Jones, e.g. St. Mary',
      'Doctor Smith versus Mister Jones, for example Saint Mary',
    ],
    ['cats, dogs, etc.', 'cats, dogs, et cetera.'],
    [
      'Room 12-14, call 555-1234',
      'Room twelve to fourteen, call five five five, one two three four',
    ],
    ['24/7', 'twenty-four/seven'],
    ['10:30:05', 'ten thirty and five seconds'],
  ])('say %j as %j', (written, spoken) => {
    expect(say(written)).toBe(spoken)
  })

  it("put in the user's own, whole words, the longest first", () => {
    const own = createEnglish({
      rules: [],
      dateOrder: 'day-month',
      replace: {
        SQL: 'sequel',
        'New York': 'the Big Apple',
        York: 'Yorick',
        'C++': 'see plus plus',
      },
    })
    expect(own('SQL, MySQL, sql in New York, York; C++ 5')).toBe(
      'sequel, MySQL, sql in the Big Apple, Yorick; see plus plus 5',
    )
  })

  it('leave alone what is not asked for', () => {
    const some = createEnglish({ rules: ['dates'], dateOrder: 'day-month', replace: {} })
    expect(some('$5 on 3/4/2025')).toBe('$5 on April third, twenty twenty-five')
  })

  it('leave a text without digits, addresses and abbreviations as it is', () => {
    const letters = fc.stringMatching(/^[a-zA-Zäéß ,;:!?'"()*_~\n$€%#-]{0,60}$/)
    fc.assert(
      fc.property(letters, (text) => {
        expect(say(text)).toBe(text)
      }),
    )
  })

  it('are made of any text, without a digit that stands by itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void say(text)),
      { numRuns: 500 },
    )
    const signs = fc.constantFrom(
      ...'0123456789',
      ' ',
      ' ',
      ',',
      '.',
      '-',
      '/',
      ':',
      '$',
      '%',
      'km',
    )
    fc.assert(
      fc.property(fc.array(signs), (parts) => {
        const said = say(parts.join(''))
        expect(said.split(/[ ,.]+/).filter((word) => /^\d+$/.test(word))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('take time in proportion to the text', () => {
    for (const nasty of [
      '1',
      '1,',
      '1 ',
      '1.',
      '1-',
      'a-',
      'a.',
      'a@',
      '$1',
      '+1 ',
      '(1',
      'www.',
      '1:',
      'March ',
    ]) {
      // What is not in proportion would run into the deadline of the test.
      expect(say(nasty.repeat(20_000)).length).toBeGreaterThan(0)
    }
  })

  it('are the same for a text in parts that end where it is ready', () => {
    const part = fc.constantFrom(
      'I ',
      'the ',
      'cost ',
      '$',
      '5 ',
      '3.50',
      'million ',
      'km ',
      'March ',
      '3, ',
      '2024',
      ' ',
      '. ',
      'p.m. ',
      '(555) ',
      '123-',
      '4567 ',
      '@a.com',
      'No. ',
      'of ',
      '10:',
      '30 ',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        let said = ''
        let held = ''
        for (const one of parts) {
          held += one
          const ready = readyLength(held, () => false)
          said += say(held.slice(0, ready))
          held = held.slice(ready)
        }
        expect(said + say(held)).toBe(say(parts.join('')))
      }),
      { numRuns: 1000 },
    )
  })
})
