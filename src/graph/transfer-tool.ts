import type { ToolManifest } from '../define/index.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import type { PlanDestination } from './plan.ts'
import { destinationWish as wanted, isDestination } from './resolve-handoff.ts'
import type { ToolSpec } from './spec.ts'
import { entryOf, type MapTree, type Tree } from './tree.ts'

const text = { type: 'string', minLength: 1, 'x-template': true } as const
const warm = {
  type: 'object',
  additionalProperties: false,
  required: ['to'],
  properties: { to: text, brief: text, say: text },
} as const

/** `to` of `transfer_call`: names and where they lead, or destinations that name themselves. */
const transferSchema: JsonSchema = {
  type: 'object',
  properties: {
    to: {
      anyOf: [
        { type: 'object', additionalProperties: { anyOf: [text, warm] } },
        { type: 'array', maxItems: 50, items: text },
      ],
    },
  },
}

/** Whom a call may be given to, by the name that the model uses; undefined, and reported, when nobody. */
export function readDestinations(
  { id, key, keys }: ToolSpec,
  scope: OptionScope,
): Readonly<Record<string, PlanDestination>> | undefined {
  const entry = keys.get('to')
  if (entry === undefined) return undefined
  const map: MapTree = { kind: 'map', span: key, entries: [entry] }
  const { value } = readOptionMap(scope, `tools.${id}`, transferSchema, map)
  const to = value['to'] as Readonly<Record<string, unknown>> | readonly unknown[] | null
  if (typeof to !== 'object' || to === null) return undefined
  const pairs = Array.isArray(to)
    ? to.map((one: unknown, index) => [String(one), destinationOf(one), index] as const)
    : Object.entries(to).map(([name, one]) => [name, destinationOf(one), name] as const)
  const { value: tree } = entry
  for (const [, { to: where }, place] of pairs) {
    if (where === '' || isDestination.test(where)) continue
    const one = tree.kind === 'list' ? tree.items[Number(place)] : entryIn(tree, String(place))
    const span = (one?.kind === 'map' ? entryIn(one, 'to') : one)?.span
    const params = { option: `tools.${id}.to`, expected: wanted, shown: `"${where}"` }
    scope.report.add('bad-value', span ?? tree.span, { ...params, suggestion: '' })
  }
  if (pairs.length > 0) return Object.fromEntries(pairs.map(([name, one]) => [name, one]))
  const params = { option: `tools.${id}.to`, expected: 'one destination or more', shown: 'this' }
  scope.report.add('bad-value', tree.span, { ...params, suggestion: '' })
  return undefined
}

const entryIn = (tree: Tree, key: string): Tree | undefined =>
  tree.kind === 'map' ? entryOf(tree, key)?.value : undefined

function destinationOf(written: unknown): PlanDestination {
  if (typeof written !== 'object' || written === null) {
    return { to: String(written), brief: undefined, say: undefined }
  }
  const { to, brief, say } = written as Readonly<Record<string, string | undefined>>
  return { to: to ?? '', brief, say }
}

/** What the model sees of it: names to choose from, never a number that it could change. */
export const transferTool = (
  destinations: Readonly<Record<string, PlanDestination>>,
  description = usualDescription(destinations),
): ToolManifest => ({
  kind: 'tool',
  description,
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['destination'],
    properties: {
      destination: {
        type: 'string',
        enum: Object.keys(destinations),
        description: 'Who is to get the call.',
      },
    },
  },
})

function usualDescription(destinations: Readonly<Record<string, PlanDestination>>): string {
  const all = Object.entries(destinations)
  const warm = all.filter(([, { brief }]) => brief !== undefined).map(([name]) => name)
  const cold =
    'Gives the call to somebody else, when what you are saying has been heard. Say first that you will.'
  if (warm.length === 0) return cold
  const whom = warm.length === all.length ? 'Whoever is to get it' : warm.join(', ')
  const first = `${whom}: rung first and told what it is about; you go on with the caller meanwhile. Say that you are trying.`
  return warm.length === all.length
    ? `Gives the call to somebody else. ${first}`
    : `${cold} ${first}`
}
