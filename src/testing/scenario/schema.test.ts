import { readFileSync, readdirSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { expectKeys, neverKeys } from './read-expectation.ts'
import { handoffKeys } from './read-handoff.ts'
import { failKeys, stepKeys, userKeys } from './read-step.ts'
import { caseKeys, defaultKeys, testKeys } from './read-test.ts'

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly oneOf?: readonly Shape[]
}

const root = new URL('../../../', import.meta.url)
const schema = JSON.parse(
  readFileSync(new URL('schemas/test.schema.json', root), 'utf8'),
) as Shape & { readonly $defs: Readonly<Record<string, Shape>> }
const isValid = new Ajv2020({ strict: false, allErrors: true }).compile(schema)

const keysOf = (shape: Shape | undefined): readonly string[] =>
  Object.keys(shape?.properties ?? shape?.oneOf?.find((one) => one.properties)?.properties ?? {})

test('editors complete the keys that the reader reads', () => {
  expect(keysOf(schema)).toEqual(testKeys.keys)
  expect(keysOf(schema.properties?.['defaults'])).toEqual(defaultKeys.keys)
  expect(keysOf(schema.$defs['case'])).toEqual(caseKeys.keys)
  expect(keysOf(schema.$defs['step'])).toEqual(stepKeys.keys)
  expect(keysOf(schema.$defs['user'])).toEqual(userKeys.keys)
  expect(keysOf(schema.$defs['fail'])).toEqual(failKeys.keys)
  expect(keysOf(schema.$defs['handoff'])).toEqual(handoffKeys.keys)
  expect(keysOf(schema.$defs['expect'])).toEqual(expectKeys.keys)
  expect(keysOf(schema.$defs['never'])).toEqual(neverKeys.keys)
})

test('the scenarios of this package are valid in an editor', () => {
  const graphs = new URL('graphs/', root)
  const own = readdirSync(graphs).filter((name) => name.endsWith('.test.yaml'))
  expect(own.length).toBeGreaterThan(1)
  const files = [...own, '../test/fixtures/agents/three.test.yaml']
  for (const file of files) {
    const isFine = isValid(parse(readFileSync(new URL(file, graphs), 'utf8')))
    expect(isFine ? [] : isValid.errors, file).toEqual([])
  }
})
