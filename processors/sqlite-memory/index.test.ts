import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Memory } from 'voxgraph/plugin'
import { createVirtualClock, type VirtualClock } from 'voxgraph/testing'
import sqliteMemory from './index.ts'
import { inWords } from './memory-error.ts'

const day = 86_400_000
const run = promisify(execFile)
const nothing = (): void => undefined
const log = { debug: nothing, info: nothing, warn: nothing }

let folder = ''
let path = ''
let clock: VirtualClock
let opened: Memory[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxgraph-sqlite-'))
  path = join(folder, 'callers.db')
  clock = createVirtualClock(400 * day)
  opened = []
})
afterEach(async () => {
  for (const memory of opened) await memory.close?.()
  rmSync(folder, { recursive: true })
})

async function open(options: { readonly path?: string; readonly days?: number } = {}) {
  const all = { path, days: 365, ...options }
  const memory = await sqliteMemory.open({ options: all as never, clock, log })
  opened.push(memory)
  return memory
}

/** Everything that stands in the file and in the files beside it. */
const bytes = (): string =>
  ['', '-wal', '-shm', '-journal']
    .filter((end) => existsSync(path + end))
    .map((end) => readFileSync(path + end, 'latin1'))
    .join('')

describe('forgetting', () => {
  it('leaves no byte of the caller in the file or its log, whatever was written before', async () => {
    const writes = fc.array(fc.tuple(fc.nat(40), fc.nat(9000)), { minLength: 30, maxLength: 120 })
    const property = fc.asyncProperty(writes, fc.nat(), async (some, pick) => {
      path = join(folder, `${pick}-${some.length}.db`)
      const memory = await open()
      for (const [who, length] of some) {
        await memory.remember(`+1-${who}-x`, { note: `of +1-${who}-x ${'n'.repeat(length)}` })
      }
      const caller = `+1-${some[pick % some.length]?.[0]}-x`
      expect(bytes()).toContain(caller)
      expect(await memory.forget(caller)).toBe(true)
      expect(bytes()).not.toContain(caller)
      await memory.close?.()
    })
    await fc.assert(property, { numRuns: 25 })
  })

  it('says when another process still reads the log, and does it when asked again', async () => {
    const memory = await open()
    await memory.remember('+1555', { name: 'Maria' })
    const reader = new DatabaseSync(path)
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM callers').get()
    await expect(memory.forget('+1555')).rejects.toMatchObject({ code: 'not-rewritten' })
    expect(await memory.recall('+1555')).toBeUndefined()
    reader.close()
    expect(await memory.forget('+1555')).toBe(false)
    expect(bytes()).not.toContain('+1555')
  })
})

describe('a caller who stays away', () => {
  it('is forgotten after the days that the graph says, and deleted by later changes', async () => {
    const memory = await open({ days: 30 })
    await memory.remember('+1555', { name: 'Maria' })
    await clock.advance(30 * day)
    expect(await memory.recall('+1555')).toEqual({ name: 'Maria' })
    await clock.advance(30 * day + 1)
    expect(await memory.recall('+1555')).toBeUndefined()
    await memory.remember('+1556', { name: 'Otto' })
    const db = new DatabaseSync(path)
    expect(db.prepare('SELECT caller FROM callers').all()).toEqual([{ caller: '+1556' }])
    db.close()
  })

  it('does not come back with what is remembered anew', async () => {
    const memory = await open({ days: 30 })
    await memory.remember('+1555', { name: 'Maria' })
    await clock.advance(31 * day)
    await memory.remember('+1555', { plan: 'gold' })
    expect(await memory.recall('+1555')).toEqual({ plan: 'gold' })
  })

  it('is deleted when the file is opened', async () => {
    const memory = await open()
    for (let i = 0; i < 25; i++) await memory.remember(`+${i}`, { name: 'Maria' })
    await memory.close?.()
    await clock.advance(366 * day)
    await open()
    const db = new DatabaseSync(path)
    expect(db.prepare('SELECT count(*) AS rows FROM callers').get()).toEqual({ rows: 0 })
    db.close()
  })
})

describe('the file', () => {
  it('is made with its folders, for its owner only', async () => {
    path = join(folder, 'a', 'b', 'callers.db')
    await open()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['a folder', (): string => folder, 'unopenable', 'it is a folder'],
    ['below a file', (): string => join(path, 'x.db'), 'unopenable', 'is not a folder'],
    ['no database', (): string => path, 'not-a-memory', 'file is not a database'],
  ])('that is %s is refused', async (_, place, code, reason) => {
    writeFileSync(path, 'These are notes of somebody, and no database. '.repeat(50))
    await expect(open({ path: place() })).rejects.toMatchObject({ code })
    await expect(open({ path: place() })).rejects.toThrow(reason)
    expect(readFileSync(path, 'latin1')).toMatch(/^These are notes/)
  })

  it("that is somebody else's database is left as it is", async () => {
    const db = new DatabaseSync(path)
    db.exec('CREATE TABLE invoices (id INTEGER)')
    db.close()
    const before = readFileSync(path)
    await expect(open()).rejects.toMatchObject({ code: 'not-a-memory' })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('that a newer version has written is left to that version', async () => {
    await (await open()).close?.()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 2')
    db.close()
    await expect(open()).rejects.toMatchObject({
      code: 'newer',
      message: expect.stringContaining('Upgrade voxgraph') as string,
    })
  })

  it('that is damaged is no memory, and its message shows nothing of what is in it', async () => {
    const memory = await open()
    await memory.remember('+1555', { name: 'Maria' })
    const db = new DatabaseSync(path)
    db.exec(`UPDATE callers SET remembered = 'Maria is here'`)
    db.close()
    const failed = memory.recall('+1555')
    await expect(failed).rejects.toMatchObject({ code: 'not-a-memory' })
    await expect(failed).rejects.toThrow(/^(?!.*Maria)/)
    expect(await memory.forget('+1555')).toBe(true)
  })

  it('that another process holds is read all the same, and a change is refused soon', async () => {
    const memory = await open()
    await memory.remember('+1555', { name: 'Maria' })
    const writer = new DatabaseSync(path)
    writer.exec('BEGIN IMMEDIATE')
    await clock.advance(2 * day)
    expect(await memory.recall('+1555')).toEqual({ name: 'Maria' })
    await expect(memory.remember('+1555', { name: 'Mia' })).rejects.toMatchObject({
      code: 'locked',
    })
    writer.exec('ROLLBACK')
    writer.close()
    await memory.remember('+1555', { plan: 'gold' })
    expect(await memory.recall('+1555')).toEqual({ name: 'Maria', plan: 'gold' })
  })

  it('that cannot grow says so', () => {
    const db = new DatabaseSync(path)
    db.exec('PRAGMA max_page_count = 2; CREATE TABLE t (x)')
    const fill = (): void => db.exec(`INSERT INTO t VALUES (zeroblob(20000))`)
    expect(() => inWords(path, fill)).toThrow(/cannot grow, because the disk is full/)
    db.close()
  })

  it('says so when it is asked after it was closed', async () => {
    const memory = await open()
    await memory.close?.()
    await expect(memory.recall('+1555')).rejects.toMatchObject({ code: 'closed' })
    await memory.close?.()
  })
})

const script = `
  import sqlite from 'voxgraph/processors/sqlite-memory'
  import { createLiveClock } from 'voxgraph/testing'
  const [path, me] = process.argv.slice(1)
  const log = { debug() {}, info() {}, warn() {} }
  const memory = await sqlite.open({ options: { path, days: 365 }, clock: createLiveClock(), log })
  for (let i = 0; i < 200; i++) {
    await memory.remember('+1555', { [me]: i })
    await memory.remember('+' + me + i, { i })
  }
  await memory.close()
`

describe('several processes', () => {
  it('share one file, lose nothing and print nothing', async () => {
    await (await open()).close?.()
    const args = ['-C', '@voxgraph/source', '--input-type=module', '-e', script, path]
    const cwd = new URL('../..', import.meta.url).pathname
    const ran = await Promise.all(
      ['a', 'b', 'c'].map((me) => run(process.execPath, [...args, me], { cwd })),
    )
    expect(ran).toEqual(ran.map(() => ({ stdout: '', stderr: '' })))
    const memory = await open()
    expect(await memory.recall('+1555')).toEqual({ a: 199, b: 199, c: 199 })
    expect(await memory.recall('+b117')).toEqual({ i: 117 })
  })
})
