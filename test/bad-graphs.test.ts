import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { renderDiagnostics } from '../src/errors/diagnostics.ts'
import { graphErrors, graphVariants } from '../src/errors/graph-errors.ts'
import { check, type CheckResult } from '../src/graph/check.ts'
import { createHost, type HostOptions } from '../src/graph/host.ts'
import { manifests } from './fixtures/manifests.ts'

const folder = new URL('./fixtures/bad/', import.meta.url).pathname

/** First line of a fixture: `# host: { "env": { … } }` says in what world it is checked. */
interface World extends HostOptions {
  readonly secrets?: Readonly<Record<string, string>>
  /** The file is made this long, in bytes, with a comment. */
  readonly size?: number
}

interface Fixture {
  /** `bad-name.reserved`: the code, and which of its wordings or causes. */
  readonly name: string
  readonly file: string
  readonly expected: string
}

const fixtures: readonly Fixture[] = readdirSync(folder).flatMap((entry): Fixture[] => {
  const path = join(folder, entry)
  if (entry.endsWith('.yaml')) {
    const name = basename(entry, '.yaml')
    return [{ name, file: path, expected: join(folder, `${name}.txt`) }]
  }
  const graph = join(path, 'graph.yaml')
  if (!statSync(path).isDirectory() || !readdirSync(path).includes('graph.yaml')) return []
  return [{ name: entry, file: graph, expected: join(path, 'expected.txt') }]
})

/** Written by `load`, never by `check`; `load.test.ts` has them. */
const codesOfLoading = ['builtin-failed']

const worldOf = (text: string): World => {
  const written = /^# host: (.*)\n/.exec(text)?.[1]
  return written === undefined ? {} : (JSON.parse(written) as World)
}

async function checkFixture(file: string): Promise<CheckResult> {
  const text = readFileSync(file, 'latin1')
  const { secrets, size, ...options } = worldOf(text)
  const secret = secrets && ((name: string) => Promise.resolve(secrets[name]))
  const grown = size === undefined ? undefined : mkdtempSync(join(tmpdir(), 'voxgraph-'))
  if (grown !== undefined && size !== undefined) {
    writeFileSync(join(grown, basename(file)), `${text}#`.padEnd(size, '.'))
  }
  const host = await createHost({
    cwd: grown ?? dirname(file),
    env: {},
    builtins: manifests,
    ...(secret && { secret }),
    ...options,
  })
  try {
    return await check(basename(file), host)
  } finally {
    if (grown !== undefined) rmSync(grown, { recursive: true })
  }
}

test.for(fixtures.map((fixture) => [fixture.name, fixture] as const))(
  'the mistake in %s is reported word for word',
  async ([name, { file, expected }]) => {
    const { diagnostics, plan } = await checkFixture(file)
    const printed = renderDiagnostics(diagnostics)
    if (process.env['UPDATE_FIXTURES'] === '1') writeFileSync(expected, printed)
    expect(printed).toBe(readFileSync(expected, 'utf8'))
    expect(diagnostics.map(({ code }) => code)).toContain(name.split('.')[0])
    const hasErrors = diagnostics.some(({ severity }) => severity === 'error')
    expect(plan === undefined).toBe(hasErrors)
    expect(printed).not.toContain('canary')
  },
)

test('a graph file that is not there is named, and the nearest one suggested', async () => {
  const host = await createHost({ cwd: folder, env: {}, builtins: manifests })
  const { diagnostics } = await check('looop.yaml', host)
  expect(renderDiagnostics(diagnostics)).toBe(
    'looop.yaml error file-missing\n' +
      '  Cannot read looop.yaml: there is no such file.\n' +
      '  help: did you mean loop.yaml?\n',
  )
})

test('every code has a fixture, and every fixture has a code', () => {
  const named = new Set(fixtures.map(({ name }) => name.split('.')[0]))
  const codes = Object.keys(graphErrors).filter((code) => !codesOfLoading.includes(code))
  expect([...named].sort()).toEqual(codes.sort())
})

test('every other wording of a code has a fixture of its own', () => {
  const names = new Set(fixtures.map(({ name }) => name.replace('.', '/')))
  const elsewhere = ['file-missing/graph', 'unknown-param/set']
  for (const variant of Object.keys(graphVariants)) {
    if (!elsewhere.includes(variant)) expect(names).toContain(variant)
  }
})
