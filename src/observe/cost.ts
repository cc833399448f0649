import { usageUnits, type Usage, type UsageInit, type UsageUnit } from '../frames/index.ts'
import type { Plan } from '../graph/plan.ts'
import { chargeOf, type Prices } from './prices.ts'

/** What money is spent on, in the order in which it is told. */
export const costStages = ['telephony', 'stt', 'llm', 'tts', 'other'] as const
/** One of `costStages`. */
export type CostStage = (typeof costStages)[number]

/** What one node has used of one model, and what that costs. */
export interface CostLine {
  readonly stage: CostStage
  readonly node: string
  readonly vendor: string
  /** As the vendor names it, or empty. */
  readonly model: string
  readonly usage: Usage
  /** Of everything that has a price. */
  readonly usd: number
  /** Units that were used and that no price is known for: their cost is not in `usd`. */
  readonly unpriced: readonly UsageUnit[]
}

/** What a call costs. What runs in this process costs nothing and is not in it. */
export interface CallCost {
  /** Of everything that has a price. */
  readonly usd: number
  /** By stage; those in which nothing was used are left out. */
  readonly stages: Partial<Readonly<Record<CostStage, number>>>
  /** By stage, node and model. */
  readonly lines: readonly CostLine[]
  /** Share of the tokens that models were given which came out of a cache; undefined without a token. */
  readonly cachedShare: number | undefined
  /** Models for which some price is not known: `openai llama-3.3`. */
  readonly unpriced: readonly string[]
}

/** Adds up what a call uses. It keeps a line for each node and model. */
export interface CostMeter {
  /** Takes what a node has used; `stage` of what is no node of the graph. */
  add(node: string, used: UsageInit): void
  /** So far; `minutes` that the call has lasted are charged by the vendors of its transports. */
  cost(minutes: number): CallCost
}

interface Line {
  readonly node: string
  readonly vendor: string
  readonly model: string
  readonly usage: { [unit in UsageUnit]?: number }
}

/** Makes a meter of one call of a graph. */
export function createCostMeter(plan: Plan, prices: Prices): CostMeter {
  const stages = stagesOf(plan)
  const carriers = carriersOf(plan)
  const lines = new Map<string, Line>()
  const lineOf = (node: string, { vendor, model = '' }: UsageInit): Line => {
    const key = JSON.stringify([node, vendor, model])
    const line = lines.get(key) ?? { node, vendor, model, usage: {} }
    lines.set(key, line)
    return line
  }
  return {
    add(node, used) {
      const { usage } = lineOf(node, used)
      for (const unit of usageUnits) {
        const amount = used.usage[unit] ?? 0
        if (amount > 0) usage[unit] = (usage[unit] ?? 0) + amount
      }
    },
    cost(minutes) {
      const calls = carriers.map((line) => ({ ...line, usage: { call_minutes: minutes } }))
      const used = [...calls, ...lines.values()]
      return costOf(
        used.map(({ usage, ...line }) => ({
          ...line,
          stage: stages.get(line.node) ?? 'other',
          usage: { ...usage },
          ...chargeOf(prices, line.vendor, line.model, usage),
        })),
      )
    },
  }
}

/** Sums up the lines of a call. */
export function costOf(lines: readonly CostLine[]): CallCost {
  const sum = (some: readonly CostLine[]): number => some.reduce((usd, line) => usd + line.usd, 0)
  const stages = costStages.flatMap((stage): [CostStage, number][] => {
    const some = lines.filter((line) => line.stage === stage)
    return some.length === 0 ? [] : [[stage, sum(some)]]
  })
  const unpriced = lines.filter((line) => line.unpriced.length > 0)
  return {
    usd: sum(lines),
    stages: Object.fromEntries(stages),
    lines: costStages.flatMap((stage) => lines.filter((line) => line.stage === stage)),
    cachedShare: cachedShareOf(lines),
    unpriced: [...new Set(unpriced.map(modelName))],
  }
}

/** `anthropic claude-haiku-4-5`; the vendor alone where no model is named. */
export const modelName = ({ vendor, model }: Pick<CostLine, 'vendor' | 'model'>): string =>
  model === '' ? vendor : `${vendor} ${model}`

/** The model that a node is charged for, by its options; of some vendors the voice is the model. */
export function billedModel({ model, voice }: Readonly<Record<string, unknown>>): string {
  if (typeof model === 'string') return model
  return typeof voice === 'string' ? voice : ''
}

/** Share of the tokens of questions that came out of a cache. */
function cachedShareOf(lines: readonly CostLine[]): number | undefined {
  const count = (...units: readonly UsageUnit[]): number =>
    lines.reduce((all, { usage }) => all + units.reduce((n, unit) => n + (usage[unit] ?? 0), 0), 0)
  const read = count('cache_read_tokens')
  const all = read + count('input_tokens', 'cache_write_tokens')
  return all === 0 ? undefined : read / all
}

/** Stage of each node. */
export const stagesOf = ({ nodes }: Plan): ReadonlyMap<string, CostStage> =>
  new Map(nodes.map(({ id, manifest }) => [id, stageByRole[manifest.role] ?? 'other']))

const stageByRole: Partial<Readonly<Record<string, CostStage>>> = {
  transport: 'telephony',
  stt: 'stt',
  brain: 'llm',
  llm: 'llm',
  tts: 'tts',
}

/** Transports that a vendor charges for by the minute. */
export const carriersOf = ({
  nodes,
}: Plan): readonly Pick<CostLine, 'node' | 'vendor' | 'model'>[] =>
  nodes.flatMap(({ id: node, manifest: { kind, vendor } }) =>
    kind === 'transport' && vendor !== undefined ? [{ node, vendor, model: '' }] : [],
  )
