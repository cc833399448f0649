import type { AgentSpec, ConsultSpec, HandoffSpec } from './agents-spec.ts'
import type { PlanAgent } from './plan-agents.ts'
import { brainKeys } from './names.ts'
import { readFlow } from './read-flow.ts'
import { readHandoffs } from './read-handoff.ts'
import { readNode } from './read-node.ts'
import type { Override } from './override.ts'
import { readNodes } from './read-nodes.ts'
import type { Report } from './report.ts'
import {
  expectMap,
  expectText,
  plainText,
  readKeys,
  shapeDepends,
  wrongShape,
  type KeySet,
} from './shape.ts'
import type { ChainSpec, NodeSpec } from './spec.ts'
import { nearest } from './suggest.ts'
import { entryOf, type Entry, type ListTree, type MapTree, type ScalarTree } from './tree.ts'

/** Keys of an agent. */
export const agentKeys: KeySet = {
  owner: 'an agent',
  keys: [
    'prompt',
    'llm',
    'guard',
    'tts',
    'nodes',
    'flow',
    'use',
    'with',
    'brain',
    'tools',
    'filler',
    'enter',
    'interruptible',
    'handoffs',
    'background',
    'consult',
  ],
  later: {
    max_turns: 'Bound the call with turns.max_call.',
  },
}

/** Nodes of the usual chain, in its order; a guard is only there where somebody asks for it. */
const members = ['llm', 'guard', 'tts'] as const

/** Keys of `defaults.agent`. */
export const agentDefaultKeys: KeySet = {
  owner: 'defaults.agent',
  keys: ['llm', 'guard', 'tts'],
  later: {},
}

/** What an agent says of itself, before it is known whether it ever speaks. */
export interface Outline {
  readonly id: string
  readonly key: Entry['keySpan']
  readonly keys: ReadonlyMap<string, Entry>
  readonly background: boolean
  readonly handoffs: readonly HandoffSpec[]
  readonly consults: readonly ConsultSpec[]
  /** Undefined when there is none but agents. */
  readonly tools: Entry | undefined
}

/** What all agents share. */
export interface AgentScope {
  readonly report: Report
  readonly defaults: ReadonlyMap<string, Entry>
  readonly overrides: Readonly<Record<string, Override>>
}

/** The first look at an agent: to whom it hands off, whom it consults. */
export function outlineAgent(report: Report, entry: Entry): Outline | undefined {
  const { key: id, keySpan: key, value } = entry
  const hint = `For example: ${id}: { prompt: You answer questions about invoices. }`
  const map = expectMap(report, value, `agents.${id}`, 'a map with "prompt"', hint)
  if (map === undefined) return undefined
  const keys = readKeys(report, map, agentKeys)
  if (!keys.has('prompt')) {
    const misspelt = map.entries.some((one) => nearest(one.key, agentKeys.keys) === 'prompt')
    const params = { owner: `agents.${id}`, key: 'prompt', hint: 'Say what it is to be and to do.' }
    if (!misspelt) report.add('missing-key', key, params)
  }
  const tools = keys.get('tools')
  const split = tools && splitTools(tools)
  return {
    id,
    key,
    keys,
    background: readBackground(report, keys.get('background')),
    handoffs: readHandoffs(report, id, keys.get('handoffs')),
    consults: split?.consults ?? [],
    tools: split?.tools ?? tools,
  }
}

function readBackground(report: Report, entry: Entry | undefined): boolean {
  if (entry === undefined) return false
  const { value } = entry
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
  wrongShape(report, value, 'background', 'true or false')
  return false
}

/** Agents among the tools are asked, the others are called. */
function splitTools(
  entry: Entry,
): { readonly consults: ConsultSpec[]; readonly tools: Entry } | undefined {
  const { value } = entry
  if (value.kind !== 'list') return undefined
  const isAgent = /^agents\.(.*)$/
  const consults: ConsultSpec[] = []
  const items = value.items.filter((item) => {
    const agent = isAgent.exec(plainText(item) ?? '')?.[1]
    if (agent !== undefined) consults.push({ agent, span: item.span })
    return agent === undefined
  })
  const list: ListTree = { ...value, items }
  return { consults, tools: { ...entry, value: list } }
}

/** The whole of an agent: its nodes and its chains, as its role allows. */
export function readAgent(scope: AgentScope, outline: Outline, role: PlanAgent['role']): AgentSpec {
  const { report } = scope
  const { id, key, keys, consults } = outline
  const options = brainKeys.flatMap((name) => {
    const entry = name === 'tools' ? outline.tools : keys.get(name)
    return entry === undefined ? [] : [entry]
  })
  const enter = keys.get('enter')
  const consult = keys.get('consult')
  const brain = keys.get('brain')
  const body = role === 'floor' ? bodyOf(scope, outline) : quietBody(scope, outline, role)
  return {
    id,
    key,
    role,
    ...body,
    brain: brain && readName(report, brain),
    options,
    consults,
    enter: role === 'floor' ? enter : undefined,
    consult,
    handoffs: role === 'floor' ? outline.handoffs : [],
  }
}

type Body = Pick<AgentSpec, 'nodes' | 'chains' | 'part' | 'torn'>

/** Keys that make no sense at an agent that nobody hears. */
const loudKeys = ['guard', 'tts', 'nodes', 'flow', 'use', 'with', 'brain', 'enter', 'handoffs']

function quietBody(scope: AgentScope, { id, key, keys }: Outline, role: string): Body {
  const why =
    role === 'background'
      ? 'it works in the background and never speaks'
      : 'it only advises others and never speaks'
  const odd = role === 'background' ? [...loudKeys, 'consult'] : loudKeys
  for (const name of odd) {
    const span = keys.get(name)?.keySpan
    if (span !== undefined) scope.report.add('silent-agent', span, { agent: id, key: name, why })
  }
  const llm = memberOf(scope, id, 'llm', keys)
  if (llm === undefined) reportNoMember(scope.report, id, key, 'llm')
  return {
    nodes: llm ? new Map([['llm', llm]]) : new Map(),
    chains: [],
    part: undefined,
    torn: false,
  }
}

function bodyOf(scope: AgentScope, outline: Outline): Body {
  const { report, overrides } = scope
  const { id, key, keys } = outline
  const use = keys.get('use')
  if (use !== undefined) return partBody(scope, outline, use)
  const options = keys.get('with')
  if (options !== undefined) {
    const hint = 'Options of a processor go to its node: llm: { with: { ... } }'
    report.add('missing-key', options.keySpan, {
      owner: `agents.${id} with "with"`,
      key: 'use',
      hint,
    })
  }
  const nodes = new Map(readNodes(report, keys.get('nodes'), `agents.${id}.nodes`, overrides, id))
  const flow = keys.get('flow')
  const { named, text } = stepsIn(flow)
  for (const name of members) {
    const own = keys.get(name)
    const twin = nodes.get(name)
    if (twin !== undefined && own !== undefined) {
      const line = report.source.nameLine(twin.key, own.keySpan)
      report.add('duplicate-key', own.keySpan, { key: name, where: `agents.${id}`, line })
    }
    if (twin !== undefined || (own === undefined && flow !== undefined && !named.has(name)))
      continue
    const node = memberOf(scope, id, name, keys)
    if (node !== undefined) nodes.set(name, node)
    else if (flow === undefined && name !== 'guard') reportNoMember(report, id, key, name)
  }
  if (flow === undefined) {
    const complete = nodes.has('llm') && nodes.has('tts')
    const chain = complete ? [usualChain(id, key, nodes)] : []
    return { nodes, chains: chain, part: undefined, torn: !complete }
  }
  if (!named.has('guard')) remarkUnguarded(scope, id, flow)
  const where = `agents.${id}.flow`
  const read = readFlow(report, flow, nodes, { where, edges: true, agents: 'inside' })
  const isWhole = !read.torn && checkEnds(report, id, flow, text)
  return { nodes, chains: read.chains, part: undefined, torn: !isWhole }
}

function partBody(scope: AgentScope, { id, key, keys }: Outline, use: Entry): Body {
  const { report } = scope
  remarkUnguarded(scope, id, use)
  for (const name of [...members, 'nodes', 'flow']) {
    const other = keys.get(name)
    if (other !== undefined) report.add('part-and', other.keySpan, { agent: id, key: name })
  }
  const options = keys.get('with')
  const entries = options === undefined ? [use] : [use, options]
  const value: MapTree = { kind: 'map', span: use.value.span, entries }
  const part = readNode(report, { key: id, keySpan: key, value }, 'agents')
  return { nodes: new Map(), chains: [], part, torn: part.use === undefined }
}

/** Names that a flow goes through, as far as they can be told before it is read. */
function stepsIn(flow: Entry | undefined): { named: ReadonlySet<string>; text: string } {
  const texts: string[] = []
  const collect = (tree: Entry['value']): void => {
    if (tree.kind === 'map') for (const { value } of tree.entries) collect(value)
    else if (tree.kind === 'list') for (const item of tree.items) collect(item)
    else texts.push(plainText(tree) ?? '')
  }
  if (flow !== undefined) collect(flow.value)
  const words = texts.join(' ').split(/\s+/)
  return { named: new Set(words.map((word) => word.split('.')[0] ?? word)), text: words.join(' ') }
}

/** What an agent hears comes from `in`, what it says goes to `out`. */
function checkEnds(report: Report, agent: string, flow: Entry, text: string): boolean {
  const hears = /(^| )in[. ]/.test(text)
  const speaks = / out($|[. ])/.test(text)
  if (!hears) report.add('open-flow/in', flow.keySpan, { agent })
  if (!speaks) report.add('open-flow', flow.keySpan, { agent })
  return hears && speaks
}

/** A chain of its own goes past what guards all the others. */
function remarkUnguarded({ report, defaults }: AgentScope, agent: string, at: Entry): void {
  if (defaults.has('guard')) report.add('unguarded-agent', at.keySpan, { agent })
}

function usualChain(
  agent: string,
  span: Entry['keySpan'],
  nodes: ReadonlyMap<string, NodeSpec>,
): ChainSpec {
  const name = `agents.${agent}.flow`
  const step = { port: undefined, span, feedback: false, chain: name, prefix: '' }
  const between = members.filter((member) => nodes.has(member))
  return { name, steps: ['in', ...between, 'out'].map((node) => ({ ...step, node })) }
}

/** A node of the usual chain of an agent, with what the defaults say. */
function memberOf(
  { report, defaults, overrides }: AgentScope,
  agent: string,
  name: (typeof members)[number],
  keys: ReadonlyMap<string, Entry>,
): NodeSpec | undefined {
  const entry = merged(defaults.get(name), keys.get(name))
  if (entry === undefined) return undefined
  const map: MapTree = { kind: 'map', span: entry.value.span, entries: [entry] }
  const holder: Entry = { key: 'nodes', keySpan: entry.keySpan, value: map }
  return readNodes(report, holder, `agents.${agent}`, overrides, agent).get(name)
}

/** Without a processor of its own a node is the default with other options. */
function merged(usual: Entry | undefined, own: Entry | undefined): Entry | undefined {
  if (usual === undefined || own === undefined) return own ?? usual
  const { value } = own
  if (value.kind !== 'map' || entryOf(value, 'use') !== undefined) return own
  const base: readonly Entry[] =
    usual.value.kind === 'map'
      ? usual.value.entries
      : [{ key: 'use', keySpan: usual.keySpan, value: usual.value }]
  return { ...own, value: { ...value, entries: mergeEntries(base, value.entries, true) } }
}

/** Keys of a node whose maps are merged; the others are replaced, lists of fallbacks too. */
const mergedKeys: readonly string[] = ['with', 'retry', 'breaker']

function mergeEntries(
  base: readonly Entry[],
  over: readonly Entry[],
  isNode: boolean,
): readonly Entry[] {
  const result = new Map(base.map((entry) => [entry.key, entry]))
  for (const entry of over) {
    const below = result.get(entry.key)
    const isMap = isNode && mergedKeys.includes(entry.key)
    if (isMap && below?.value.kind === 'map' && entry.value.kind === 'map') {
      const entries = mergeEntries(below.value.entries, entry.value.entries, false)
      result.set(entry.key, { ...entry, value: { ...entry.value, entries } })
    } else {
      result.set(entry.key, entry)
    }
  }
  return [...result.values()]
}

function reportNoMember(
  report: Report,
  agent: string,
  span: Entry['keySpan'],
  key: (typeof members)[number],
): void {
  const example = key === 'llm' ? 'llm: script-llm' : 'tts: flite-tts'
  const hint = `Add ${example}, here or for all agents under defaults.agent.`
  report.add('missing-key', span, { owner: `agents.${agent}`, key, hint })
}

function readName(report: Report, { value }: Entry): ScalarTree | undefined {
  if (expectText(report, value, 'brain') === undefined || value.kind !== 'scalar') return undefined
  return shapeDepends(report, value, 'brain') ? undefined : value
}
