import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { root } from '../../test/sources.ts'
import { runCli } from '../../test/terminal.ts'

const cwd = join(root, 'test/fixtures/cli')
const check = (...args: readonly string[]) => runCli(['check', ...args], { cwd })

afterEach(() => vi.unstubAllEnvs())

describe('voxgraph check', () => {
  test('names nodes and edges of a graph that is right', async () => {
    expect(await check('desk.yaml')).toEqual({
      code: 0,
      out: 'ok desk.yaml  6 nodes (phone, echo, ear, mind, voice, book), 9 edges, 1 converter, 1 tool\n',
      err: '',
    })
  })

  test('says what is wrong, where, and what to do', async () => {
    expect(await check('wrong.yaml')).toEqual({
      code: 1,
      out: '',
      err: `wrong.yaml:5:16 error unknown-node
  flow.main goes through "eer", but there is no node with that name.
    5 | flow: phone -> eer -> phone
      |                ^^^
  help: did you mean "ear"? Nodes here: ear, phone.

1 error
`,
    })
  })

  test('warns, and with --strict refuses', async () => {
    const warned = await check('silent.yaml')
    expect(warned.code).toBe(0)
    expect(warned.err).toContain('silent.yaml:5:3 warning silent-caller')
    expect(warned.err).toMatch(/\n1 warning\n$/)
    expect(warned.out).toMatch(/^ok silent.yaml /)
    const refused = await check('--strict', 'silent.yaml')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('silent.yaml:5:3 error silent-caller')
    expect(refused.out).toBe('')
  })

  test('checks several files and goes on after the first mistake', async () => {
    const { code, out, err } = await check('wrong.yaml', 'desk.yaml', 'no-such.yaml')
    expect(code).toBe(1)
    expect(out).toMatch(/^ok desk.yaml /)
    expect(err).toContain('wrong.yaml:5:16 error unknown-node')
    expect(err).toContain('no-such.yaml error file-missing')
    expect(err).toMatch(/\n2 errors\n$/)
  })

  test('checks graphs in Markdown, with the lines of the page', async () => {
    const { code, out, err } = await check('notes.md')
    expect(code).toBe(1)
    expect(out).toBe('ok notes.md:6  2 nodes (phone, echo), 2 edges\n')
    expect(err).toContain('notes.md:20:16 error unknown-node')
  })

  test('looks into no local module with --no-exec', async () => {
    const { code, out, err } = await check('--no-exec', 'desk.yaml')
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe('ok desk.yaml  1 local module not looked into\n')
    const wrong = await check('--no-exec', 'wrong.yaml')
    expect([wrong.code, wrong.out]).toEqual([1, ''])
    expect(wrong.err).toContain('unknown-node')
  })

  test('prints problems for programs', async () => {
    const json = await check('--json', 'wrong.yaml', 'silent.yaml')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject([
      { code: 'unknown-node', file: 'wrong.yaml', range: { start: { line: 5, column: 16 } } },
      { code: 'silent-caller', severity: 'warning' },
    ])
    expect(await check('--json', 'desk.yaml')).toEqual({ code: 0, out: '[]\n', err: '' })
    const github = await check('--github', 'wrong.yaml')
    expect(github.out).toMatch(
      /^::error file=wrong.yaml,line=5,endLine=5,col=16,endColumn=19,title=/,
    )
  })

  test('takes values of params', async () => {
    const given = await check('--set', 'room=3', '--set=floor=1', 'silent.yaml')
    expect(given.err).toContain('A value was set for "floor"')
  })

  test.for([
    [[], 'Which graph?'],
    [['--json', '--github', 'desk.yaml'], 'choose one'],
    [['--set', 'room', 'desk.yaml'], 'Write --set voice=slt.'],
    [['--fix', 'desk.yaml'], "Unknown option '--fix'"],
  ] as const)('refuses a command line that makes no sense: %j', async ([args, hint]) => {
    const { code, out, err } = await check(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(hint)
    expect(err).toMatch(/\nusage: voxgraph check <graph.yaml…> \[options\]\n$/)
  })

  test('has colours on a terminal, and none with NO_COLOR', async () => {
    // Node knows no colours of an unnamed CI.
    vi.stubEnv('CI', undefined)
    vi.stubEnv('FORCE_COLOR', undefined)
    vi.stubEnv('NODE_DISABLE_COLORS', undefined)
    vi.stubEnv('TERM', 'xterm-256color')
    vi.stubEnv('NO_COLOR', undefined)
    const argv = ['check', 'desk.yaml', 'wrong.yaml']
    const colourful = await runCli(argv, { cwd, isTTY: true })
    expect(colourful.out).toContain('\u001B[32mok\u001B[39m')
    expect(colourful.err).toContain('\u001B[31merror')
    vi.stubEnv('NO_COLOR', '1')
    const plain = await runCli(argv, { cwd, isTTY: true })
    expect(plain.out + plain.err).not.toContain('\u001B')
  })
})
