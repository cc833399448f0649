import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check, createHost } from 'voxgraph'
import { text, type ProcessorDefinition } from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import { catalogue } from '../src/errors/index.ts'
import { renderSvg } from '../src/cli/graph.ts'
import { root } from './sources.ts'
import { runCli } from './terminal.ts'

const pages = [
  'README.md',
  ...(await readdir(join(root, 'docs')))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

/** Code fences of one language, in order. */
const fences = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match[1] ?? '',
  )

describe('the documentation', () => {
  it.each(pages)('%s shows only graphs that pass the check', async (page) => {
    const { code, out, err } = await runCli(['check', page], { cwd: root })
    expect(code, out + err).toBe(0)
  })

  it('shows only scenarios that are run', async () => {
    const folder = join(root, 'graphs')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.test.yaml'))
    const run = await Promise.all(names.map((name) => read(`graphs/${name}`)))
    const shown = fences(await read('docs/scenarios.md'), 'yaml')
    expect(shown.length).toBeGreaterThan(0)
    for (const fence of shown)
      expect(
        run.some((text) => text.includes(fence)),
        fence,
      ).toBe(true)
  })

  it.each(pages)('%s links to nothing that is not there', async (page) => {
    const targets = [...(await read(page)).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      (match) => match[1] ?? '',
    )
    for (const target of targets) {
      await expect(read(join(page, '..', target)), target).resolves.toBeTypeOf('string')
    }
  })

  it.each(['front-desk', 'support'])('shows %s as it is drawn today', async (name) => {
    const { plan } = await check(`graphs/${name}.yaml`, await createHost({ cwd: root }))
    expect(plan).toBeDefined()
    if (plan === undefined) return
    const svg = await renderSvg(plan)
    if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(join(root, `docs/${name}.svg`), svg)
    expect(await read(`docs/${name}.svg`)).toBe(svg)
  })

  it('names only error codes that exist', async () => {
    for (const page of pages) {
      const shown = [...(await read(page)).matchAll(/:\d+:\d+ (?:error|warning) ([a-z-]+)/g)]
      for (const [, code = ''] of shown) expect(Object.keys(catalogue)).toContain(code)
    }
  })
})

describe("the README's processor", () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(root, 'test', 'fixtures', 'tmp-readme-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is loaded from a graph as it stands, and masks words', async () => {
    const source = fences(await read('README.md'), 'ts').find((code) =>
      code.includes("id: 'word-mask'"),
    )
    await writeFile(join(folder, 'word-mask.ts'), source ?? '')
    const { default: mask } = (await import(join(folder, 'word-mask.ts'))) as {
      default: ProcessorDefinition
    }
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { mask: { definition: mask, options: { words: ['darn'] } }, end: probe.definition },
      flow: ['mask -> end'],
    })
    await start()
    session.feed('mask', 'text', text({ text: 'Darn it' }))
    await clock.advance(0)
    expect(probe.texts).toEqual(['**** it'])
  })
})
