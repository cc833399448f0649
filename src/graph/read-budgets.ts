import type { Manifest } from '../define/index.ts'
import { fullBudgetsSchema, stageNames } from './budgets-schema.ts'
import { checkName } from './names.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import type { BudgetSpan, Plan, PlanBudget } from './plan.ts'
import { readCostBudget } from './read-cost-budget.ts'
import { wrongShape } from './shape.ts'
import { didYouMean, meantOrAll, nearest, quote } from './suggest.ts'
import { entryOf, type Entry, type MapTree, type Span } from './tree.ts'

/** A budget as its schema lets it through. */
interface Written {
  readonly from?: string
  readonly to?: string
  readonly p50?: number
  readonly p95?: number
}

/** Nodes whose processor is known, by id; those that are not known are left out. */
type Nodes = ReadonlyMap<string, { readonly manifest: Manifest }>

const userEvents = ['user.started', 'user.stopped', 'user.final']

/** The entry `budgets`, checked against the nodes whose events it names. */
export function readBudgets(
  entry: Entry | undefined,
  nodes: Nodes,
  scope: OptionScope,
): Pick<Plan, 'budgets' | 'costBudget'> {
  const nothing = { budgets: [], costBudget: undefined }
  if (entry === undefined) return nothing
  const { value: tree } = entry
  const { report } = scope
  if (tree.kind !== 'map') {
    const hint = 'For example: budgets: { turn: 1200ms, llm: 500ms }'
    wrongShape(report, tree, 'budgets', 'a map from names to lengths of time', hint)
    return nothing
  }
  const full = inFull(tree)
  const before = report.diagnostics().length
  const { value } = readOptionMap(scope, 'budgets', fullBudgetsSchema, full)
  if (report.diagnostics().length > before) return nothing
  const costBudget = readCostBudget(entryOf(full, costKey), value[costKey], scope)
  const budgets = full.entries.flatMap((item): readonly PlanBudget[] => {
    if (item.key === costKey) return []
    checkName(report, item.key, item.keySpan)
    const budget = value[item.key] as Written
    const span = readSpan(item, budget, nodes, scope)
    if (span === undefined || !areLimitsSound(item, budget, scope)) return []
    return [{ name: item.key, ...span, p50Ms: budget.p50, p95Ms: budget.p95 }]
  })
  return { budgets, costBudget }
}

/** The one budget that is about money. */
const costKey = 'cost'

/** Budgets with nothing left short. */
function inFull(tree: MapTree): MapTree {
  const entries = tree.entries
    .filter(({ key }) => !key.startsWith('x-'))
    .map((entry): Entry => {
      const { value, keySpan } = entry
      if (value.kind !== 'scalar' || value.value === null) return entry
      const limit = { key: entry.key === costKey ? 'usd' : 'p95', keySpan, value }
      return { ...entry, value: { kind: 'map', span: value.span, entries: [limit] } }
    })
  return { ...tree, entries }
}

function readSpan(
  { key, keySpan, value }: Entry,
  budget: Written,
  nodes: Nodes,
  { report, spec }: OptionScope,
): BudgetSpan | undefined {
  const { from, to } = budget
  const owner = `budgets.${key}`
  if (from === undefined && to === undefined) {
    const stage = stageNames.find((name) => name === key)
    if (stage !== undefined) return { stage }
    const meant = nearest(key, stageNames)
    const hint = `${didYouMean(meant)}A budget without "from" and "to" is named after a stage: ${stageNames.join(', ')}.`
    report.add('missing-key', keySpan, { owner, key: 'from', hint }, meant)
    return undefined
  }
  if (from === undefined || to === undefined) {
    const missing = from === undefined ? 'from' : 'to'
    const hint = 'For example: { from: user.stopped, to: phone.first_audio, p95: 1200ms }'
    report.add('missing-key', keySpan, { owner, key: missing, hint })
    return undefined
  }
  const ofAgents = agentEvents(nodes, [...(spec.agents?.agents.keys() ?? [])])
  const ofNodes = [...nodes].flatMap(([id, node]) => eventsOf(id, node.manifest))
  const events = [...userEvents, ...ofAgents.keys(), ...ofNodes]
  const known = (end: 'from' | 'to', event: string): boolean => {
    const [node = ''] = event.split('.')
    // Of a node whose processor is not known nothing is known.
    if (events.includes(event) || (spec.nodes.has(node) && !nodes.has(node))) return true
    const meant = nearest(event, events)
    const suggestion = meantOrAll(meant, 'Events here', events)
    const option = `${owner}.${end}`
    const shape = { option, expected: 'an event of the call', shown: quote(event), suggestion }
    report.add('bad-value', spanOf(value, end, keySpan), shape, meant)
    return false
  }
  const areKnown = [known('from', from), known('to', to)]
  if (areKnown.includes(false)) return undefined
  return { from: ofAgents.get(from) ?? from, to: ofAgents.get(to) ?? to }
}

function areLimitsSound(
  { key, keySpan, value }: Entry,
  { p50, p95 }: Written,
  { report }: OptionScope,
): boolean {
  if (p50 === undefined && p95 === undefined) {
    const hint = 'Say how long it may take, for example p95: 900ms'
    report.add('missing-key', keySpan, { owner: `budgets.${key}`, key: 'p95', hint })
    return false
  }
  if (p50 === undefined || p95 === undefined || p50 <= p95) return true
  const expected = `at most its p95, ${p95}ms`
  const shape = { option: `budgets.${key}.p50`, expected, shown: quote(`${p50}ms`), suggestion: '' }
  report.add('bad-value', spanOf(value, 'p50', keySpan), shape)
  return false
}

function spanOf(tree: Entry['value'], key: string, fallback: Span): Span {
  const entry = tree.kind === 'map' ? entryOf(tree, key) : undefined
  return entry?.value.span ?? fallback
}

/** What happens at an agent, as what happens at its nodes: its text is its mind's, its sound its voice's. */
function agentEvents(nodes: Nodes, agents: readonly string[]): ReadonlyMap<string, string> {
  const events = new Map<string, string>()
  for (const agent of agents) {
    for (const [id, { manifest }] of nodes) {
      if (!id.startsWith(`${agent}/`)) continue
      if (manifest.role === 'brain') events.set(`${agent}.first_text`, `${id}.first_text`)
      if (manifest.role !== 'tts') continue
      for (const what of ['first_audio', 'done']) events.set(`${agent}.${what}`, `${id}.${what}`)
    }
  }
  return events
}

/** What happens at a node in every answer that goes through it. */
function eventsOf(id: string, { kind, role, ports }: Manifest): readonly string[] {
  const given = Object.values(ports.out).map(({ type }) => type)
  if (kind === 'transport') return [`${id}.first_audio`, `${id}.done`]
  const text = given.includes('text') || role === 'brain' ? [`${id}.first_text`] : []
  const sound = given.includes('audio') ? [`${id}.first_audio`] : []
  const events = [...text, ...sound]
  return events.length === 0 ? [] : [...events, `${id}.done`]
}
