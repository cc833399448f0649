import type { Drained, Server } from '../index.ts'
import type { Clock } from '../time/clock.ts'
import type { Terminal } from './command.ts'
import { paintFor } from './paint.ts'
import type { StrayErrors } from './stray-errors.ts'

/** Tells an operator how a server is: for people on standard error, for programs on standard output. */
export interface ServeReport {
  /** A call has begun. */
  begun(): void
  /** All transports are open. */
  ready(): void
  /** How many calls are waited for, and how long. */
  draining(calls: number, leftMs: number): void
  drained(drained: Drained): void
  /** Ends the summary of each minute. */
  close(): void
}

/** Between two summaries, in ms. */
const summaryMs = 60_000

/** Makes a report. A minute in which nothing happened is not told of. */
export function createServeReport(init: {
  readonly server: Server
  readonly strays: StrayErrors
  readonly clock: Clock
  readonly terminal: Terminal
  readonly json: boolean
}): ServeReport {
  const { server, strays, clock, terminal, json } = init
  const paint = paintFor(terminal.err)
  const say = (type: string, told: object, text: string): void => {
    if (json) terminal.out.write(`${JSON.stringify({ type, ...told })}\n`)
    else terminal.err.write(`${text}\n`)
  }
  let taken = 0
  let told = ''
  const summary = (): void => {
    const { calls, turnedAway, lagMs } = server
    const figures = { calls, taken, turnedAway, strayErrors: strays.count }
    const news = JSON.stringify([taken, turnedAway, strays.count])
    if (calls > 0 || news !== told) {
      say('summary', { ...figures, lagMs: Math.round(lagMs) }, paint('dim', line(figures, lagMs)))
    }
    told = news
    cancel = clock.after(summaryMs, summary)
  }
  let cancel = clock.after(summaryMs, summary)
  return {
    begun: () => void taken++,
    ready() {
      const { address, graphs } = server
      for (const { name, address: where } of graphs) {
        if (json) say('open', { graph: name, address: where }, '')
        else terminal.out.write(`${paint('bold', name)} takes calls at ${where}\n`)
      }
      if (json) return say('ready', { address }, '')
      terminal.out.write(`ready at ${address}  (Ctrl-C ends it when the calls are over)\n`)
    },
    draining: (calls, leftMs) =>
      say(
        'draining',
        { calls, leftMs: Math.round(leftMs) },
        `${number(calls, 'call')} under way, ${Math.round(leftMs / 1000)} s left; again cuts them off`,
      ),
    drained(drained) {
      const { finished, ended, cut } = drained
      const parts = [
        `${number(finished, 'call')} finished`,
        ...(ended === 0 ? [] : [`${ended} told to end`]),
        ...(cut === 0 ? [] : [paint('red', `${cut} cut off`)]),
      ]
      say('drained', drained, parts.join(', '))
    },
    close: () => cancel(),
  }
}

function line(
  figures: Pick<Server, 'calls' | 'turnedAway'> & {
    readonly taken: number
    readonly strayErrors: number
  },
  lagMs: number,
): string {
  const { calls, taken, turnedAway, strayErrors } = figures
  const away = Object.entries(turnedAway).flatMap(([why, count]) =>
    count === 0 ? [] : [`${count} turned away (${why})`],
  )
  return [
    `${number(calls, 'call')} under way`,
    `${taken} taken`,
    ...away,
    ...(strayErrors === 0 ? [] : [number(strayErrors, 'stray error')]),
    `lag ${Math.round(lagMs)} ms`,
  ].join(', ')
}

const number = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
