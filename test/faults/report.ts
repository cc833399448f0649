import { faultNames } from 'voxgraph/testing'
import { providers } from './providers.ts'
import { moments, type Outcome } from './scenario.ts'

/** The matrix as a page of the documentation. */
export function renderFaults(outcomes: readonly Outcome[]): string {
  const longest = Math.max(...outcomes.map(({ deadAirMs }) => deadAirMs))
  const waited = outcomes.filter(({ askedToWait }) => askedToWait).length
  const lines = [
    '# What a caller hears when a provider fails',
    '',
    `Written by \`npm run faults\`, from ${outcomes.length} calls that ran: every fault of every provider, while nobody speaks (idle), while the caller speaks or`,
    'the answer is on its way (mid-turn), and while the bot speaks. A call is a greeting and two questions with an answer each, through the',
    "vendor's real SDK and real sockets on loopback, in real time; the vendor is an emulator, and another one stands behind it as `fallback`.",
    'Where a fault cannot happen at a moment (a refused connection, on one that is open), the connection is broken and the next one meets it.',
    '',
    'A cell says after how long the slower of the two answers began, counted from the end of the question (0.3 s without a fault: the silence that',
    'shows that the caller has finished, and the model was asked before); whether the caller was asked to wait; and which failures were told: category and',
    'node (`tts/1` is the fallback). The same failure told twice counts once.',
    '',
    `In all of them: nothing that the caller said was lost or came twice; every sentence of the bot was heard to its end; the longest wait for a word was ${(longest / 1000).toFixed(1)} s`,
    `(${waited} callers were asked to wait); no call ended; the key was in no output; and the vendors' schemas were not violated.`,
    '`npm test` runs a third of the calls, CI all of them, and fails if any of that does not hold.',
    '',
  ]
  for (const { id, fallback } of providers) {
    lines.push(`## ${id}`, '', `Behind it: \`${fallback}\`.`, '')
    lines.push(`| fault | ${moments.join(' | ')} |`, `|---|${moments.map(() => '---|').join('')}`)
    for (const fault of faultNames) {
      const cells = moments.map((moment) => {
        const outcome = outcomes.find(
          (one) => one.provider === id && one.fault === fault && one.moment === moment,
        )
        return outcome === undefined ? '' : cellOf(outcome)
      })
      lines.push(`| ${fault} | ${cells.join(' | ')} |`)
    }
    lines.push('')
  }
  return lines.join('\n')
}

function cellOf({ answerMs, askedToWait, failures }: Outcome): string {
  const told = [...new Set(failures.map((one) => one.split(' ').slice(0, 2).join(' ')))]
  const parts = [`${(answerMs / 1000).toFixed(1)} s`]
  if (askedToWait) parts.push('asked to wait')
  if (told.length > 0) parts.push(told.join(', '))
  return parts.join('; ')
}
