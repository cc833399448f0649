import { abbreviations } from './abbreviations.ts'
import { emails, phones, urls } from './addresses.ts'
import { dates, times, type DateOrder } from './dates-times.ts'
import { measures, money } from './money-units.ts'
import { numbers, ordinals } from './plain-numbers.ts'
import { inTurn, type Rule } from './rule.ts'

/** What can be put in words, in the order in which it is done: what is special before what is general. */
export const ruleNames = [
  'emails',
  'urls',
  'phones',
  'dates',
  'times',
  'money',
  'units',
  'abbreviations',
  'ordinals',
  'numbers',
] as const

/** Which rules there are, and how they go about it. */
export interface EnglishOptions {
  readonly rules: readonly (typeof ruleNames)[number][]
  readonly dateOrder: DateOrder
  /** The user's own: as written (capitals count) to as spoken. */
  readonly replace: Readonly<Record<string, string>>
}

/** Puts what is written in signs into English words. */
export function createEnglish({ rules, dateOrder, replace }: EnglishOptions): Rule {
  const all: Readonly<Record<(typeof ruleNames)[number], Rule>> = {
    emails,
    urls,
    phones,
    dates: dates(dateOrder),
    times,
    money,
    units: measures,
    abbreviations,
    ordinals,
    numbers,
  }
  const wanted = ruleNames.filter((name) => rules.includes(name)).map((name) => all[name])
  return inTurn(replaced(replace), ...wanted)
}

/** Whole words and phrases of the user's own, the longest first; what is put in is not looked at again. */
function replaced(replace: EnglishOptions['replace']): Rule {
  const written = Object.keys(replace).toSorted((one, two) => two.length - one.length)
  if (written.length === 0) return (text) => text
  const any = written.map((one) => one.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${any})(?![\\p{L}\\p{N}_])`, 'gu')
  return (text) => text.replace(pattern, (as) => replace[as] ?? as)
}
