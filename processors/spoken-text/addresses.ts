import { cardinalWords, digitWords } from './number-words.ts'
import { inTurn, rule } from './rule.ts'

const signs: Readonly<Record<string, string>> = {
  '@': 'at',
  '.': 'dot',
  '/': 'slash',
  '-': 'dash',
  _: 'underscore',
  '?': 'question mark',
  '=': 'equals',
  '&': 'and',
  '#': 'hash',
  '%': 'percent',
  ':': 'colon',
  '~': 'tilde',
  '+': 'plus',
}

/** An address as one would dictate it. */
const dictated = (address: string): string =>
  address
    .replace(
      /\d+/g,
      (digits) => ` ${digits.length < 3 ? cardinalWords(digits) : digitWords(digits)} `,
    )
    .replace(/[@./\-_?=&#%:~+]/g, (sign) => ` ${signs[sign] ?? ''} `)
    .replace(/\s+/g, ' ')
    .trim()

/** `jane.doe@example.com` to `jane dot doe at example dot com`. */
export const emails = rule(/(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, ([address = '']) =>
  dictated(address),
)

const site = ([whole = '']: readonly string[]): string => {
  const end = /[.,;:!?)\]]*$/.exec(whole.slice(-8))?.[0] ?? ''
  const address = whole.slice(0, whole.length - end.length)
  return (
    dictated(
      address
        .replace(/^https?:\/\//i, '')
        .replace(/^www\./i, '')
        .replace(/\/$/, ''),
    ) + end
  )
}

/** `https://www.example.com/help` to `example dot com slash help`; also `example.com`. */
export const urls = inTurn(
  rule(/(?<!\w)(?:https?:\/\/|www\.)[^\s<>"']+/gi, site),
  rule(
    /(?<![\w.@-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|dev|app|gov|edu|info|eu|de|co\.uk)(?![\w@-])(?:\/[^\s<>"']*)?/gi,
    site,
  ),
)

/** A telephone number: with `+` or an area code in brackets or with a zero, or written as in America. */
const phone =
  /(?<![\w.,/-])(?:\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){1,6}|\(\d{2,5}\)(?:[ .-]?\d{2,5}){1,4}|0\d{1,4}(?:[ -]\d{2,5}){1,4}|(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}|\d{3}-\d{4}|\d{10,11})(?![\w]|[.,/-]\d)/g

/** `555-123-4567` to `five five five, one two three, four five six seven`. */
export const phones = rule(phone, ([number = '']) => {
  const groups = number.match(/\d+/g) ?? []
  if (groups.join('').length < 7 || groups.join('').length > 15) return undefined
  return `${number.startsWith('+') ? 'plus ' : ''}${groups.map(digitWords).join(', ')}`
})
