import type { Finder, Place } from './finder.ts'

/** Kinds of data that need no rule of one's own. */
export const knownNames = ['card_number', 'iban', 'email', 'phone'] as const

/** Digits of a card number: ISO/IEC 7812 has up to 19, cards in use have 13 at least. */
const cardDigits = { least: 13, most: 19 }
/** Characters of an IBAN (ISO 13616): Norway's is the shortest. */
const ibanLength = { least: 15, most: 34 }
/** Digits of a telephone number: at most 15 (ITU-T E.164); with fewer than 10 it has to look like one. */
const phoneDigits = { least: 7, sure: 10, most: 15 }
/** Most signs between two digits of one number. */
const mostBetween = 3

const digit = /\d/

/** Characters that belong together, as they stand in a text, with what may stand between them. */
interface Run extends Place {
  /** Each character and where it stands. */
  readonly signs: readonly { readonly sign: string; readonly at: number }[]
}

/** Full-width digits and letters as the usual ones; each stays one character. */
const narrow = (text: string): string =>
  /[\uff01-\uff5e]/.test(text)
    ? text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    : text

/** Runs of characters with a few others between them; none in a text without a digit. */
function runs(text: string, isSign: RegExp, isBetween: RegExp): Run[] {
  const found: Run[] = []
  const plain = narrow(text)
  if (!digit.test(plain)) return found
  let signs: Run['signs'][number][] = []
  let between = 0
  const close = (): void => {
    const [first] = signs
    const last = signs.at(-1)
    if (first !== undefined && last !== undefined)
      found.push({ start: first.at, end: last.at + 1, signs })
    signs = []
    between = 0
  }
  for (let at = 0; at < plain.length; at++) {
    const sign = plain.charAt(at)
    if (isSign.test(sign)) {
      signs.push({ sign, at })
      between = 0
    } else if (!isBetween.test(sign) || ++between > mostBetween) close()
  }
  close()
  return found
}

/** Where the run begins that the end of a text may go on; its length for none. */
function openRun(text: string, isSign: RegExp, isBetween: RegExp): number {
  let open = text.length
  let between = 0
  for (let at = text.length - 1; at >= 0; at--) {
    const sign = narrow(text.charAt(at))
    if (isSign.test(sign)) {
      open = at
      between = 0
    } else if (!isBetween.test(sign) || ++between > mostBetween) break
  }
  return open
}

/** Longest stretches of a run, whole groups only, that pass a test. */
function stretches(
  { signs }: Run,
  { least, most }: { readonly least: number; readonly most: number },
  fits: (text: string) => boolean,
): Place[] {
  const isEdge = (index: number): boolean =>
    index === 0 || index === signs.length || signs[index]?.at !== (signs[index - 1]?.at ?? 0) + 1
  const places: Place[] = []
  for (let from = 0; from + least <= signs.length; from++) {
    if (!isEdge(from)) continue
    for (let to = Math.min(signs.length, from + most); to >= from + least; to--) {
      const part = signs.slice(from, to)
      if (!isEdge(to) || !fits(part.map(({ sign }) => sign).join(''))) continue
      places.push({ start: part[0]?.at ?? 0, end: (part.at(-1)?.at ?? 0) + 1 })
      from = to - 1
      break
    }
  }
  return places
}

const betweenDigits = /[\s\p{Pd},]/u

/** The check digit of ISO/IEC 7812. */
function isLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const value = Number(digits.charAt(digits.length - 1 - index))
    const doubled = index % 2 === 1 ? value * 2 : value
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

const cardNumber: Finder = {
  seesSentence: false,
  find: ({ text }) =>
    runs(text, digit, betweenDigits).flatMap((run) => stretches(run, cardDigits, isLuhn)),
  openAt: ({ text }) => openRun(text, digit, betweenDigits),
}

const letterOrDigit = /[a-z\d]/i
const betweenGroups = /[\s\p{Pd}]/u

/** The check digits of ISO 13616, ISO/IEC 7064 mod 97-10. */
function isIban(text: string): boolean {
  if (!/^[a-z]{2}\d{2}/i.test(text)) return false
  let rest = 0
  for (const sign of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(sign, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** The beginning of one, as far as there is text: two letters and a digit. */
const ibanBegins = /(?<![a-z\d])[a-z](?:[\s\p{Pd}]*(?:$|[a-z][\s\p{Pd}]*(?:$|\d)))/giu
const ibanSoFar = /^[a-z](?:[a-z](?:\d(?:\d[a-z\d]*)?)?)?$/i

const iban: Finder = {
  seesSentence: false,
  find: ({ text }) =>
    runs(text, letterOrDigit, betweenGroups).flatMap((run) => stretches(run, ibanLength, isIban)),
  openAt({ text }) {
    // One more, to know whether a word begins there.
    const from = Math.max(0, text.length - ibanLength.most * (1 + mostBetween) - 1)
    const tail = narrow(text.slice(from))
    for (const { index } of tail.matchAll(ibanBegins)) {
      const rest = tail.slice(index).replace(/[\s\p{Pd}]/gu, '')
      if (ibanSoFar.test(rest) && rest.length <= ibanLength.most) return from + index
    }
    return text.length
  },
}

const email: Finder = {
  seesSentence: false,
  find({ text }) {
    const places: Place[] = []
    for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
      let start = at
      while (start > 0 && /[^\s@<>()[\]"',;:]/.test(text.charAt(start - 1))) start--
      const host = /^@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/u.exec(text.slice(at, at + 256))
      if (start < at && host !== null) places.push({ start, end: at + host[0].length })
    }
    return places
  },
  openAt({ text }) {
    let at = text.length
    while (at > 0 && /\S/.test(text.charAt(at - 1))) at--
    return at
  },
}

const phoneSign = /[\d+(]/
const betweenPhone = /[\s\p{Pd})./]/u
const date = /(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)|(?<!\d)\d{1,2}\/\d{1,2}\/\d{4}(?!\d)/g

/** A date is no number to call. What stands for it has its length, and ends a run. */
const withoutDates = (text: string): string => text.replace(date, (one) => 'x'.repeat(one.length))

const phone: Finder = {
  seesSentence: false,
  find: ({ text }) =>
    runs(withoutDates(narrow(text)), phoneSign, betweenPhone).flatMap((run) => {
      const digits = run.signs.filter(({ sign }) => digit.test(sign)).length
      const isMarked = /^[+0(]/.test(run.signs[0]?.sign ?? '')
      const isLocal = /^\d{3}\p{Pd}\d{4}$/u.test(narrow(text.slice(run.start, run.end)))
      const isOne =
        digits >= phoneDigits.sure || ((isMarked || isLocal) && digits >= phoneDigits.least)
      if (!isOne || digits > phoneDigits.most) return []
      return [run]
    }),
  openAt: ({ text }) => openRun(text, phoneSign, betweenPhone),
}

/** What finds each kind of data. */
export const known: Readonly<Record<(typeof knownNames)[number], Finder>> = {
  card_number: cardNumber,
  iban,
  email,
  phone,
}

/** What is said in the place of each kind of data. */
export const knownWords: Readonly<Record<(typeof knownNames)[number], string>> = {
  card_number: '[card number]',
  iban: '[account number]',
  email: '[e-mail address]',
  phone: '[phone number]',
}
