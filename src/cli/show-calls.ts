import type { Plan } from '../graph/plan.ts'
import type { Observe } from '../observe/inspection.ts'
import type { Prices } from '../observe/prices.ts'
import type { Terminal } from './command.ts'
import { createLiveOutput } from './live-output.ts'
import { printTakeovers } from './live-takeover.ts'

/** How the calls of a graph are shown. */
export interface ShowCallsInit {
  readonly json: boolean
  readonly prices: Prices
  /** Name of the graph, where there are several. */
  readonly label?: string | undefined
}

/** Shows the calls of a graph as they happen. */
export function showCalls(plan: Plan, terminal: Terminal, init: ShowCallsInit): Observe {
  const { budgets, agents } = plan
  const output = createLiveOutput({
    ...init,
    ...{ out: terminal.out, budgets, agents, hasTable: true },
  })
  const takeovers = printTakeovers(plan, terminal, init.json)
  return (event) => {
    output.observe(event)
    takeovers(event)
  }
}
