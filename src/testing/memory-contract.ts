import assert from 'node:assert/strict'
import {
  longestCaller,
  longestMemory,
  type Memory,
  type MemoryDefinition,
  type Remembered,
} from '../define/index.ts'
import type { Json } from '../frames/index.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import type { ContractCase } from './vad-contract.ts'

/** A memory, and how to get at an empty one. */
export interface MemoryContractInit {
  readonly definition: MemoryDefinition
  /** Options of a memory in which nothing is yet; other ones each time. */
  readonly options: () => Promise<Readonly<Record<string, unknown>>>
}

/** What every memory of callers must do. Each case has an empty memory of its own. */
export function memoryContract(init: MemoryContractInit): readonly ContractCase[] {
  const cases = { ...valueCases, ...callerCases, ...boundCases }
  const all = Object.entries(cases).map(([name, check]) => ({
    name,
    run: () => withMemory(init, check),
  }))
  const { lasting } = init.definition
  return lasting ? [...all, { name: lastingName, run: () => lasts(init) }] : all
}

type Case = (memory: Memory) => Promise<void>

/**
 * Opens an empty memory, and closes it when `use` is done.
 * @throws what `use` throws
 */
export async function withMemory<T>(
  { definition, options }: MemoryContractInit,
  use: (memory: Memory) => Promise<T>,
): Promise<T> {
  const memory = await openMemory(definition, await options())
  try {
    return await use(memory)
  } finally {
    await memory.close?.()
  }
}

/** Opens a memory as the runtime does, on a virtual clock. */
function openMemory(
  definition: MemoryDefinition,
  options: Readonly<Record<string, unknown>>,
): Promise<Memory> {
  const nothing = (): void => undefined
  const log = { debug: nothing, info: nothing, warn: nothing }
  return definition.open({ options: options as never, clock: createVirtualClock(), log })
}

const maria = '+15550100'
const other = '+15550101'

/** Equal as JSON: whatever made the objects. */
const assertSame = (actual: unknown, expected: Remembered | undefined): void =>
  assert.equal(JSON.stringify(actual), JSON.stringify(expected))

const valueCases: Readonly<Record<string, Case>> = {
  'knows nobody at first': async (memory) => {
    assert.equal(await memory.recall(maria), undefined)
    assert.equal(await memory.forget(maria), false)
  },
  'gives back every kind of value as it was': async (memory) => {
    const values = { a: 'ä "quoted"\n\u0000 🙂', b: -1.5e-7, c: false, d: null, e: [1, { f: [] }] }
    await memory.remember(maria, values)
    assertSame(await memory.recall(maria), values)
    assertSame(await memory.recall(maria), values)
  },
  'puts new values beside the old ones, and in the place of those of the same name': async (
    memory,
  ) => {
    await memory.remember(maria, { name: 'Maria', plan: { name: 'gold', seats: 2 } })
    await memory.remember(maria, { plan: { name: 'silver' }, since: 2026 })
    assertSame(await memory.recall(maria), {
      name: 'Maria',
      plan: { name: 'silver' },
      since: 2026,
    })
  },
  'lends nobody what it keeps': async (memory) => {
    const plan = { seats: [1] }
    await memory.remember(maria, { plan })
    plan.seats.push(2)
    const recalled = (await memory.recall(maria)) as { readonly plan: typeof plan }
    assertSame(recalled, { plan: { seats: [1] } })
    recalled.plan.seats.push(3)
    assertSame(await memory.recall(maria), { plan: { seats: [1] } })
  },
  'takes names of the language for names': async (memory) => {
    const values = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}') as Remembered
    await memory.remember('__proto__', values)
    assertSame(await memory.recall('__proto__'), values)
    assert.equal(await memory.recall('constructor'), undefined)
    assert.equal(({} as { readonly x?: Json }).x, undefined)
  },
}

const callerCases: Readonly<Record<string, Case>> = {
  'never takes one caller for another': async (memory) => {
    const callers = [
      maria,
      other,
      '15550100',
      ' +15550100',
      'A',
      'a',
      'ä',
      'a\u0308',
      "'; --",
      'a\0b',
    ]
    for (const caller of callers) await memory.remember(caller, { caller })
    for (const caller of callers) assertSame(await memory.recall(caller), { caller })
  },
  'forgets one caller, and no other': async (memory) => {
    await memory.remember(maria, { name: 'Maria' })
    await memory.remember(other, { name: 'Otto' })
    assert.equal(await memory.forget(maria), true)
    assert.equal(await memory.recall(maria), undefined)
    assert.equal(await memory.forget(maria), false)
    assertSame(await memory.recall(other), { name: 'Otto' })
    await memory.remember(maria, { plan: 'gold' })
    assertSame(await memory.recall(maria), { plan: 'gold' })
  },
  'loses nothing when two calls of one caller write at once': async (memory) => {
    const names = Array.from({ length: 20 }, (_, index) => `v${index}`)
    await Promise.all(names.map((name) => memory.remember(maria, { [name]: name })))
    const known = (await memory.recall(maria)) ?? {}
    assert.deepEqual(Object.keys(known).toSorted(), names.toSorted())
  },
}

const boundCases: Readonly<Record<string, Case>> = {
  'refuses an id that is empty, too long or not whole': async (memory) => {
    for (const caller of ['', 'x'.repeat(longestCaller + 1), 'a\ud800']) {
      const asks = [memory.recall(caller), memory.remember(caller, {}), memory.forget(caller)]
      for (const { status } of await Promise.allSettled(asks)) assert.equal(status, 'rejected')
      await assert.rejects(memory.recall(caller), { code: 'bad-caller' })
    }
    const longest = 'x'.repeat(longestCaller)
    await memory.remember(longest, { name: 'Maria' })
    assertSame(await memory.recall(longest), { name: 'Maria' })
  },
  'refuses what would be too much, names the bound and keeps what it has': async (memory) => {
    const half = 'x'.repeat(longestMemory / 2)
    await memory.remember(maria, { half })
    for (const values of [{ more: half }, { half: half + half }]) {
      await assert.rejects(memory.remember(maria, values), {
        code: 'memory-full',
        message: new RegExp(String(longestMemory)),
      })
    }
    assertSame(await memory.recall(maria), { half })
  },
}

const lastingName = 'knows callers after it was closed and opened again, and not those it forgot'

async function lasts({ definition, options }: MemoryContractInit): Promise<void> {
  const where = await options()
  const use = async (act: Case): Promise<void> => {
    const memory = await openMemory(definition, where)
    await act(memory)
    await memory.close?.()
  }
  await use(async (memory) => {
    await memory.remember(maria, { name: 'Maria' })
    await memory.remember(other, { name: 'Otto' })
    await memory.forget(other)
  })
  await use(async (memory) => {
    assertSame(await memory.recall(maria), { name: 'Maria' })
    assert.equal(await memory.recall(other), undefined)
  })
}
