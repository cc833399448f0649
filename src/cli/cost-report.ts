import type { Prices } from '../observe/prices.ts'
import type { Forecast, Told } from './cost-model.ts'
import { about, columns, count, dollars, pricesNote, quantity, usdOf } from './cost-text.ts'
import type { Paint } from './paint.ts'

/** What a call will cost, as a table and with all that was taken for granted. */
export function renderForecast(name: string, made: Forecast, own: Prices, paint: Paint): string {
  const { assumptions, turns, uncached } = made
  const minutes = `${assumptions.minutes} minute${assumptions.minutes === 1 ? '' : 's'}`
  const head = `${paint('bold', name)}  a call of ${minutes}, ${count(turns)} turns of the caller\n`
  // Without a vendor nothing is assumed.
  if (uncached.lines.length === 0) {
    return `${head}\n  It costs nothing: all of it runs in this process.\n`
  }
  const notes = notesOf(made).map((note) => `  ${note}\n`)
  const parts = [
    `${head}\n${tableOf(made, paint)}\n${unknownOf(made, paint)}`,
    `${paint('bold', 'assumed')}\n${notes.join('')}`,
    `${paint('dim', pricesNote(own))}\n`,
  ]
  return parts.join('\n')
}

function tableOf({ assumptions, uncached, cached }: Forecast, paint: Paint): string {
  const rows = uncached.lines.map((line, index) => {
    const better = cached.lines[index] ?? line
    return [...about(line), quantity(better.usage), usdOf(line), usdOf(better)]
  })
  const sums = (label: string, by: number): string[] => {
    const usd = (all: number): string => dollars(all / by)
    return [label, '', '', '', usd(uncached.usd), usd(cached.usd)]
  }
  const lines = columns(
    [
      ['', '', '', '', 'without cache', 'with cache'],
      ...rows,
      sums('call', 1),
      sums('minute', assumptions.minutes),
    ],
    2,
  )
  const [header = '', ...rest] = lines
  const told = rest.map((line, index) => (index === rest.length - 2 ? paint('bold', line) : line))
  return [paint('dim', header), ...told].join('\n')
}

/** What the sums leave out because nobody knows its price; empty when that is nothing. */
function unknownOf({ uncached, cached }: Forecast, paint: Paint): string {
  const unknown = [...new Set([...uncached.unpriced, ...cached.unpriced])]
  if (unknown.length === 0) return ''
  const text = `  no price is known for ${unknown.join(', ')}: the sums are without. Give your own with --prices.`
  return `${paint('yellow', text)}\n`
}

function notesOf({ assumptions: of, told, advisers }: Forecast): readonly string[] {
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  return [
    `The caller speaks for ${percent(of.callerShare)} of the time and the bot for ${percent(of.botShare)}, at ${of.wordsPerMinute} words of ${of.charactersPerWord} characters a minute.`,
    `The caller is answered ${of.turnsPerMinute} times a minute.`,
    ...(told.length > 1
      ? ['Agents have the floor one after the other, each for as long and with all that was said.']
      : []),
    `A token is ${of.charactersPerToken} characters. Each question tells the model its prompt, its tools and all that was said before.`,
    ...told.map(toldNote),
    'Not in it: tools that are called, guesses that prove wrong, what is tried again, voices and models that stand in for others.',
    ...(advisers.length === 0 ? [] : [`Not in it either: questions to ${advisers.join(', ')}.`]),
  ]
}

/** `llm is told 812 tokens of prompt and 96 of tools; …` */
function toldNote({ node, promptTokens, toolTokens, window, cacheFrom }: Told): string {
  const prefix = `${node} is told ${count(promptTokens)} tokens of prompt and ${count(toolTokens)} of tools`
  const talk = window === undefined ? 'all' : `at most ${count(window)} tokens`
  const least =
    cacheFrom === 0 || cacheFrom === undefined ? '' : ` from ${count(cacheFrom)} tokens on`
  const cache = cacheFrom === undefined ? 'No price of a cache is known.' : `It is cached${least}.`
  return `${prefix}, and ${talk} of what was said. ${cache}`
}
