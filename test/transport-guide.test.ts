import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from './sources.ts'

interface Case {
  readonly name: string
  run(): Promise<void>
}

const folder = await mkdtemp(join(root, 'test', 'fixtures', 'tmp-transport-'))
afterAll(() => rm(folder, { recursive: true }))

/** The contract of the guide, as the guide makes it; its last line, which runs it, is this test's affair. */
async function contractOfGuide(): Promise<readonly Case[]> {
  const page = await readFile(join(root, 'docs/transports.md'), 'utf8')
  const [transport = ''] = /^\/\/ acme-line\.ts.*?(?=^```$)/ms.exec(page) ?? []
  const [test = ''] = /^\/\/ acme-line\.test\.ts.*?(?=^```$)/ms.exec(page) ?? []
  await writeFile(join(folder, 'acme-line.ts'), transport)
  const runs = "it.each(contract)('$name', ({ run }) => run())"
  expect(test).toContain(runs)
  await writeFile(join(folder, 'contract.ts'), test.replace(runs, 'export { contract }'))
  const made = (await import(join(folder, 'contract.ts'))) as { readonly contract: readonly Case[] }
  return made.contract
}

describe('the transport of the guide, as every transport', async () => {
  const contract = await contractOfGuide()
  it('has most of the cases', () => expect(contract.length).toBeGreaterThan(14))
  it.each(contract)('$name', ({ run }) => run())
})
