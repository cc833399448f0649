import type { AgentSpec, AgentsSpec } from './agents-spec.ts'
import { checkName } from './names.ts'
import type { Override } from './override.ts'
import type { PlanAgent } from './plan-agents.ts'
import {
  agentDefaultKeys,
  outlineAgent,
  readAgent,
  type AgentScope,
  type Outline,
} from './read-agent.ts'
import type { Report } from './report.ts'
import { expectMap, plainText, readKeys, shapeDepends, wrongShape, type KeySet } from './shape.ts'
import { didYouMean, listNames, nearest } from './suggest.ts'
import type { Entry, MapTree, Span } from './tree.ts'

/** Keys of `defaults`. */
export const defaultsKeys: KeySet = {
  owner: 'defaults',
  keys: ['agent'],
  later: {
    node: 'Write the options at each node.',
    input: 'Write the policy at each input.',
    handoff: 'Write the keys at each hand-off.',
    tool: 'Write the keys at each tool.',
  },
}

/** Reads `agents`, `start` and `defaults`; undefined in a graph without agents. */
export function readAgents(
  report: Report,
  keys: ReadonlyMap<string, Entry>,
  overrides: Readonly<Record<string, Override>>,
): AgentsSpec | undefined {
  const entry = keys.get('agents')
  const defaults = readDefaults(report, keys.get('defaults'))
  const start = keys.get('start')
  if (entry === undefined) {
    const hint = 'Add: agents: { triage: { prompt: You find out what the caller needs. } }'
    const params = { owner: 'A graph with "start"', key: 'agents', hint }
    if (start !== undefined) report.add('missing-key', start.keySpan, params)
    return undefined
  }
  const hint = 'For example: agents: { triage: { prompt: You find out what the caller needs. } }'
  const map = expectMap(report, entry.value, 'agents', 'a map from names to agents', hint)
  if (map === undefined) return undefined
  const outlines = new Map<string, Outline>()
  for (const item of map.entries) {
    if (item.key.startsWith('x-')) continue
    checkName(report, item.key, item.keySpan, true)
    const outline = outlineAgent(report, item)
    if (outline !== undefined) outlines.set(item.key, outline)
  }
  if (map.entries.length === 0)
    wrongShape(report, map, 'agents', 'a map with at least one agent', hint)
  const known = new Set(map.entries.map(({ key }) => key))
  checkTargets(report, outlines, known)
  const answers = readStart(report, start, entry.keySpan, outlines, known)
  const scope: AgentScope = { report, defaults, overrides }
  const agents = new Map<string, AgentSpec>()
  for (const [id, outline] of outlines) {
    agents.set(
      id,
      readAgent(scope, outline, roleOf(outline, outlines, answers ?? firstOf(outlines))),
    )
  }
  return { key: entry.keySpan, agents, start: answers }
}

function readDefaults(report: Report, entry: Entry | undefined): ReadonlyMap<string, Entry> {
  if (entry === undefined) return new Map()
  const hint = 'For example: defaults: { agent: { llm: script-llm, tts: flite-tts } }'
  const map = expectMap(report, entry.value, 'defaults', 'a map', hint)
  const agent = map && withMeant(readKeys(report, map, defaultsKeys), map, ['agent']).get('agent')
  const usual = agent && expectMap(report, agent.value, 'defaults.agent', 'a map', hint)
  if (usual === undefined) return new Map()
  return withMeant(readKeys(report, usual, agentDefaultKeys), usual, agentDefaultKeys.keys)
}

/** A misspelt key has been told of; it counts as what was meant, so that no agent misses it. */
function withMeant(
  read: ReadonlyMap<string, Entry>,
  map: MapTree,
  names: readonly string[],
): ReadonlyMap<string, Entry> {
  const keys = new Map(read)
  for (const entry of map.entries) {
    const meant = keys.has(entry.key) ? undefined : nearest(entry.key, names)
    if (meant !== undefined && !keys.has(meant)) keys.set(meant, { ...entry, key: meant })
  }
  return keys
}

/** An agent that only others ask never speaks; so does one in the background. */
function roleOf(
  { id, background }: Outline,
  outlines: ReadonlyMap<string, Outline>,
  start: string | undefined,
): PlanAgent['role'] {
  if (background) return 'background'
  const others = [...outlines.values()]
  const isTarget = others.some(({ handoffs }) =>
    handoffs.some(({ kind, name }) => kind === 'agent' && name === id),
  )
  const isAsked = others.some(({ consults }) => consults.some(({ agent }) => agent === id))
  return isAsked && !isTarget && id !== start ? 'adviser' : 'floor'
}

const firstOf = (outlines: ReadonlyMap<string, Outline>): string | undefined =>
  [...outlines.values()].find(({ background }) => !background)?.id

function readStart(
  report: Report,
  entry: Entry | undefined,
  agentsKey: Span,
  outlines: ReadonlyMap<string, Outline>,
  known: ReadonlySet<string>,
): string | undefined {
  const first = firstOf(outlines)
  if (entry === undefined) {
    const speaking = [...outlines.values()].filter(({ background }) => !background)
    if (speaking.length === 1) return first
    if (first === undefined) {
      if (outlines.size > 0) report.add('start-missing/none', agentsKey)
    } else {
      report.add('start-missing', agentsKey, { count: speaking.length, first })
    }
    return undefined
  }
  const { value } = entry
  const start = plainText(value)
  if (start === undefined) {
    wrongShape(report, value, 'start', 'the name of an agent')
    return undefined
  }
  if (shapeDepends(report, value, 'start')) return undefined
  if (!known.has(start)) {
    const meant = nearest(start, known)
    const params = { name: start, suggestion: didYouMean(meant), agents: listNames(known) }
    report.add('unknown-agent/start', value.span, params, meant)
    return undefined
  }
  if (outlines.get(start)?.background === true) {
    report.add('bad-handoff/start', value.span, { name: start })
    return undefined
  }
  return start
}

/** Every agent that another names must be there, and be one that can take the call or a question. */
function checkTargets(
  report: Report,
  outlines: ReadonlyMap<string, Outline>,
  known: ReadonlySet<string>,
): void {
  const agents = listNames(known)
  for (const { id, handoffs, consults } of outlines.values()) {
    const asked = consults.map(({ agent, span }) => ({ name: agent, span, consulted: true }))
    const named = handoffs.flatMap(({ kind, name, key }) =>
      kind === 'agent' ? [{ name, span: key, consulted: false }] : [],
    )
    for (const { name, span, consulted } of [...named, ...asked]) {
      const does = consulted ? 'consult' : 'hand off to'
      // An agent whose name is refused for its capitals is meant, and has been told of.
      const isTold = [...known].some((one) => one !== name && one.toLowerCase() === name)
      if (!known.has(name)) {
        if (isTold) continue
        const meant = nearest(name, known)
        const params = { agent: id, name, suggestion: didYouMean(meant), agents }
        const fix = consulted && meant !== undefined ? `agents.${meant}` : meant
        report.add(consulted ? 'unknown-agent/consult' : 'unknown-agent', span, params, fix)
      } else if (name === id) {
        report.add('bad-handoff/self', span, { agent: id, does })
      } else if (outlines.get(name)?.background === true) {
        report.add('bad-handoff', span, { agent: id, does, name })
      }
    }
  }
}
