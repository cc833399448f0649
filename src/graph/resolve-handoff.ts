import type { JsonSchema } from '../schema/json-schema.ts'
import type { HandoffSpec } from './agents-spec.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import type { Carry, HandoffTarget, PlanHandoff } from './plan-agents.ts'
import { checkVar, readSet } from './read-set.ts'
import { readPass } from './read-pass.ts'
import { expectMap } from './shape.ts'
import type { VarSpec } from './spec.ts'
import { meantOrAll, nearest } from './suggest.ts'
import { entryOf, type Entry, type MapTree } from './tree.ts'

/** Keys of a hand-off whose values are checked like options. */
const handoffSchema: JsonSchema = {
  type: 'object',
  properties: {
    when: { type: 'string', minLength: 1 },
    carry: {
      default: 'transcript',
      anyOf: [
        { enum: ['transcript', 'all', 'summary', 'none'] },
        {
          type: 'object',
          additionalProperties: false,
          required: ['last'],
          properties: { last: { type: 'integer', minimum: 1, maximum: 1000 } },
        },
      ],
    },
    say: { type: 'string', minLength: 1, 'x-template': true },
    max: { type: 'integer', minimum: 1, maximum: 1000, default: 5 },
    timeout: { type: 'string', 'x-duration': true, minimum: 1 },
    transfer: { type: 'string', 'x-template': true },
    brief: { type: 'string', minLength: 1, 'x-template': true },
  },
}

/** How long whoever gets the call may take, in ms: a model begins soon, a telephone has to ring. */
const usualTimeoutMs = { agent: 3_000, transfer: 30_000 } as const

/** A phone number, a SIP address, a queue, or a text with a variable in it. */
export const isDestination = /^(\+[0-9]{3,15}|sips?:[^\s@]+@\S+|queue:.+|.*\{\{.+\}\}.*)$/
/** The same in words. */
export const destinationWish = 'a phone number such as +442071838750, sip:name@host, or queue:name'

/** One hand-off as the plan has it. */
export function resolveHandoff(agent: string, spec: HandoffSpec, scope: OptionScope): PlanHandoff {
  const { name, tool, keys } = spec
  const where = `agents.${agent}.handoffs.${name}`
  const { properties = {} } = handoffSchema
  const entries = [...keys.values()].filter(({ key }) => Object.hasOwn(properties, key))
  const map: MapTree = { kind: 'map', span: spec.key, entries }
  const { value } = readOptionMap(scope, where, handoffSchema, map)
  const pass = readPass(scope.report, keys.get('pass'), `${where}.pass`, scope)
  const set = readSet(scope.report, keys.get('set'), `${where}.set`, scope.spec.vars)
  mention(keys.get('set'), scope)
  mention(keys.get('if'), scope)
  const isTold = keys.has('pass') && keys.get('pass')?.value.kind !== 'map'
  if (!isTold) checkSet(set, pass, keys.get('set'), where, scope)
  return {
    name,
    tool,
    target: targetOf(spec, agent, value, scope),
    when: String(value['when'] ?? ''),
    carry: (value['carry'] ?? 'transcript') as Carry,
    pass,
    say: value['say'] === undefined ? undefined : String(value['say']),
    onlyIf: readConditions(keys.get('if'), `${where}.if`, scope),
    set,
    max: Number(value['max'] ?? 5),
    timeoutMs: keys.has('timeout')
      ? Number(value['timeout'])
      : spec.kind === 'transfer'
        ? usualTimeoutMs.transfer
        : usualTimeoutMs.agent,
  }
}

function targetOf(
  { kind, name, keys }: HandoffSpec,
  agent: string,
  value: Readonly<Record<string, unknown>>,
  scope: OptionScope,
): HandoffTarget {
  const told = keys.get('brief')
  if (told !== undefined && kind !== 'transfer') {
    scope.report.add('bad-handoff/brief', told.keySpan, { agent, name })
  }
  if (kind === 'agent') return { kind, agent: name }
  if (kind !== 'transfer') return { kind }
  const destination = String(value['transfer'] ?? '')
  const brief = value['brief'] === undefined ? undefined : String(value['brief'])
  const tree = keys.get('transfer')?.value
  if (destination !== '' && !isDestination.test(destination)) {
    const expected = destinationWish
    const shown = `"${destination}"`
    scope.report.add('bad-value', tree?.span, {
      option: 'transfer',
      expected,
      shown,
      suggestion: '',
    })
  }
  return { kind, destination, brief }
}

/** Variables that are named here are used; so is the one that was meant by a misspelt name. */
function mention(entry: Entry | undefined, { spec, usedVars }: OptionScope): void {
  if (entry?.value.kind !== 'map') return
  for (const { key } of entry.value.entries) {
    const [first = key] = key.split('.')
    const meant = spec.vars.has(first) ? first : nearest(first, spec.vars.keys())
    if (meant !== undefined) usedVars.add(meant)
  }
}

/** Variables can only be set from what is passed, and from what fits them. */
function checkSet(
  set: Readonly<Record<string, string>>,
  pass: JsonSchema,
  entry: Entry | undefined,
  where: string,
  { report, spec }: OptionScope,
): void {
  const tree = entry?.value
  if (tree?.kind !== 'map') return
  for (const [variable, path] of Object.entries(set)) {
    const span = entryOf(tree, variable)?.value.span
    const [first = path, ...rest] = path.split('.')
    const names = Object.keys(pass.properties ?? {})
    const given = Object.hasOwn(pass.properties ?? {}, first) ? pass.properties?.[first] : undefined
    if (path === '.') continue
    if (given === undefined) {
      const meant = nearest(first, names)
      const suggestion = meantOrAll(meant, 'It passes', names)
      report.add('bad-set', span, { where, variable, name: first, suggestion }, meant)
      continue
    }
    const wanted = spec.vars.get(variable)
    if (wanted === undefined || rest.length > 0 || suits(wanted, given)) continue
    const params = { where, variable, name: first, given: String(given.type), type: wanted.type }
    report.add('bad-set/type', span, params)
  }
}

function suits({ type }: VarSpec, { type: given }: JsonSchema): boolean {
  if (given === undefined || typeof given !== 'string' || given === type) return true
  const isNumber = given === 'integer' || given === 'number'
  return isNumber && (type === 'number' || type === 'duration')
}

/** `if`: variables, and the values that they must have. */
function readConditions(
  entry: Entry | undefined,
  what: string,
  scope: OptionScope,
): Readonly<Record<string, unknown>> {
  if (entry === undefined) return {}
  const hint = 'For example: if: { customer.tier: gold }'
  const map = expectMap(scope.report, entry.value, what, 'a map from variables to values', hint)
  const conditions: [string, unknown][] = []
  for (const item of map?.entries ?? []) {
    const { key, keySpan } = item
    if (key.startsWith('x-')) continue
    if (!checkVar(scope.report, key, keySpan, what, scope.spec.vars)) continue
    const [first = key, ...rest] = key.split('.')
    const variable = scope.spec.vars.get(first)
    if (variable === undefined) continue
    if (rest.length > 0 && variable.type !== 'object') {
      const params = { where: what, path: key, variable: first, type: variable.type }
      scope.report.add('bad-set/path', keySpan, params)
      continue
    }
    const schema = rest.length > 0 ? {} : variable.schema
    const holder: JsonSchema = { type: 'object', properties: { [key]: schema } }
    const only: MapTree = { kind: 'map', span: keySpan, entries: [item] }
    conditions.push([key, readOptionMap(scope, what, holder, only).value[key]])
  }
  return Object.fromEntries(conditions)
}
