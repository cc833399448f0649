import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from 'voxgraph/plugin'
import processMemory from 'voxgraph/processors/process-memory'
import sqliteMemory from 'voxgraph/processors/sqlite-memory'
import { memoryContract, withMemory } from 'voxgraph/testing'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-memories-'))
})
afterAll(() => rm(folder, { recursive: true }))

let files = 0
const memories = [
  { definition: processMemory, options: async () => ({ callers: 100 }) },
  {
    definition: sqliteMemory,
    options: async () => ({ path: join(folder, `${files++}`, 'callers.db'), days: 365 }),
  },
]

const callers = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '%', "'", '\0'),
)
const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a', 'b', '0'))
const values = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
const steps = fc.array(
  fc.tuple(fc.constantFrom('remember', 'remember', 'recall', 'forget'), fc.nat(), values),
  { maxLength: 30 },
)

/** As JSON: whatever prototypes and orders of keys there are. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1))
      : part,
  )

describe.each(memories)('$definition.id', (memory) => {
  for (const { name, run } of memoryContract(memory)) it(name, run)

  it('does what a map of callers would do, whatever their ids and values are', async () => {
    const ids = fc.uniqueArray(callers, { minLength: 1, maxLength: 4 })
    const property = fc.asyncProperty(ids, steps, (some, todo) =>
      withMemory(memory, async (real) => {
        const model = new Map<string, Map<string, Json>>()
        for (const [what, index, given] of todo) {
          const caller = some[index % some.length] ?? ''
          if (what === 'forget') {
            expect(await real.forget(caller)).toBe(model.delete(caller))
          } else if (what === 'remember') {
            await real.remember(caller, given as Record<string, Json>)
            const known = model.get(caller) ?? new Map<string, Json>()
            for (const [name, value] of Object.entries(given)) known.set(name, value as Json)
            model.set(caller, known)
          } else {
            const known = model.get(caller)
            const expected =
              known === undefined ? undefined : JSON.parse(JSON.stringify([...known].map(pair)))
            const found = await real.recall(caller)
            const entries = found && Object.entries(found).map(pair)
            expect(shown(sorted(entries))).toBe(shown(sorted(expected as typeof entries)))
          }
        }
      }),
    )
    await fc.assert(property, { numRuns: 60 })
  })
})

const pair = ([name, value]: readonly [string, Json]): readonly [string, Json] => [name, value]
const sorted = (pairs: (readonly [string, Json])[] | undefined) =>
  pairs?.toSorted(([one], [other]) => (one < other ? -1 : 1))
