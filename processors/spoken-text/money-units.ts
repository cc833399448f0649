import { cardinalWords, numberWords } from './number-words.ts'
import { amount, inTurn, rule } from './rule.ts'

type Names = readonly [one: string, many: string]

const coins: Readonly<Record<string, readonly [...Names, ...Names]>> = {
  $: ['dollar', 'dollars', 'cent', 'cents'],
  '€': ['euro', 'euros', 'cent', 'cents'],
  '£': ['pound', 'pounds', 'penny', 'pence'],
  '¥': ['yen', 'yen', 'sen', 'sen'],
}
const codes: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', JPY: '¥' }
const powers: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  bn: 'billion',
  b: 'billion',
}

function priceWords(sign: string, number: string, power: string): string | undefined {
  const names = coins[codes[sign] ?? sign]
  if (names === undefined) return undefined
  const [one, many, cent, cents] = names
  const zeros = power === '' ? '' : ` ${powers[power.toLowerCase()] ?? power.toLowerCase()}`
  const [whole = '', part = ''] = number.split('.')
  if (zeros !== '' || part.length > 2) return `${numberWords(number)}${zeros} ${many}`
  const small = Number(part.padEnd(2, '0'))
  const main = `${cardinalWords(whole)} ${whole === '1' ? one : many}`
  if (small === 0) return main
  const rest = `${cardinalWords(String(small))} ${small === 1 ? cent : cents}`
  return whole === '0' ? rest : `${main} and ${rest}`
}

const power = String.raw`(?:\s?(thousand|million|billion|trillion|k|m|bn|b)(?!\w))?`
const sign = String.raw`[$€£¥]|(?<!\w)(?:USD|EUR|GBP|JPY)`

/** `$3.50` to `three dollars and fifty cents`, `€2 million` to `two million euros`. */
export const money = inTurn(
  rule(new RegExp(String.raw`([-−]?)(${sign})\s?(${amount})(?!\d)${power}`, 'gi'), (found) => {
    const [, minus = '', of = '', number = '', zeros = ''] = found
    const said = priceWords(of.toUpperCase(), number, zeros)
    return said === undefined || minus === '' ? said : `minus ${said}`
  }),
  rule(
    new RegExp(String.raw`(?<![\w.,])(${amount})\s?([$€£¥]|(?:USD|EUR|GBP|JPY)(?!\w))`, 'g'),
    (found) => {
      const [, number = '', of = ''] = found
      return priceWords(of, number, '')
    },
  ),
)

const units: Readonly<Record<string, Names>> = {
  '%': ['percent', 'percent'],
  '°': ['degree', 'degrees'],
  '°C': ['degree Celsius', 'degrees Celsius'],
  '°F': ['degree Fahrenheit', 'degrees Fahrenheit'],
  km: ['kilometer', 'kilometers'],
  m: ['meter', 'meters'],
  cm: ['centimeter', 'centimeters'],
  mm: ['millimeter', 'millimeters'],
  mi: ['mile', 'miles'],
  ft: ['foot', 'feet'],
  'km/h': ['kilometer per hour', 'kilometers per hour'],
  mph: ['mile per hour', 'miles per hour'],
  kg: ['kilogram', 'kilograms'],
  g: ['gram', 'grams'],
  mg: ['milligram', 'milligrams'],
  lb: ['pound', 'pounds'],
  lbs: ['pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  l: ['liter', 'liters'],
  L: ['liter', 'liters'],
  ml: ['milliliter', 'milliliters'],
  mL: ['milliliter', 'milliliters'],
  KB: ['kilobyte', 'kilobytes'],
  MB: ['megabyte', 'megabytes'],
  GB: ['gigabyte', 'gigabytes'],
  TB: ['terabyte', 'terabytes'],
  Hz: ['hertz', 'hertz'],
  kHz: ['kilohertz', 'kilohertz'],
  MHz: ['megahertz', 'megahertz'],
  GHz: ['gigahertz', 'gigahertz'],
  W: ['watt', 'watts'],
  kW: ['kilowatt', 'kilowatts'],
  kWh: ['kilowatt hour', 'kilowatt hours'],
  V: ['volt', 'volts'],
  ms: ['millisecond', 'milliseconds'],
  min: ['minute', 'minutes'],
  h: ['hour', 'hours'],
  hr: ['hour', 'hours'],
  hrs: ['hour', 'hours'],
}
const unit = Object.keys(units)
  .toSorted((one, two) => two.length - one.length)
  .join('|')

/** `5 km` to `five kilometers`, `20 °C` to `twenty degrees Celsius`, `5%` to `five percent`. */
export const measures = rule(
  new RegExp(String.raw`(?<![\w.,])([-−]?)(${amount})\s?(${unit})(?![\w/²³])`, 'g'),
  ([, minus = '', number = '', name = '']) => {
    const [one, many] = units[name] ?? [name, name]
    return `${minus === '' ? '' : 'minus '}${numberWords(number)} ${number === '1' ? one : many}`
  },
)
