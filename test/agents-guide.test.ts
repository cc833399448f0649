import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from './sources.ts'
import { runCli } from './terminal.ts'

const scenario = `
version: 1
target: ./guide.yaml
cases:
  - name: billing gets the call, gives it back, and the caller hangs up
    steps:
      - user: My invoice is wrong.
      - expect: { handoff: { to: billing, from: triage, pass: { reason: a wrong invoice } } }
      - expect: { vars: { problem: a wrong invoice } }
      - expect: { agent: billing, heard: Which one }
      - user: something else
      - expect: { handoff: { to: triage, from: billing } }
      - expect: { agent: triage, heard: What can I do for you }
      - user: goodbye
      - expect: { ended: true }
`

let folder = ''
beforeAll(async () => {
  await mkdir(join(root, 'out'), { recursive: true })
  folder = await mkdtemp(join(root, 'out', 'guide-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('the first graph of the guide to agents hands the call over and back', async () => {
  const page = await readFile(join(root, 'docs/agents.md'), 'utf8')
  await writeFile(join(folder, 'guide.yaml'), /^```yaml\n(.*?)^```$/ms.exec(page)?.[1] ?? '')
  await writeFile(join(folder, 'guide.test.yaml'), scenario)
  const strict = ['check', join(folder, 'guide.yaml'), '--strict']
  const checked = await runCli(strict, { cwd: root })
  expect(checked.code, checked.out + checked.err).toBe(0)
  const { code, out, err } = await runCli(['test', join(folder, 'guide.test.yaml')], { cwd: root })
  expect(code, out + err).toBe(0)
})
