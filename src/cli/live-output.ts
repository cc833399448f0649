import type { Inspection } from '../observe/inspection.ts'
import type { ToolOutcome } from '../frames/index.ts'
import type { PlanAgents } from '../graph/plan-agents.ts'
import type { PlanBudget } from '../graph/plan.ts'
import type { CallCost } from '../observe/cost.ts'
import type { Prices } from '../observe/prices.ts'
import { createBudgetWatch, type BudgetWatch, type OverBudget } from '../observe/budgets.ts'
import { createFloorLog, type FloorLog } from '../observe/floor-log.ts'
import { handoffText, shortJson } from '../observe/handoff-text.ts'
import { createLatencyFigures, type LatencyFigures } from '../observe/latency-figures.ts'
import { createTurnLog, type Moment, type TurnLog } from '../observe/turns.ts'
import type { Terminal } from './command.ts'
import { costTable, dollars } from './cost-text.ts'
import { oneLine } from './draw-text.ts'
import { breakdown, latencyTable, overText } from './live-latencies.ts'
import { paintFor, type Style } from './paint.ts'

/** Tells what happens in calls, for people or, with `json`, one JSON object a line for programs. */
export interface LiveOutput {
  /** Sees every inspection event of every call. */
  observe(event: Inspection): void
}

/** What `createLiveOutput` takes. */
export interface LiveOutputInit {
  readonly out: Terminal['out']
  readonly json: boolean
  /** Name of the graph, where there are several. */
  readonly label?: string | undefined
  /** Of the graph: what is over is told at once. */
  readonly budgets?: readonly PlanBudget[]
  /** Of the graph: who speaks is told, and for how long each had the floor. */
  readonly agents?: PlanAgents | undefined
  /** Tells at the end of each call how long its answers took. */
  readonly hasTable?: boolean
  /** Own prices that the calls are charged at, before those of the list. */
  readonly prices?: Prices
  /** Told of every moment of every call. */
  readonly onMoment?: (session: string, moment: Moment) => void
}

interface Call {
  readonly log: TurnLog
  readonly watch: BudgetWatch
  readonly figures: LatencyFigures
  readonly floor: FloorLog | undefined
  /** Time on the session clock at which it began. */
  startedAt: number | undefined
  lastAt: number
  /** What was charged since the last answer, in USD. */
  usd: number
}

/** Makes a live output. Nothing that was printed is changed later, so it reads the same in a file. */
export function createLiveOutput(init: LiveOutputInit): LiveOutput {
  const { out, json, onMoment, agents, budgets = [], hasTable = false, prices = [], label } = init
  const calls = new Map<string, Call>()
  const about = { agents, prices, label }
  const print = json ? jsonPrinter(out, label) : textPrinter(out, () => calls.size, about)

  function tell(session: string, call: Call, moments: readonly Moment[]): void {
    for (const moment of moments) {
      onMoment?.(session, moment)
      const atMs = moment.at - (call.startedAt ?? moment.at)
      print.moment(session, moment, atMs, call.usd)
      for (const over of call.watch.see(moment)) print.over(session, over, atMs)
      if (moment.type !== 'turn') continue
      call.figures.add(moment.turn)
      call.usd = 0
    }
  }

  return {
    observe(event) {
      const { session } = event
      if (event.type === 'session.started') {
        calls.set(session, newCall(budgets, agents))
        print.started(session, event.vars['call'])
        return
      }
      const call = calls.get(session)
      if (call === undefined) return
      if (event.type === 'frame') {
        const { frame } = event
        call.lastAt = frame.at
        if (frame.type === 'start') call.startedAt = frame.at
        call.floor?.see(frame)
        tell(session, call, call.log.see(frame))
      } else if (event.type === 'log') {
        const { level, node, message } = event.record
        if (level === 'warn') print.warning(session, `${node === '' ? '' : `${node}: `}${message}`)
      } else if (event.type === 'spent') {
        call.usd += event.usd
      } else if (event.type === 'over-cost') {
        print.overCost(session, event, event.at - (call.startedAt ?? event.at))
      } else if (event.type === 'session.ended') {
        tell(session, call, call.log.end(call.lastAt))
        calls.delete(session)
        const { reason, figures, cost } = event.summary
        print.ended(session, reason, {
          durationMs: figures.durationMs,
          latencies: hasTable ? call.figures : undefined,
          floor: call.floor?.shares(call.lastAt),
          cost: hasTable ? cost : undefined,
        })
      }
    },
  }
}

const newCall = (budgets: readonly PlanBudget[], agents: PlanAgents | undefined): Call => ({
  log: createTurnLog(),
  watch: createBudgetWatch(budgets),
  figures: createLatencyFigures(budgets),
  floor: agents && createFloorLog(agents),
  startedAt: undefined,
  lastAt: 0,
  usd: 0,
})

/** What there is to say of a call that is over. */
interface Ended {
  readonly durationMs: number
  readonly latencies: LatencyFigures | undefined
  /** Ms by agent. */
  readonly floor: ReadonlyMap<string, number> | undefined
  readonly cost: CallCost | undefined
}

/** A call that has cost more than it may. */
type OverCost = Pick<Extract<Inspection, { type: 'over-cost' }>, 'limitUsd' | 'usd' | 'ends'>

interface Printer {
  started(session: string, call: unknown): void
  /** `usd`: what was charged since the answer before. */
  moment(session: string, moment: Moment, atMs: number, usd: number): void
  over(session: string, over: OverBudget, atMs: number): void
  overCost(session: string, over: OverCost, atMs: number): void
  warning(session: string, text: string): void
  ended(session: string, reason: string, ended: Ended): void
}

function jsonPrinter(out: Terminal['out'], graph: string | undefined): Printer {
  const write = (value: object): void =>
    void out.write(`${JSON.stringify(graph === undefined ? value : { ...value, graph })}\n`)
  return {
    started: (session, call) => write({ type: 'started', session, call }),
    moment: (session, moment, atMs, usd) => {
      const told = { session, ...moment, at: Math.round(atMs) }
      write(moment.type === 'turn' ? { ...told, usd } : told)
    },
    over: (session, { turn, ...over }, atMs) =>
      write({
        type: 'over-budget',
        session,
        at: Math.round(atMs),
        ...over,
        number: turn.number,
        response: turn.response,
      }),
    overCost: (session, { limitUsd, usd, ends }, atMs) =>
      write({ type: 'over-cost', session, at: Math.round(atMs), limitUsd, usd, ends }),
    warning: (session, message) => write({ type: 'warning', session, message }),
    ended: (session, reason, { durationMs, latencies, floor, cost }) =>
      write({
        type: 'ended',
        session,
        reason,
        durationMs: Math.round(durationMs),
        floor: floor && Object.fromEntries([...floor].map(([id, ms]) => [id, Math.round(ms)])),
        cost,
        stages: latencies?.stages(),
        budgets: latencies?.budgets().map(({ budget, ...figures }) => ({ ...budget, ...figures })),
      }),
  }
}

/** Columns for who, between the time and what is told. */
const nameColumns = { least: 7, most: 16 } as const

function textPrinter(
  out: Terminal['out'],
  count: () => number,
  about: Pick<LiveOutputInit, 'label'> & {
    readonly agents: PlanAgents | undefined
    readonly prices: Prices
  },
): Printer {
  const { agents, prices, label } = about
  const paint = paintFor(out)
  const graph = label === undefined ? '' : `${label} `
  const longest = Math.max(...(agents?.agents ?? []).map(({ id }) => id.length))
  const name = Math.min(nameColumns.most, Math.max(nameColumns.least, longest))
  const margin = 12 + name
  const columns = Math.min(out.columns ?? 100, 120)
  const line = (session: string, time: string, { who, style, text }: Told): void => {
    const isOneOfMany = count() > 1 || label !== undefined
    const call = isOneOfMany ? paint('dim', `${graph}#${session.split('-').at(-1) ?? ''} `) : ''
    const whose = paint(style, who.padEnd(name))
    // What callers write and models say steers no terminal.
    const lines = wrap(oneLine(text), columns - margin).map((part) =>
      who === '' ? paint(style, part) : part,
    )
    const told = lines.join(`\n${' '.repeat(margin)}`)
    out.write(`${call}${paint('dim', time.padStart(9))}  ${whose} ${told}\n`)
  }
  return {
    started: (session, call) => {
      const from = isRecord(call) ? otherEnd(call) : ''
      out.write(`${paint('bold', `${graph}call ${session}`)}${from}\n`)
    },
    moment: (session, moment, atMs) => {
      const told = tellMoment(moment, agents !== undefined)
      if (told !== undefined) line(session, told.who === '' ? '' : clockTime(atMs), told)
    },
    over: (session, over, atMs) =>
      line(session, clockTime(atMs), { who: 'over', style: 'red', text: overText(over) }),
    overCost: (session, { usd, limitUsd, ends }, atMs) => {
      const text = `the call has cost ${dollars(usd)}, its budget is ${dollars(limitUsd)}${ends ? ': it ends' : ''}`
      line(session, clockTime(atMs), { who: 'over', style: 'red', text })
    },
    warning: (session, text) => line(session, '', { who: 'warning', style: 'yellow', text }),
    ended: (session, reason, { durationMs, latencies, floor, cost }) => {
      const heading = paint('bold', `${graph}call ${session} is over`)
      const table = latencies === undefined ? '' : latencyTable(latencies, paint)
      const ended = `${heading}: ${oneLine(reason)}, after ${seconds(durationMs)}\n`
      const costs = cost === undefined ? '' : costTable(cost, prices, paint)
      out.write(`${ended}${floor === undefined ? '' : floorLine(floor)}${table}${costs}`)
    },
  }
}

/** Who is at the other end of a call. */
function otherEnd(call: Readonly<Record<string, unknown>>): string {
  const way = call['direction'] === 'outbound' ? 'to' : 'from'
  const other = call[way]
  return typeof other === 'string' && other !== '' ? ` ${way} ${oneLine(other)}` : ''
}

interface Told {
  /** Empty for what belongs to the line before. */
  readonly who: string
  readonly style: Style
  readonly text: string
}

function tellMoment(moment: Moment, hasAgents: boolean): Told | undefined {
  switch (moment.type) {
    case 'caller':
      return { who: 'caller', style: 'cyan', text: moment.text }
    case 'bot':
      return { who: hasAgents ? moment.agent : 'bot', style: 'green', text: moment.text }
    case 'handoff':
      return { who: 'handoff', style: 'bold', text: handoffText(moment) }
    case 'note':
      return { who: 'note', style: 'blue', text: `${moment.agent}: ${moment.text}` }
    case 'answered':
      return { who: '', style: 'dim', text: breakdown(moment.turn) }
    case 'held':
      return {
        who: 'held',
        style: 'yellow',
        text: `for ${seconds(moment.forMs)}: ${moment.reason}`,
      }
    case 'interrupted': {
      const { cutAfterMs = 0 } = moment.turn
      const when = cutAfterMs === 0 ? 'before it was heard' : `after ${seconds(cutAfterMs)}`
      return { who: 'cut', style: 'red', text: `${when}: ${moment.reason}` }
    }
    case 'tool': {
      const text = `${moment.name} ${shortJson(moment.arguments)}`
      return { who: 'tool', style: 'magenta', text: text.trim() }
    }
    case 'tool-result': {
      if (moment.result.status === 'ok' && moment.result.value === null) return undefined
      const text = `→ ${outcome(moment.result)} after ${Math.round(moment.tookMs)} ms`
      return { who: '', style: 'dim', text }
    }
    case 'turn':
      return undefined
  }
}

const outcome = (result: ToolOutcome): string =>
  result.status === 'ok'
    ? shortJson(result.value) || 'nothing'
    : `${result.status}: ${result.message}`

/** For how long each agent had the floor. */
function floorLine(floor: ReadonlyMap<string, number>): string {
  const shares = [...floor].map(([id, ms]) => `${id} ${seconds(ms)}`)
  return shares.length === 0 ? '' : `  floor: ${shares.join(', ')}\n`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function clockTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  return `${minutes}:${((ms - minutes * 60_000) / 1000).toFixed(1).padStart(4, '0')}`
}

/** Lines of whole words. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= Math.max(20, width)) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
