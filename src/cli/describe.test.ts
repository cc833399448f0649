import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../test/sources.ts'
import { runCli } from '../../test/terminal.ts'
import { readBuiltins } from '../graph/builtins.ts'

const cwd = join(root, 'test/fixtures/cli')
const run = (...argv: readonly string[]) => runCli(argv, { cwd })

describe('voxgraph describe', () => {
  test('shows ports, options and an example of a processor in a file', async () => {
    expect(await run('describe', './parts.ts#default')).toEqual({
      code: 0,
      err: '',
      out: `./parts.ts  processor, filter
Masks listed words before they are spoken.

inputs
  text  text  main; required

outputs
  text  text  main

options
  words  list of string  Required. Words to mask, any case.
  key    string          Required. Key of the word service. Secret.
  mark   * | #           What stands in their place. Default: *.
  wait   duration        How long a word may take. Default: 250ms.

example
  nodes:
    parts:
      use: ./parts.ts
      with:
        words:
          - rubbish
        key: \${env:KEY}
  flow: … -> parts -> …
`,
    })
  })

  test('shows what the entries of a list hold', async () => {
    const { out } = await run('describe', 'script-llm')
    expect(out).toMatch(
      /^ {2}rules\[\]\.on +string \| list of string +Required\. What the caller says/m,
    )
    expect(out).toMatch(/^ {2}rules\[\]\.tool\.name +string +Required\. Name of the tool\.$/m)
  })

  test('shows a transport and its formats', async () => {
    const { out } = await run('describe', 'parts.ts#line')
    expect(out).toContain('./parts.ts#line  transport\nA line that nobody calls.\n')
    expect(out).toContain('  audio  audio  main; live; 16000 Hz pcm\n')
    expect(out).toContain('  flow: phone -> … -> phone\n')
  })

  test('shows a tool', async () => {
    expect((await run('describe', './parts.ts#findRoom')).out).toBe(`./parts.ts#findRoom  tool
Finds a free room.

arguments
  floor  integer 1 to 9  Required. Floor.

example
  tools:
    find_room: ./parts.ts#findRoom
`)
  })

  test('shows all that a file exports, also as JSON', async () => {
    const { out } = await run('describe', './parts.ts', '--json')
    const uses = (JSON.parse(out) as { use: string; kind: string }[]).map(({ use }) => use)
    expect(uses).toContain('./parts.ts')
    expect(uses).toContain('./parts.ts#findRoom')
  })

  test.for([
    ['./parts.ts#nothing', './parts.ts has no "nothing" to use. It exports: book, default,'],
    ['./nothing.ts', 'There is no file ./nothing.ts.'],
    ['./voice.yaml', './voice.yaml is a graph or a part, no module'],
    ['../bad/module-failed/throws.ts', '../bad/module-failed/throws.ts cannot be loaded: '],
    ['nothing-of-the-kind', 'There is no processor or transport called "nothing-of-the-kind"; '],
  ] as const)('says what is missing: %s', async ([name, message]) => {
    const { code, out, err } = await run('describe', name)
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(message)
  })

  test('refuses a command line that makes no sense', async () => {
    const { code, err } = await run('describe')
    expect(code).toBe(2)
    expect(err).toContain('voxgraph list shows the names')
    expect((await run('describe', 'a', 'b')).code).toBe(2)
  })
})

describe('voxgraph list', () => {
  test('shows every built-in with one line', async () => {
    const { code, out } = await run('list')
    expect(code).toBe(0)
    for (const { id, summary } of await readBuiltins()) {
      expect(out.split('\n').filter((line) => line.trimStart().startsWith(`${id} `))).toEqual([
        expect.stringContaining(summary),
      ])
    }
  })

  test('shows them as JSON', async () => {
    const rows = JSON.parse((await run('list', '--json')).out) as { id: string }[]
    expect(rows.map(({ id }) => id)).toEqual((await readBuiltins()).map(({ id }) => id))
  })

  test('every built-in can be described', async () => {
    for (const { id, summary } of await readBuiltins()) {
      const { code, out } = await run('describe', id)
      expect([id, code]).toEqual([id, 0])
      expect(out).toContain(summary)
    }
  })

  test('takes no name', async () => {
    const { code, err } = await run('list', 'flite-tts')
    expect(code).toBe(2)
    expect(err).toContain('voxgraph describe flite-tts')
  })
})
