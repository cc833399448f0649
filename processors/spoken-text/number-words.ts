import { toCardinal, toOrdinal } from 'n2words/en-US'

/** Numbers with more digits are account numbers and the like: read digit by digit. */
const mostDigits = 15

/** `7` to `seven`, digit by digit: `007` is "zero zero seven". */
export const digitWords = (digits: string): string =>
  [...digits].map((digit) => toCardinal(digit)).join(' ')

/** A whole number in words; commas are left out. With a leading zero, or very long: digit by digit. */
export function cardinalWords(number: string): string {
  const digits = number.replaceAll(',', '')
  const isCode = digits.length > mostDigits || (digits.length > 1 && digits.startsWith('0'))
  return isCode ? digitWords(digits) : toCardinal(digits)
}

/** `3.14` to `three point one four`, `1.2.3` to `one point two point three`. */
export function numberWords(number: string): string {
  const [whole = '', ...parts] = number.split('.')
  const first = whole === '' ? '' : cardinalWords(whole)
  const isVersion = parts.length > 1
  const rest = parts.map((part) => (isVersion ? cardinalWords(part) : digitWords(part)))
  return [first, ...rest].join(' point ').trim()
}

/** `23` to `twenty-third`. */
export function ordinalWords(number: string): string {
  const digits = number.replaceAll(',', '').replace(/^0+(?=\d)/, '')
  return digits === '0' || digits.length > mostDigits
    ? `${cardinalWords(digits)}th`
    : toOrdinal(digits)
}

/** `1999` to `nineteen ninety-nine`, `2005` to `two thousand five`, `2024` to `twenty twenty-four`. */
export function yearWords(year: string): string {
  const value = Number(year)
  const [century, rest] = [Math.floor(value / 100), value % 100]
  if (year.length !== 4 || value < 1100 || (century % 10 === 0 && rest < 10)) {
    return cardinalWords(year)
  }
  if (rest === 0) return `${toCardinal(century)} hundred`
  return `${toCardinal(century)} ${rest < 10 ? 'oh ' : ''}${toCardinal(rest)}`
}

/** `1990` to `nineteen nineties`, `90` to `nineties`. */
export function decadeWords(decade: string): string {
  const words = decade.length === 4 ? yearWords(decade) : cardinalWords(decade)
  return words.endsWith('y') ? `${words.slice(0, -1)}ies` : `${words}s`
}
