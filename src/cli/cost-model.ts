import { toolsetOf } from '../conversation/tools.ts'
import { windowOf, type ContextWindow } from '../conversation/context-window.ts'
import type { Usage } from '../frames/index.ts'
import type { PlanAgent } from '../graph/plan-agents.ts'
import type { Plan, PlanNode } from '../graph/plan.ts'
import {
  billedModel,
  costOf,
  stagesOf,
  type CallCost,
  type CostLine,
  type CostStage,
} from '../observe/cost.ts'
import { chargeOf, priceOf, type Prices } from '../observe/prices.ts'
import { askThrough, type Mind, type Talk } from './token-model.ts'

/** What is taken for granted of a call that nobody has made. */
export interface Assumptions {
  readonly minutes: number
  /** Times a minute that the caller says something and is answered. */
  readonly turnsPerMinute: number
  /** Of whoever speaks. */
  readonly wordsPerMinute: number
  /** Share of the time that the caller speaks, and the bot; the rest is silence. */
  readonly callerShare: number
  readonly botShare: number
  /** In a word, with the space behind it. */
  readonly charactersPerWord: number
  readonly charactersPerToken: number
}

/** What is taken for granted unless somebody says otherwise: a calm conversation in English. */
export const usualAssumptions: Assumptions = {
  minutes: 10,
  turnsPerMinute: 4,
  wordsPerMinute: 150,
  callerShare: 0.35,
  botShare: 0.45,
  charactersPerWord: 6,
  charactersPerToken: 4,
}

/** What a model is told before anything that was said, and whether that can be cached. */
export interface Told {
  readonly node: string
  readonly promptTokens: number
  readonly toolTokens: number
  /** Tokens of conversation that it is told at most; undefined: all of it. */
  readonly window: number | undefined
  /** A question that is shorter is not cached; undefined where nothing is known of a cache. */
  readonly cacheFrom: number | undefined
}

/** What a call of a graph will cost. */
export interface Forecast {
  readonly assumptions: Assumptions
  /** Of the caller. */
  readonly turns: number
  readonly told: readonly Told[]
  /** Agents that are asked when others want to know something: nobody knows how often. */
  readonly advisers: readonly string[]
  readonly uncached: CallCost
  readonly cached: CallCost
}

/** Works out what a call of a graph costs. Pure; what runs in this process costs nothing and is left out. */
export function forecast(plan: Plan, prices: Prices, assumptions: Assumptions): Forecast {
  const { minutes, turnsPerMinute } = assumptions
  const turns = Math.max(1, Math.round(minutes * turnsPerMinute))
  const minds = mindsOf(plan, prices, assumptions)
  const talk = { turns, ...wordsOf(assumptions, turns) }
  const asked = { uncached: askAll(minds, talk, false), cached: askAll(minds, talk, true) }
  const stages = stagesOf(plan)
  const lines = (which: keyof typeof asked): readonly CostLine[] =>
    plan.nodes.flatMap((node) => {
      const stage = stages.get(node.id) ?? 'other'
      const { vendor } = node.manifest
      const usage = asked[which].get(node.id) ?? soundOf(node, stage, plan, assumptions)
      if (vendor === undefined || usage === undefined) return []
      const line = { stage, node: node.id, vendor, model: billedModel(node.options), usage }
      return [{ ...line, ...chargeOf(prices, vendor, line.model, usage) }]
    })
  return {
    assumptions,
    turns,
    told: minds.map(({ told }) => told),
    advisers: (plan.agents?.agents ?? []).flatMap(({ id, role }) =>
      role === 'adviser' ? [id] : [],
    ),
    uncached: costOf(lines('uncached')),
    cached: costOf(lines('cached')),
  }
}

/** Tokens that the caller and the bot say in one turn. */
function wordsOf(of: Assumptions, turns: number): Pick<Talk, 'callerTokens' | 'botTokens'> {
  const tokens = (share: number): number => charactersOf(of, share) / of.charactersPerToken / turns
  return { callerTokens: tokens(of.callerShare), botTokens: tokens(of.botShare) }
}

/** Characters that somebody says in the whole call who speaks for so much of it. */
const charactersOf = (of: Assumptions, share: number): number =>
  of.minutes * share * of.wordsPerMinute * of.charactersPerWord

/** A model that is asked in the call. */
interface AskedMind extends Mind {
  readonly told: Told
  /** In the background: it is asked of every turn, whoever has the floor. */
  readonly isBeside: boolean
}

/** What the models of a call use, by node. */
function askAll(
  minds: readonly AskedMind[],
  talk: Talk,
  isCached: boolean,
): ReadonlyMap<string, Usage> {
  const speaking = minds.filter(({ isBeside }) => !isBeside)
  const share = talk.turns / Math.max(1, speaking.length)
  const used = speaking.map((mind, index): [string, Usage] => {
    // The floor goes from one to the next, and each has it for as long.
    const [from, to] = [Math.round(index * share), Math.round((index + 1) * share)]
    return [mind.told.node, askThrough(mind, talk, { from, to, isCached })]
  })
  const beside = minds
    .filter(({ isBeside }) => isBeside)
    .map((mind): [string, Usage] => [
      mind.told.node,
      askThrough(mind, talk, { from: 0, to: talk.turns, isCached }),
    ])
  return new Map([...used, ...beside])
}

/** The models that are asked in every call, in the order in which they have the floor. */
function mindsOf(plan: Plan, prices: Prices, of: Assumptions): readonly AskedMind[] {
  const agents = plan.agents?.agents ?? []
  const first = agents.filter(({ id }) => id === plan.agents?.start)
  const order = [...first, ...agents.filter((agent) => !first.includes(agent))]
  const brains =
    plan.agents === undefined
      ? plan.nodes.flatMap((node) =>
          node.manifest.kind === 'brain' ? [{ node, agent: undefined }] : [],
        )
      : order.flatMap((agent) => {
          const node = plan.nodes.find(({ id }) => id === agent.brain)
          return node === undefined || agent.role === 'adviser' ? [] : [{ node, agent }]
        })
  return brains.map(({ node, agent }) => mindOf(node, agent, plan, prices, of))
}

function mindOf(
  node: PlanNode,
  agent: PlanAgent | undefined,
  plan: Plan,
  prices: Prices,
  { charactersPerToken }: Assumptions,
): AskedMind {
  const { options, manifest } = node
  const tokens = (text: string): number => Math.ceil(text.length / charactersPerToken)
  const { prompt } = options
  const tools = toolsetOf({ options, plan }, agent)
  const promptTokens = typeof prompt === 'string' ? tokens(prompt) : 0
  const toolTokens = tools.length === 0 ? 0 : tokens(JSON.stringify(tools))
  const window: ContextWindow | undefined = windowOf(options['window'])
  const { vendor = '' } = manifest
  const figure = (key: 'per_million_cache_read_tokens' | 'cache_from_tokens'): number | undefined =>
    priceOf(prices, vendor, billedModel(node.options), key)
  const canCache = figure('per_million_cache_read_tokens') !== undefined
  const cacheFrom = canCache ? (figure('cache_from_tokens') ?? 0) : undefined
  return {
    prefixTokens: promptTokens + toolTokens,
    windowTokens: window?.tokens ?? Infinity,
    keptTurns: Math.ceil((window?.keep ?? 0) / 2),
    cacheFrom,
    isBeside: agent?.role === 'background',
    told: { node: node.id, promptTokens, toolTokens, window: window?.tokens, cacheFrom },
  }
}

/** What a node that is no mind uses: of an agent's own nodes the share of that agent. */
function soundOf(
  { agent }: PlanNode,
  stage: CostStage,
  { agents }: Plan,
  of: Assumptions,
): Usage | undefined {
  const speaking = (agents?.agents ?? []).filter(({ role }) => role === 'floor').length
  const share = agent === undefined ? 1 : 1 / Math.max(1, speaking)
  if (stage === 'telephony') return { call_minutes: of.minutes }
  if (stage === 'stt') return { audio_seconds: of.minutes * 60 * share }
  if (stage === 'tts') return { characters: Math.round(charactersOf(of, of.botShare) * share) }
  return undefined
}
