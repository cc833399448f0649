import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './sources.ts'
import { runCli } from './terminal.ts'

/** Groups of lines of a difference: what stands there, with what is added to it. */
const hunksOf = (diff: string): readonly (readonly string[])[] =>
  diff
    .split(/^@@.*\n/m)
    .slice(1)
    .map((hunk) => hunk.replace(/\n$/, '').split('\n'))

/** Puts what is added where the lines around it stand. */
function apply(text: string, diff: string): string {
  return hunksOf(diff).reduce((before, lines) => {
    const old = lines.filter((one) => one.startsWith(' ')).map((one) => one.slice(1))
    const now = lines.map((one) => one.slice(1))
    const place = `${old.join('\n')}\n`
    expect(before.split(place), place).toHaveLength(2)
    return before.replace(place, () => `${now.join('\n')}\n`)
  }, text)
}

const scenario = `
version: 1
target: ./support.yaml
cases:
  - name: sales takes the call, and gives it back
    steps:
      - user: I want to buy something.
      - expect: { handoff: { to: sales, from: triage } }
      - expect: { agent: sales, heard: This is Kate from sales }
      - never: { agent: triage, heard: /./, for: 2s }
`

describe('a fourth agent', () => {
  let folder = ''
  let diff = ''
  // Tools find the runtime from within the package only.
  beforeAll(async () => {
    await mkdir(join(root, 'out'), { recursive: true })
    folder = await mkdtemp(join(root, 'out', 'fourth-'))
    await cp(join(root, 'graphs'), folder, { recursive: true })
    const page = await readFile(join(root, 'docs/agents.md'), 'utf8')
    diff = /^```diff\n(.*?)^```$/ms.exec(page)?.[1] ?? ''
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('takes ten lines at most, as the documentation shows them', () => {
    const added = diff.split('\n').filter((one) => one.startsWith('+') && one.trim() !== '+')
    expect(added.length).toBeGreaterThan(4)
    expect(added.length).toBeLessThanOrEqual(10)
  })

  it('has the call when it is applied, and needs no code', async () => {
    const graph = join(folder, 'support.yaml')
    await writeFile(graph, apply(await readFile(graph, 'utf8'), diff))
    const checked = await runCli(['check', graph, '--strict'], { cwd: root })
    expect(checked.code, checked.out + checked.err).toBe(0)
    const test = join(folder, 'fourth.test.yaml')
    await writeFile(test, scenario)
    const { code, out, err } = await runCli(['test', test], { cwd: root })
    expect(code, out + err).toBe(0)
    expect(out).toContain('1 passed')
  })
})
