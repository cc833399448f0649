import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inspectModule } from './inspect.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxgraph-inspect-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const inspect = (name: string, code: string): ReturnType<typeof inspectModule> => {
  writeFileSync(join(folder, name), code)
  return inspectModule(join(folder, name), 2000)
}

test('exports that are definitions are described, others are named', async () => {
  const module = await inspect(
    'a.ts',
    `export const tool = { kind: 'tool', description: 'x', parameters: {}, run: () => null }
     export const other: number = 1
     export default { kind: 'processor', id: 'a', summary: 'A.', role: 'filter', setup: () => ({}),
       ports: { in: { text: 'text' }, out: {} }, options: {}, safety: false, realTime: false }`,
  )
  expect(module).toMatchObject({
    kind: 'module',
    exports: {
      tool: { kind: 'tool', description: 'x' },
      other: { kind: 'other', type: 'number' },
      default: { id: 'a', ports: { in: { text: { type: 'text', main: true } } } },
    },
  })
})

test('a module that does not parse says where', async () => {
  expect(await inspect('b.ts', 'const a = 1\nconst b: = 2\n')).toMatchObject({
    why: 'syntax',
    position: join(folder, 'b.ts:2:10'),
  })
  expect(await inspect('c.mjs', 'const a = {\n  b,,\n}\n')).toMatchObject({
    why: 'syntax',
    position: join(folder, 'c.mjs:2:5'),
  })
})

test('an enum is refused with its position, because types are only stripped', async () => {
  expect(await inspect('d.ts', 'export enum A { B }\n')).toMatchObject({
    why: 'syntax',
    reason: expect.stringContaining('enum'),
  })
})

test('a module that throws says what and where', async () => {
  expect(await inspect('e.ts', '\n  throw new Error("no key")\n')).toMatchObject({
    why: 'threw',
    reason: 'no key',
    position: join(folder, 'e.ts:2:9'),
  })
  expect(await inspect('f.ts', 'throw null\n')).toMatchObject({ why: 'threw', reason: 'null' })
})

test('a module that loops, waits or leaves ends only its worker', async () => {
  for (const code of [
    'for (;;) {}',
    'await new Promise(() => setInterval(() => {}, 1000))',
    // It neither computes nor waits for an event.
    'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  ]) {
    writeFileSync(join(folder, 'g.ts'), code)
    expect(await inspectModule(join(folder, 'g.ts'), 200)).toMatchObject({ why: 'timeout' })
  }
  expect(await inspect('h.ts', 'await new Promise(() => {})\n')).toMatchObject({ why: 'threw' })
  expect(await inspect('i.ts', 'process.exit(0)\n')).toMatchObject({ why: 'threw' })
})

test('a definition that cannot be described is told from a module that fails', async () => {
  const code = `export default { kind: 'processor', setup: () => ({}), ports: null }\n`
  expect(await inspect('j.ts', code)).toMatchObject({ why: 'manifest' })
})

test('what a module prints is not our output', async () => {
  const code = `console.log('noise'); process.stdout.write('more'); export const a = 1\n`
  expect(await inspect('k.ts', code)).toMatchObject({ kind: 'module' })
})
