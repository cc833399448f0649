import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { renderDiagnostics } from '../src/errors/diagnostics.ts'
import { loadTest } from '../src/testing/scenario/load-test.ts'
import { testErrors } from '../src/testing/scenario/test-errors.ts'

const folder = new URL('./fixtures/bad-tests/', import.meta.url).pathname
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'))

test.for(names)('the mistake in the test %s is reported word for word', async (name) => {
  const { diagnostics, scenario } = await loadTest(`${name}.yaml`, { cwd: folder, env: {} })
  const printed = renderDiagnostics(diagnostics)
  const expected = join(folder, `${name}.txt`)
  if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(expected, printed)
  expect(printed).toBe(readFileSync(expected, 'utf8'))
  expect(diagnostics.map(({ code }) => code)).toContain(name)
  expect(scenario).toBeUndefined()
})

test('every code of a test file has a fixture', () => {
  const own = names.filter((name) => name.startsWith('test-'))
  expect(own.sort()).toEqual(Object.keys(testErrors).sort())
})
