import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, packageJson, root, sourcesIn } from './sources.ts'
import { runNode } from './run-node.ts'

/** Node itself runs the sources: Vitest would also take what Node does not, an enum for example. */
describe('plain Node', () => {
  const source = ['-C', '@voxgraph/source']
  const cli = [...source, 'src/cli/main.ts']

  test('can strip the types of every file', () => {
    const files = sourcesIn('src', 'processors', 'transports', 'graphs', 'test')
    const broken = files.flatMap(({ path, text }) => {
      if (path.endsWith('.d.ts')) return []
      try {
        stripTypeScriptTypes(text)
        return []
      } catch (error) {
        return [`${path}: ${String(error)}`]
      }
    })
    expect(broken).toEqual([])
  })

  test('opens every door, and nothing happens', async () => {
    const doors = Object.keys(packageJson.exports).filter((door) => door !== './package.json')
    const names = doors.map((door) => `voxgraph${door.slice(1)}`)
    const script = names.map((name) => `await import(${JSON.stringify(name)})`).join('\n')
    const { code, out, err } = await runNode([...source, '--input-type=module', '-e', script])
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: '' })
  })

  test('runs the commands', async () => {
    const { code, out } = await runNode([...cli, '--help'])
    expect(code).toBe(0)
    expect(out).toContain('usage: voxgraph <command>')
    expect((await runNode([...cli, '--version'])).out).toBe(`${packageJson.version}\n`)
    expect((await runNode([...cli, 'chekc'])).code).toBe(2)
  })

  test('checks every graph, those of the documentation too', async () => {
    const graphs = filesBelow('graphs').filter((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return path.endsWith('.yaml') && /^version:/m.test(text) && /^flow:/m.test(text)
    })
    expect(graphs).not.toEqual([])
    const pages = ['README.md', ...filesBelow('docs')].filter((path) => path.endsWith('.md'))
    const { code, err } = await runNode([...cli, 'check', '--strict', ...graphs, ...pages])
    expect({ code, err }).toEqual({ code: 0, err: '' })
  })
})
