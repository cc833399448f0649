import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWavWriter } from 'voxgraph/plugin'
import { packageJson, root } from './sources.ts'
import { run, runNode } from './run-node.ts'
import { writePlayground } from '../src/playground/bundle.ts'

/** The package as it is published, in the project of a stranger who has never seen the sources. */
describe('the published package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'voxgraph-package-'))
  const built = join(folder, 'built')
  const app = join(folder, 'app')
  const modules = join(app, 'node_modules')
  const bin = join(modules, '.bin', 'voxgraph')
  const tool = (name: string): string => join(root, 'node_modules', name)

  beforeAll(async () => {
    mkdirSync(built)
    mkdirSync(modules, { recursive: true })
    // Code for pages is compiled apart from code for Node.
    for (const [, project = ''] of (packageJson.scripts['build'] ?? '').matchAll(/tsc -p (\S+)/g)) {
      const compiled = await runNode([
        tool('typescript/bin/tsc'),
        ...['-p', project, '--outDir', join(built, 'dist')],
      ])
      expect(compiled).toEqual({ code: 0, out: '', err: '' })
    }
    await writePlayground(join(built, 'dist/playground'))
    for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
      cpSync(join(root, name), join(built, name), { force: true })
    }
    for (const name of ['schemas', 'graphs']) {
      cpSync(join(root, name), join(built, name), { recursive: true })
    }
    const packed = await run(
      'npm',
      ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder],
      built,
    )
    expect(packed.code, packed.err).toBe(0)
    await run('tar', ['-xzf', packed.out.trim(), '-C', app], folder)
    cpSync(join(app, 'package'), join(modules, 'voxgraph'), { recursive: true })
    rmSync(join(app, 'package'), { recursive: true })
    installDependencies()
    cpSync(join(root, 'test/fixtures/stranger'), app, { recursive: true })
    const said = await createWavWriter({ path: join(app, 'said.wav'), sampleRate: 16_000 })
    void said.write(new Int16Array(1600).fill(100))
    await said.close()
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What npm would put beside it. */
  function installDependencies(): void {
    for (const name of [...Object.keys(packageJson.dependencies), '@types/node']) {
      mkdirSync(join(modules, name, '..'), { recursive: true })
      symlinkSync(tool(name), join(modules, name))
    }
    mkdirSync(join(modules, '.bin'))
    symlinkSync(join('..', 'voxgraph', 'dist/src/cli/main.js'), bin)
  }

  test('is clean for publint', async () => {
    const { code, out, err } = await runNode([
      tool('publint/src/cli.js'),
      ...[built, '--strict', '--pack', 'npm'],
    ])
    expect(code, out + err).toBe(0)
  })

  test('holds no sources and no tests', () => {
    const files = readdirSync(join(modules, 'voxgraph'), { recursive: true, encoding: 'utf8' })
    expect(
      files.filter((file) => /\.test\.[cm]?[jt]s|^(src|test|processors|transports)\//.test(file)),
    ).toEqual([])
    expect(files.filter((file) => /^dist\/.*(?<!\.d)\.ts$/.test(file))).toEqual([])
    expect(files).toContain('LICENSE')
    expect(files).toContain('schemas/builtins.json')
    expect(files).toContain('dist/playground/app.js')
  })

  test('opens every door, and nothing happens', async () => {
    const doors = Object.keys(packageJson.exports).filter((door) => door !== './package.json')
    const names = doors.map((door) => `voxgraph${door.slice(1)}`)
    const script = names.map((name) => `await import(${JSON.stringify(name)})`).join('\n')
    const ran = await runNode(['--input-type=module', '-e', script], app)
    expect(ran).toEqual({ code: 0, out: '', err: '' })
  })

  test('holds the page of the playground, bundled: nothing is left to install', async () => {
    const module = './node_modules/voxgraph/dist/src/server/playground.js'
    const script = `const { playgroundFiles } = await import('${module}')
      for (const [name, { body }] of Object.entries(await playgroundFiles()))
        console.log(name, body.length > 100)`
    expect(await runNode(['--input-type=module', '-e', script], app)).toEqual({
      code: 0,
      out: 'index.html true\napp.js true\nstyle.css true\nicon.svg true\n',
      err: '',
    })
  })

  test('checks a graph with a processor of the user', async () => {
    expect(await runNode([bin, 'check', 'bot.yaml'], app)).toEqual({
      code: 0,
      out: 'ok bot.yaml  2 nodes (phone, loud), 2 edges\n',
      err: '',
    })
    const list = await runNode([bin, 'list'], app)
    expect(list.code).toBe(0)
    expect(list.out).toContain('flite-tts')
    const picture = await runNode([bin, 'graph', 'bot.yaml', '--format', 'svg'], app)
    expect(picture.out).toContain('<svg ')
  })

  test('runs it, with one copy of the package', async () => {
    expect(await runNode(['call.mjs'], app)).toEqual({
      code: 0,
      out: '1600 samples, 200\n',
      err: '',
    })
  })

  test('speaks, in threads of its own', async () => {
    const { code, out, err } = await runNode(['speak.mjs'], app)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(Number(/^loudest (\d+)\n$/.exec(out)?.[1])).toBeGreaterThan(5000)
  })

  test('has types that a strict project accepts, with frames of its own', async () => {
    const { code, out } = await runNode([tool('typescript/bin/tsc'), '-p', '.'], app)
    expect({ code, out }).toEqual({ code: 0, out: '' })
  })
})
