import { cardinalWords, digitWords, ordinalWords, yearWords } from './number-words.ts'
import { inTurn, rule, type Rule } from './rule.ts'

/** Which comes first in `3/4/2025`. */
export type DateOrder = 'month-day' | 'day-month'

const months =
  'January February March April May June July August September October November December'.split(' ')
const month = String.raw`(January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?`

const monthName = (name: string): string =>
  months.find((one) => one.startsWith(name.slice(0, 3))) ?? name

const isDay = (day: string): boolean => Number(day) >= 1 && Number(day) <= 31

/** Month, day and year in words; undefined when there is no such day. */
function dated(monthOfYear: number, day: string, year: string): string | undefined {
  const name = months[monthOfYear - 1]
  if (name === undefined || !isDay(day)) return undefined
  return `${name} ${ordinalWords(day)}, ${yearWords(year)}`
}

/** `March 3, 2024` to `March third, twenty twenty-four`; also `3 March`, `2024-03-03` and `3/3/2024`. */
export const dates = (order: DateOrder): Rule =>
  inTurn(
    rule(/(?<![\w/-])(\d{4})-(\d{2})-(\d{2})(?![\w/-])/g, ([, year = '', of = '', day = '']) =>
      dated(Number(of), day, year),
    ),
    rule(
      /(?<![\w/-])(\d{1,2})\/(\d{1,2})\/(\d{4})(?![\w/-])/g,
      ([, one = '', two = '', year = '']) =>
        order === 'month-day' ? dated(Number(one), two, year) : dated(Number(two), one, year),
    ),
    rule(
      new RegExp(
        String.raw`(?<!\w)(the )?(\d{1,2})(?:st|nd|rd|th)?(?: of)? ${month}(?:,? (\d{4})(?![\w,.]\d|\w))?`,
        'g',
      ),
      ([, , day = '', name = '', year = '']) =>
        isDay(day)
          ? `the ${ordinalWords(day)} of ${monthName(name)}${year === '' ? '' : `, ${yearWords(year)}`}`
          : undefined,
    ),
    rule(
      new RegExp(
        String.raw`(?<!\w)${month} (\d{1,2})(?:st|nd|rd|th)?(?![\w:%]|[.,/-]\d)(?:(,?) (\d{4})(?![\w,.]\d|\w))?`,
        'g',
      ),
      ([, name = '', day = '', , year = '']) =>
        isDay(day)
          ? `${monthName(name)} ${ordinalWords(day)}${year === '' ? '' : `, ${yearWords(year)}`}`
          : undefined,
    ),
    rule(
      new RegExp(String.raw`(?<!\w)${month} (\d{4})(?![\w,.]\d|\w)`, 'g'),
      ([, name = '', year = '']) => `${monthName(name)} ${yearWords(year)}`,
    ),
  )

/** `pm`, `PM` and `p.m.` alike. */
const half = (written: string): string =>
  written === '' ? '' : ` ${written.charAt(0).toLowerCase()}.m.`

const minutesWords = (minutes: string): string =>
  minutes.startsWith('0') ? `oh ${digitWords(minutes.slice(1))}` : cardinalWords(minutes)

const hourWords = (hour: string): string => cardinalWords(String(Number(hour)))

/** `10:30` to `ten thirty`, `5pm` to `five p.m.`, `14:00` to `fourteen hundred`. */
export const times: Rule = inTurn(
  rule(
    /(?<![\w:.,])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?:\s?([ap]\.m\.|[ap]m\b))?(?![\w:])/gi,
    ([, hour = '', minutes = '', seconds = '', of = '']) => {
      const tail = seconds === '' ? '' : ` and ${hourWords(seconds)} seconds`
      if (minutes !== '00') return `${hourWords(hour)} ${minutesWords(minutes)}${tail}${half(of)}`
      if (of !== '') return `${hourWords(hour)}${tail}${half(of)}`
      const isClock = Number(hour) >= 1 && Number(hour) <= 12
      return `${hourWords(hour)} ${isClock ? "o'clock" : 'hundred'}${tail}`
    },
  ),
  rule(
    /(?<![\w:.,])(1[0-2]|[1-9])\s?([ap]\.m\.|[ap]m\b)/gi,
    ([, hour = '', of = '']) => `${hourWords(hour)}${half(of)}`,
  ),
)
