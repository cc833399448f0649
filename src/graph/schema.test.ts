import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { limitsSchema } from './limits.ts'
import { nodeKeys, memberKeys, inputKeys } from './read-node.ts'
import { graphKeys } from './read-graph.ts'
import { profileKeys } from './read-profiles.ts'
import { agentKeys } from './read-agent.ts'
import { handoffKeys } from './read-handoff.ts'
import { memoryKeys } from './read-memory.ts'
import { toolKeys, transferKeys } from './read-tools.ts'
import { httpKeys, processKeys } from './read-servers.ts'
import { fillerSchema } from '../define/brain-options.ts'
import { budgetsSchema } from './budgets-schema.ts'
import { turnsSchema } from './turns-schema.ts'

interface Shape {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly oneOf?: readonly Shape[]
  readonly additionalProperties?: Shape
}

const schemaFile = new URL('../../schemas/graph.schema.json', import.meta.url)
const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as Shape & {
  readonly $defs: Readonly<Record<string, Shape>>
}
/** A schema as an editor understands it: lengths of time as they are written in a file. */
function forEditors(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(forEditors)
  if (typeof part !== 'object' || part === null) return part
  const {
    'x-duration': isDuration,
    'x-template': _,
    minimum,
    maximum,
    type,
    ...rest
  } = part as {
    readonly [key: string]: unknown
  }
  const kept = Object.entries(rest).map(([key, value]) => [key, forEditors(value)])
  const others = Object.fromEntries(kept) as Readonly<Record<string, unknown>>
  if (isDuration === true) return { $ref: '#/$defs/duration', ...others }
  return JSON.parse(JSON.stringify({ type, minimum, maximum, ...others })) as unknown
}

const isValid = new Ajv2020({ strict: false, allErrors: true }).compile(schema)

const keysOf = (shape: Shape | undefined): readonly string[] =>
  Object.keys(shape?.properties ?? shape?.oneOf?.find((one) => one.properties)?.properties ?? {})

test('editors complete the keys that the checker reads', () => {
  expect(keysOf(schema)).toEqual(graphKeys.keys)
  expect(keysOf(schema.$defs['graph'])).toEqual(graphKeys.keys.filter((key) => key !== 'extends'))
  expect(keysOf(schema.$defs['overlay'])).toEqual(profileKeys.keys)
  expect(keysOf(schema.$defs['changes'])).toEqual(profileKeys.keys)
  expect(keysOf(schema.$defs['node'])).toEqual(nodeKeys.keys)
  expect(keysOf(schema.$defs['fallback'])).toEqual(memberKeys.keys)
  expect(keysOf(schema.$defs['input'])).toEqual(inputKeys.keys)
  expect(keysOf(schema.$defs['tool'])).toEqual(toolKeys.keys)
  const { tools, mcp } = (schema.$defs['graph'] as Shape).properties as Readonly<
    Record<string, Shape>
  >
  expect(keysOf(tools?.properties?.['transfer_call'] as Shape)).toEqual(transferKeys.keys)
  expect(mcp?.additionalProperties?.oneOf?.map(keysOf)).toEqual([processKeys.keys, httpKeys.keys])
  expect(keysOf(schema.$defs['memory'])).toEqual(memoryKeys.keys)
  expect(keysOf(schema.$defs['agent'])).toEqual(agentKeys.keys)
  expect(keysOf(schema.$defs['handoff'])).toEqual(handoffKeys.keys)
})

test('editors know of turns, budgets and limits what the checker knows', () => {
  const turns = forEditors({ ...turnsSchema, description: 'Who has the floor.' })
  const budgets = forEditors({ ...budgetsSchema, description: 'How long answers may take.' })
  const limits = forEditors(limitsSchema.properties) as Readonly<Record<string, Shape>>
  if (process.env['UPDATE_FIXTURES'] !== undefined) {
    const updated = { ...schema, $defs: { ...schema.$defs, turns, budgets, ...limits } }
    writeFileSync(schemaFile, `${JSON.stringify(updated, null, 2)}\n`)
  }
  expect(schema.$defs['turns']).toEqual(turns)
  expect(schema.$defs['budgets']).toEqual(budgets)
  expect(schema.$defs).toMatchObject(limits)
})

const bad = new URL('../../test/fixtures/bad/', import.meta.url).pathname

test('what the checker refuses for its shape, an editor underlines', () => {
  const shape = [
    'unknown-key',
    'wrong-shape',
    'missing-key',
    'bad-name',
    'misplaced-option',
    'version',
  ]
  const files = readdirSync(bad).filter((name) => shape.some((code) => name === `${code}.yaml`))
  expect(files).toHaveLength(shape.length)
  for (const file of files) {
    expect(isValid(parse(readFileSync(`${bad}${file}`, 'utf8'))), file).toBe(false)
  }
})

test('a graph with agents has the right shape', () => {
  const file = new URL('../../test/fixtures/agents/three.yaml', import.meta.url)
  isValid(parse(readFileSync(file, 'utf8')))
  expect(isValid.errors).toBe(null)
})

test('what is laid over a graph has the right shape, and needs to be no graph by itself', () => {
  const phone = { phone: { with: { port: 8765 } }, rec: null }
  const over = { version: 1, extends: './bot.yaml', nodes: phone }
  expect(isValid({ ...over, profiles: { dev: { nodes: phone, budgets: null } } })).toBe(true)
  expect(isValid({ ...over, extends: 'https://example.com/bot.yaml' })).toBe(false)
  expect(isValid({ ...over, profiles: { dev: { extends: './other.yaml' } } })).toBe(false)
  expect(isValid({ version: 1, nodes: phone })).toBe(false)
})

test('what the checker only warns of has the right shape', () => {
  const files = [
    'unused-node',
    'unused-var',
    'silent-caller',
    'double-conversion',
    'no-exit',
    'same-when',
  ]
  for (const file of files) {
    isValid(parse(readFileSync(`${bad}${file}.yaml`, 'utf8')))
    expect(isValid.errors, file).toBe(null)
  }
})

test('editors know of fillers what the checker knows', () => {
  expect(schema.$defs['filler']).toEqual(withoutBounds(forEditors(fillerSchema)))
})

/** Lengths of time are written, so editors cannot compare them. */
function withoutBounds(part: unknown): unknown {
  return JSON.parse(
    JSON.stringify(part, (key, value: unknown) =>
      key === 'minimum' || key === 'maximum' ? undefined : value,
    ),
  ) as unknown
}
