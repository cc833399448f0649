import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isDefinition } from 'voxgraph/plugin'
import {
  filesBelow,
  foldersIn,
  isTest,
  packageJson,
  root,
  sourcesIn,
  withoutComments,
  type Source,
} from './sources.ts'

/** Who may import whom in `src/`: from top to bottom, never the other way, never within a row. */
const order = [
  ['cli'],
  ['index.ts', 'testing.ts'],
  ['testing'],
  ['playground'],
  ['server'],
  ['drivers.ts'],
  ['conversation'],
  ['providers'],
  ['kernel'],
  ['plugin.ts'],
  ['observe'],
  ['mcp', 'models'],
  ['audio', 'graph'],
  ['define'],
  ['schema', 'time'],
  ['frames'],
  ['errors'],
] as const

/** Folder of `src/`, or file that stands directly in it. */
const partOf = (path: string): string => path.split('/')[1] ?? ''
const rankOf = (part: string): number => order.findIndex((row) => row.some((one) => one === part))

const sources = sourcesIn('src', 'processors', 'transports')
const code = sources.filter((source) => !isTest(source))
const everything = [...sources, ...sourcesIn('graphs', 'test')]
/** Code that runs in pages, behind the door `voxgraph/client`: there is no session there, and no clock of ours. */
const clientFolder = 'transports/websocket/client'
/** The page of the playground: it runs in browsers, and the package has it bundled. */
const pageFolder = 'src/playground'
const inRuntime = (source: Source): boolean => source.path.startsWith('src/')

/** `path: what` for everything that breaks a rule; the tests expect none. */
const faults = (
  among: readonly Source[],
  find: (source: Source) => readonly string[],
): readonly string[] =>
  among.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`))

/** Lines that match, comments aside. */
const lines =
  (pattern: RegExp) =>
  ({ text }: Source): readonly string[] =>
    withoutComments(text)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${index + 1} ${line.trim()}`] : []))

describe('imports', () => {
  test('every part of src has its place in the order', () => {
    const parts = new Set(code.filter(inRuntime).map((source) => partOf(source.path)))
    expect([...parts].filter((part) => rankOf(part) < 0)).toEqual([])
  })

  test('arrows in src never turn round', () => {
    const wrong = faults(code.filter(inRuntime), ({ path, imports }) => {
      const from = partOf(path)
      return imports.filter((target) => {
        const to = partOf(target)
        return target.startsWith('src/') && from !== to && rankOf(to) <= rankOf(from)
      })
    })
    expect(wrong).toEqual([])
  })

  test('src finds plugins by name; the CLI may open their doors, as a stranger would', () => {
    const wrong = faults(code.filter(inRuntime), ({ path, imports }) =>
      imports.filter((target) => {
        const isDoor = /^voxgraph\/(processors|transports)\/[a-z-]+$/.test(target)
        if (isDoor) return partOf(path) !== 'cli'
        return /^(voxgraph\/)?(processors|transports)\//.test(target)
      }),
    )
    expect(wrong).toEqual([])
  })

  test('plugins import voxgraph/plugin, their own folder and vendors, as a stranger would', () => {
    const plugins = code.filter((source) => !inRuntime(source))
    const wrong = faults(plugins, ({ path, imports }) => {
      const [kind, name = ''] = path.split('/')
      // What the plugins of one vendor share stands in one file beside them: processors/deepgram.ts.
      const vendor = `${kind}/${name.split('-')[0]}.ts`
      return imports.filter((target) => {
        if (target.startsWith('voxgraph')) return target !== 'voxgraph/plugin'
        if (target === vendor) return false
        return (
          /^(src|processors|transports)\//.test(target) && !target.startsWith(`${kind}/${name}/`)
        )
      })
    })
    expect(wrong).toEqual([])
  })

  test('what is imported is a dependency', () => {
    const { dependencies, optionalDependencies, peerDependencies } = packageJson
    const known = { ...dependencies, ...optionalDependencies, ...peerDependencies }
    // Pages are made ready before they are published, by what only that needs.
    const isShipped = (path: string): boolean =>
      !path.startsWith(`${pageFolder}/`) && path !== 'transports/daily/compile-page.ts'
    const shipped = code.filter(({ path }) => isShipped(path))
    const isLocal = /^(node:|voxgraph(\/|$)|(src|processors|transports|schemas)\/)/
    const wrong = faults(shipped, ({ imports }) =>
      imports.filter((target) => {
        const name = target.split('/').slice(0, target.startsWith('@') ? 2 : 1)
        return !isLocal.test(target) && !Object.hasOwn(known, name.join('/'))
      }),
    )
    expect(wrong).toEqual([])
  })
})

describe('files', () => {
  test('none is longer than 400 lines', () => {
    const wrong = faults(everything, ({ text }) => {
      const length = text.trimEnd().split('\n').length
      return length > 400 ? [`${length} lines`] : []
    })
    expect(wrong).toEqual([])
  })

  test('names are kebab-case', () => {
    const paths = ['src', 'processors', 'transports', 'graphs', 'schemas', 'test'].flatMap(
      filesBelow,
    )
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/
    const wrong = paths.filter((path) => !path.split('/').every((part) => kebab.test(part)))
    expect(wrong).toEqual([])
  })

  test('default exports are for plugins, tools and configurations', () => {
    const mayNot = everything.filter(
      ({ path }) => !/^(processors|transports|graphs)\/|\.config\.ts$/.test(path),
    )
    expect(faults(mayNot, lines(/^export default/))).toEqual([])
  })
})

describe('state, time and the environment', () => {
  test('no module keeps state', () => {
    expect(faults(code, lines(/^(export )?(let|var) /))).toEqual([])
    const collections =
      /^(export )?const (?!.*: [Rr]eadonly).* = (new (Weak)?(Map|Set)(<.*>)?\(\)|\[\]|\{\})$/
    expect(faults(code, lines(collections))).toEqual([])
  })

  test('time comes from a clock', () => {
    const clocks =
      /\b(Date\.now|performance\.now|setTimeout|setInterval|AbortSignal\.timeout|process\.hrtime)\b|new Date\(\)/
    const mayNot = code.filter(
      // A module is looked into before there is any call, and so any clock.
      ({ path }) =>
        !path.startsWith('src/time/') &&
        !path.startsWith(`${clientFolder}/`) &&
        !path.startsWith(`${pageFolder}/`) &&
        path !== 'src/graph/inspect.ts',
    )
    expect(faults(mayNot, lines(clocks))).toEqual([])
  })

  test('the environment is read in one file', () => {
    // The other one only tells workers where compiled code is kept.
    const may = ['src/graph/host.ts', 'src/cli/compile-cache.ts']
    const mayNot = code.filter(({ path }) => !may.includes(path))
    expect(faults(mayNot, lines(/\bprocess\.env\b/))).toEqual([])
  })
})

describe('doors', () => {
  const plugins = ['processors', 'transports'].flatMap((kind) =>
    foldersIn(kind).map((name) => ({ kind, name, door: `./${kind}/${name}` })),
  )

  test('package.json opens a door to every plugin, and to nothing that is not there', () => {
    const doors = Object.keys(packageJson.exports)
    const expected = ['.', './client', './plugin', './testing', ...plugins.map(({ door }) => door)]
    expect(doors.toSorted()).toEqual([...expected, './package.json'].toSorted())
  })

  test('every door leads to source, types and code, in this order', () => {
    for (const [door, target] of Object.entries(packageJson.exports)) {
      if (door === './package.json') continue
      const folder = door === './client' ? clientFolder : door.slice(2)
      const path = folder.includes('/') ? `${folder}/index` : `src/${folder || 'index'}`
      expect(Object.entries(target as object)).toEqual([
        ['@voxgraph/source', `./${path}.ts`],
        ['types', `./dist/${path}.d.ts`],
        ['default', `./dist/${path}.js`],
      ])
      expect(existsSync(join(root, `${path}.ts`)), `${path}.ts`).toBe(true)
    }
  })

  test.for(plugins)('$kind/$name exports its definition by default', async ({ kind, name }) => {
    const specifier = `voxgraph/${kind}/${name}`
    const module = (await import(/* @vite-ignore */ specifier)) as { readonly default?: unknown }
    const definition = module.default
    if (!isDefinition(definition) || definition.kind === 'tool') {
      throw new Error(
        `voxgraph/${kind}/${name} has no processor or transport as its default export`,
      )
    }
    expect(definition.id).toBe(name)
    expect(definition.kind === 'transport').toBe(kind === 'transports')
    expect(definition.summary).toMatch(/^[A-Z].*\.$/)
  })

  test('the documentation speaks of every plugin', () => {
    const pages = ['README.md', ...filesBelow('docs')].filter(
      (path) => path.endsWith('.md') && existsSync(join(root, path)),
    )
    const text = pages.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
    expect(plugins.map(({ name }) => name).filter((name) => !text.includes(name))).toEqual([])
  })
})
