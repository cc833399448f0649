import type { AgentSpec, AgentsSpec, ConsultSpec } from './agents-spec.ts'
import type { OptionScope } from './options.ts'
import { readOptionMap } from './options.ts'
import type { PlanAgent, PlanAgents, PlanConsult, PlanEnter } from './plan-agents.ts'
import { resolveHandoff } from './resolve-handoff.ts'
import { consultTool } from './names.ts'
import { isEmpty, type Entry, type MapTree } from './tree.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { wrongShape } from './shape.ts'

/** How long an adviser may take, in ms; as long as any tool. */
const consultTimeoutMs = 10_000

/** What the agents of a file become in the plan; undefined when one of them has no brain. */
export function resolveAgents(
  { agents, start }: AgentsSpec,
  brains: ReadonlyMap<string, string>,
  scope: OptionScope,
): PlanAgents | undefined {
  const consults = new Map(
    [...agents.values()].map((agent) => [agent.id, readConsult(agent, scope)]),
  )
  const resolved = [...agents.values()].map((agent): PlanAgent | undefined => {
    const { id, role } = agent
    const brain = brains.get(id)
    const handoffs = agent.handoffs.map((handoff) => resolveHandoff(id, handoff, scope))
    const enter = readEnter(agent, id === start, scope)
    const asked = agent.consults.flatMap((one) => consultOf(one, consults))
    return brain === undefined ? undefined : { id, role, brain, enter, handoffs, consults: asked }
  })
  const whole = resolved.filter((agent) => agent !== undefined)
  if (start === undefined || whole.length < resolved.length) return undefined
  return { start, agents: whole }
}

type Consulted = Pick<PlanConsult, 'when' | 'timeoutMs'>

function consultOf(
  { agent }: ConsultSpec,
  consults: ReadonlyMap<string, Consulted>,
): readonly PlanConsult[] {
  const how = consults.get(agent)
  return how === undefined ? [] : [{ agent, tool: consultTool(agent), ...how }]
}

const consultSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['when'],
  properties: {
    when: { type: 'string' },
    timeout: { type: 'string', 'x-duration': true, minimum: 1, default: '10s' },
  },
}

/** How others see an agent that they may ask. */
function readConsult({ id, consult }: AgentSpec, scope: OptionScope): Consulted {
  const usual: Consulted = { when: `Asks ${id}.`, timeoutMs: consultTimeoutMs }
  if (consult === undefined) return usual
  const what = `agents.${id}.consult`
  const { value } = readMap(consult, 'when', consultSchema, what, scope)
  const { when = usual.when, timeout = usual.timeoutMs } = value
  return { when: String(when), timeoutMs: Number(timeout) }
}

const enterSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['say'],
  properties: { say: { type: 'string', minLength: 1, 'x-template': true } },
}
const instructSchema: JsonSchema = {
  type: 'object',
  properties: { enter: { type: 'string', minLength: 1, 'x-template': true } },
}

function readEnter(
  { id, role, enter }: AgentSpec,
  isStart: boolean,
  scope: OptionScope,
): PlanEnter {
  const usual: PlanEnter = { kind: isStart || role !== 'floor' ? 'wait' : 'reply' }
  if (enter === undefined) return usual
  const { value } = enter
  const what = `agents.${id}.enter`
  if (value.kind === 'scalar' && value.value === false) return { kind: 'wait' }
  if (
    value.kind === 'list' ||
    isEmpty(value) ||
    (value.kind === 'scalar' && value.value === true)
  ) {
    const expected = 'an instruction, { say: ... } or false'
    wrongShape(scope.report, value, what, expected, 'For example: enter: { say: How can I help? }')
    return usual
  }
  if (value.kind === 'map') {
    const read = readOptionMap(scope, what, enterSchema, value)
    return { kind: 'say', text: String(read.value['say'] ?? '') }
  }
  const map: MapTree = { kind: 'map', span: value.span, entries: [enter] }
  const read = readOptionMap(scope, `agents.${id}`, instructSchema, map)
  return { kind: 'instruct', text: String(read.value['enter'] ?? '') }
}

/** A map, or a text that is short for one of its keys. */
function readMap(
  entry: Entry,
  short: string,
  schema: JsonSchema,
  what: string,
  scope: OptionScope,
): { readonly value: Readonly<Record<string, unknown>> } {
  const { value: tree } = entry
  if (tree.kind === 'map') return readOptionMap(scope, what, schema, tree)
  const only: Entry = { ...entry, key: short }
  return readOptionMap(scope, what, schema, { kind: 'map', span: tree.span, entries: [only] })
}
