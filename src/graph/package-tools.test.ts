import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifests } from '../../test/fixtures/manifests.ts'
import { check, type CheckResult } from './check.ts'
import { createHost } from './host.ts'
import { load } from './load.ts'

let folder: string
const tool = (name: string): string =>
  `{ kind: 'tool', description: '${name}', parameters: { type: 'object' }, effect: 'read', job: false, run: () => '${name}' }`

/** Puts a package where Node finds it for files below the folder. */
function install(name: string, manifest: object, files: Readonly<Record<string, string>>): void {
  const home = join(folder, 'node_modules', name)
  mkdirSync(home, { recursive: true })
  const whole = { name, version: '1.0.0', type: 'module', ...manifest }
  writeFileSync(join(home, 'package.json'), JSON.stringify(whole))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(home, file), text)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxgraph-packages-'))
  mkdirSync(join(folder, 'bots'))
  const exports = { '.': { import: './index.js' }, './more': './more.js' }
  install(
    '@acme/tools',
    { exports },
    {
      'index.js': `export const find = ${tool('find')}; export default 5; export const other = {}`,
      'more.js': `export default ${tool('more')}`,
      'hidden.js': `export default ${tool('hidden')}`,
    },
  )
  install('broken', { main: 'index.js' }, { 'index.js': "import 'not-there-at-all'" })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function checked(use: string): Promise<CheckResult> {
  const text = `version: 1
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: { use: anthropic-llm, with: { tools: [it] } }
  tts: { use: cartesia-tts, with: { voice: Rachel } }
flow: phone -> stt -> llm -> tts -> phone
tools: { it: "${use}" }
`
  writeFileSync(join(folder, 'bots', 'bot.yaml'), text)
  const host = await createHost({ cwd: join(folder, 'bots'), env: {}, builtins: manifests })
  return check('bot.yaml', host)
}

const codesOf = ({ diagnostics }: CheckResult): readonly string[] =>
  diagnostics.map(({ code }) => code)

test.for([
  ['npm:@acme/tools#find', 'find'],
  ['npm:@acme/tools/more', 'more'],
] as const)('%s is found as a module in place of the graph would find it', async ([use, name]) => {
  const { plan, diagnostics } = await checked(use)
  expect(diagnostics).toEqual([])
  expect(plan?.tools[0]?.manifest.description).toBe(name)
  if (plan === undefined) throw new Error('no plan')
  const { tools } = await load({ ...plan, nodes: [] })
  expect(await tools.get('it')?.run({} as never, {} as never)).toBe(name)
})

test.for([
  ['npm:@acme/nothing#find', 'plugin-not-installed'],
  ['npm:@acme/tools/hidden.js', 'module-failed'],
  ['npm:broken#find', 'module-failed'],
  ['npm:@acme/tools#fnd', 'no-such-export'],
  ['npm:@acme/tools#other', 'wrong-kind'],
  ['npm:@acme/tools', 'wrong-kind'],
  ['npm:../secrets#find', 'bad-value'],
  ['npm:', 'bad-value'],
] as const)('%s is refused as %s', async ([use, code]) => {
  expect(codesOf(await checked(use))).toContain(code)
})

test('what is missing inside a package is named, and not the package', async () => {
  const { diagnostics } = await checked('npm:broken#find')
  expect(diagnostics[0]?.help).toBe('Run: npm install not-there-at-all')
})
