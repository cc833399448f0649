import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createLiveClock, faultNames } from 'voxgraph/testing'
import { providers } from './faults/providers.ts'
import { allJobs, faultsOf, runJobs } from './faults/run.ts'

/** Of so many calls one is made at a desk; CI makes all of them. */
const oneOf = process.env['CI'] === undefined ? 3 : 1

test(
  'no failure of any provider loses a word, ends a call or leaves a caller in silence',
  { timeout: 400_000 },
  async () => {
    // Another third each day, and each third has every fault of every provider.
    const day = Math.floor(createLiveClock().wall() / 86_400_000)
    const jobs = allJobs.filter((_, index) => (index + Math.floor(index / 3) + day) % oneOf === 0)
    const wrong: string[] = []
    await runJobs(jobs, (outcome) => {
      const { provider, fault, moment } = outcome
      for (const what of faultsOf(outcome)) {
        wrong.push(`${provider} ${fault} ${moment}: ${what}`)
      }
    })
    expect(wrong).toEqual([])
  },
)

test('the page about faults has a row for every fault of every provider', async () => {
  const page = await readFile('docs/faults.md', 'utf8')
  const sections = page.split(/^## /m).slice(1)
  expect(sections.map((section) => section.split('\n')[0])).toEqual(providers.map(({ id }) => id))
  for (const section of sections) {
    const rows = section.split('\n').filter((line) => /^\| [a-z-]+ \|.*\d s/.test(line))
    expect(rows.map((row) => row.split(' ')[1])).toEqual([...faultNames])
  }
})
