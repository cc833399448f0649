import type { ToolManifest } from '../define/index.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import { isDestination } from './resolve-handoff.ts'
import type { ToolSpec } from './spec.ts'
import { entryOf, type MapTree } from './tree.ts'

const destination = { type: 'string', minLength: 1, 'x-template': true } as const

/** `to` of `transfer_call`: names and where they lead, or destinations that name themselves. */
const transferSchema: JsonSchema = {
  type: 'object',
  properties: {
    to: {
      anyOf: [
        { type: 'object', additionalProperties: destination },
        { type: 'array', maxItems: 50, items: destination },
      ],
    },
  },
}

/** Whom a call may be given to, by the name that the model uses; undefined, and reported, when nobody. */
export function readDestinations(
  { id, key, keys }: ToolSpec,
  scope: OptionScope,
): Readonly<Record<string, string>> | undefined {
  const entry = keys.get('to')
  if (entry === undefined) return undefined
  const map: MapTree = { kind: 'map', span: key, entries: [entry] }
  const { value } = readOptionMap(scope, `tools.${id}`, transferSchema, map)
  const to = value['to'] as Readonly<Record<string, unknown>> | readonly unknown[] | null
  if (typeof to !== 'object' || to === null) return undefined
  const pairs = Array.isArray(to)
    ? to.map((one: unknown, index) => [String(one), String(one), index] as const)
    : Object.entries(to).map(([name, one]) => [name, String(one), name] as const)
  const { value: tree } = entry
  for (const [, where, place] of pairs) {
    if (isDestination.test(where)) continue
    const span =
      tree.kind === 'list'
        ? tree.items[Number(place)]?.span
        : tree.kind === 'map'
          ? entryOf(tree, String(place))?.value.span
          : undefined
    const expected = 'a phone number such as +442071838750, or queue:name'
    const params = { option: `tools.${id}.to`, expected, shown: `"${where}"`, suggestion: '' }
    scope.report.add('bad-value', span ?? tree.span, params)
  }
  if (pairs.length > 0) return Object.fromEntries(pairs)
  const params = { option: `tools.${id}.to`, expected: 'one destination or more', shown: 'this' }
  scope.report.add('bad-value', tree.span, { ...params, suggestion: '' })
  return undefined
}

/** What the model sees of it: names to choose from, never a number that it could change. */
export const transferTool = (
  names: readonly string[],
  description = 'Gives the call to somebody else, when what you are saying has been heard. Say first that you will.',
): ToolManifest => ({
  kind: 'tool',
  description,
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['destination'],
    properties: {
      destination: { type: 'string', enum: names, description: 'Who is to get the call.' },
    },
  },
})
