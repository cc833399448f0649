import { expect, it } from 'vitest'
import { createVirtualClock } from 'voxgraph/testing'
import processMemory from './index.ts'

const nothing = (): void => undefined
const open = (callers: number) =>
  processMemory.open({
    options: { callers } as never,
    clock: createVirtualClock(),
    log: { debug: nothing, info: nothing, warn: nothing },
  })

it('lets the caller go who was away longest when there are too many', async () => {
  const memory = await open(2)
  await memory.remember('a', { name: 'Anna' })
  await memory.remember('b', { name: 'Bert' })
  expect(await memory.recall('a')).toEqual({ name: 'Anna' })
  await memory.remember('c', { name: 'Cleo' })
  expect(await memory.recall('b')).toBeUndefined()
  expect(await memory.recall('a')).toEqual({ name: 'Anna' })
  expect(await memory.recall('c')).toEqual({ name: 'Cleo' })
})

it('shares nothing between two that are open', async () => {
  const [one, other] = await Promise.all([open(2), open(2)])
  await one.remember('a', { name: 'Anna' })
  expect(await other.recall('a')).toBeUndefined()
})
