import { cardinalWords, decadeWords, numberWords, ordinalWords, yearWords } from './number-words.ts'
import { amount, inTurn, rule } from './rule.ts'

/** `1st` to `first`. */
export const ordinals = rule(
  /(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)(?!\w)/g,
  ([, number = '']) => ordinalWords(number),
)

const fractions: Readonly<Record<string, string>> = {
  '1/2': 'one half',
  '1/3': 'one third',
  '2/3': 'two thirds',
  '1/4': 'one quarter',
  '3/4': 'three quarters',
}

/** Numbers of this and the last century without a comma are read as years. */
const isYear = (number: string): boolean => /^(?:19|20)\d\d$/.test(number)

const whole = (number: string): string => (isYear(number) ? yearWords(number) : numberWords(number))

/** What is left: `1,234` and `3.14`, `-5`, `3-5`, `1990s`, `1/2`, `#5`. */
export const numbers = inTurn(
  rule(/(?<![\w.,])['’]?(\d{2}|\d{4})s(?!\w)/g, ([as = '', decade = '']) =>
    decade.endsWith('0') ? decadeWords(decade) : as,
  ),
  rule(/(?<![\w./])(\d)\/(\d)(?![\w/])/g, ([as = '']) => fractions[as]),
  rule(/(?<![\w&#])#(?=\d)/g, () => 'number '),
  rule(
    new RegExp(String.raw`(?<![\w.,/–-])(${amount})\s?[–-]\s?(${amount})(?![\w/–-])`, 'g'),
    (found) => {
      const [, from = '', to = ''] = found
      return `${whole(from)} to ${whole(to)}`
    },
  ),
  rule(/(?<![\w.,])[-−](?=\d)/g, () => 'minus '),
  rule(/(?<![\w.])((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)*)(?!\w)/g, ([, number = '']) =>
    whole(number),
  ),
  rule(/(?<![\w.])\.(\d+)(?!\w)/g, ([, digits = '']) => numberWords(`.${digits}`)),
  rule(/(?<!\w)(\d+)(?!\w)/g, ([, digits = '']) => cardinalWords(digits)),
)
