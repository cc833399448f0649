import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readPrices } from '../src/cli/own-prices.ts'
import { listPrices } from '../src/observe/prices.ts'
import { root } from './sources.ts'
import { runCli } from './terminal.ts'

let folder = ''
let page = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-cost-guide-'))
  page = await readFile(join(root, 'docs/cost.md'), 'utf8')
  await writeFile(join(folder, 'hotel.yaml'), /^```yaml\n(.*?)^```$/ms.exec(page)?.[1] ?? '')
})
afterAll(() => rm(folder, { recursive: true }))

it('the guide shows what a call of its graph costs', async () => {
  const { code, out, err } = await runCli(['cost', 'hotel.yaml', '--minutes', '12'], {
    cwd: folder,
  })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(page).toContain(`\`\`\`\n${out}\`\`\`\n`)
})

it('and that a cheaper model does not cache questions as short as these', async () => {
  const args = ['cost', 'hotel.yaml', '--minutes', '12', '--set', 'model=claude-haiku-4-5']
  const { out } = await runCli(args, { cwd: folder })
  expect(out).toMatch(/claude-haiku-4-5 .* \$0\.0625 +\$0\.0625\n/)
})

it('its prices are a table that can be read', () => {
  const shown = /^```\n(date: .*?)^```$/ms.exec(page)?.[1] ?? ''
  expect(readPrices(shown, 'docs/cost.md').prices).toHaveLength(3)
  const keys = new Set(listPrices.prices.flatMap((one) => Object.keys(one)))
  for (const key of keys) if (/_/.test(key)) expect(page).toContain(`\`${key}\``)
})
