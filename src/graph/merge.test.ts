import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { mergeGraphs, type Meaning } from './merge.ts'
import { readYaml } from './read-yaml.ts'
import { createReport } from './report.ts'
import { createSource } from './source.ts'
import { treeOf, type MapTree, type ScalarTree, type Tree } from './tree.ts'

/** What stands in a tree, as YAML would give it. */
function plain(tree: Tree): unknown {
  if (tree.kind === 'list') return tree.items.map(plain)
  if (tree.kind === 'scalar') return tree.value
  return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plain(value)]))
}
const meaning: Meaning = (tree) => JSON.stringify(plain(tree))
const mapOf = (value: object): MapTree => treeOf(value, { start: 0, end: 0 }) as MapTree
const merge = (...layers: readonly MapTree[]): MapTree =>
  layers.reduce((base, over) => mergeGraphs(base, over, meaning))
const merged = (...layers: readonly object[]): unknown => plain(merge(...layers.map(mapOf)))

/** Merges what is written, line by line, as YAML. */
const written = (...texts: readonly string[]): unknown =>
  merged(...texts.map((text) => parse(text) as object))

describe('laying one graph over another', () => {
  test('maps merge by key; scalars and lists replace', () => {
    expect(
      written(
        'turns: { end: [stt], eager: true, max_call: 5m }',
        'turns: { end: [], eager: false }',
      ),
    ).toEqual({ turns: { end: [], eager: false, max_call: '5m' } })
  })

  test('null removes what is there, and stays where nothing is', () => {
    expect(
      written('nodes: { rec: recorder, log: l }', 'nodes: { rec: null, other: null }'),
    ).toEqual({
      nodes: { log: 'l', other: null },
    })
  })

  test.each([
    ['a map', '{ use: websocket, with: { port: 1 }, timeout: 1s, retry: { times: 1 }, label: l }'],
    ['the short form', 'websocket'],
  ])('another processor drops what belonged to the old one: %s', (_, base) => {
    const over = written(`nodes: { phone: ${base} }`, 'nodes: { phone: { use: twilio } }')
    const kept = base === 'websocket' ? {} : { label: 'l' }
    expect(over).toEqual({ nodes: { phone: { use: 'twilio', ...kept } } })
  })

  test('the short form of a node changes its processor, and keeps what is not of the processor', () => {
    const base = 'nodes: { phone: { use: websocket, with: { port: 1 }, on_error: end_call } }'
    expect(written(base, 'nodes: { phone: twilio }')).toEqual({
      nodes: { phone: { use: 'twilio', on_error: 'end_call' } },
    })
    expect(written(base, 'nodes: { phone: websocket }')).toEqual(parse(base))
  })

  test('options of the same processor merge, and the new ones of another one stand alone', () => {
    const base = 'nodes: { tts: { use: flite-tts, with: { voice: slt, speed: 1 } } }'
    expect(written(base, 'nodes: { tts: { with: { voice: kal } } }')).toEqual({
      nodes: { tts: { use: 'flite-tts', with: { voice: 'kal', speed: 1 } } },
    })
    expect(written(base, 'nodes: { tts: { use: other-tts, with: { voice: kal } } }')).toEqual({
      nodes: { tts: { use: 'other-tts', with: { voice: 'kal' } } },
    })
  })

  test('a fallback and a retry that come with the new processor stay', () => {
    const base = 'nodes: { tts: { use: a, fallback: [b], timeout: 1s } }'
    const over = 'nodes: { tts: { use: c, fallback: [d], timeout: null } }'
    expect(written(base, over)).toEqual({ nodes: { tts: { use: 'c', fallback: ['d'] } } })
  })

  test('members of agents have the processor of the defaults until they get another', () => {
    const base = 'agents: { a: { llm: { with: { rules: [] } }, nodes: { x: { use: y } } } }'
    expect(written(base, 'agents: { a: { llm: openai-llm } }')).toEqual({
      agents: { a: { llm: { use: 'openai-llm' }, nodes: { x: { use: 'y' } } } },
    })
  })

  test('agents lose options for a processor that the defaults no longer name, and keep their own', () => {
    const agents = `agents:
  a: { llm: { with: { rules: [] }, label: l }, tts: { with: { voice: v } } }
  b: { llm: { use: own, with: { x: 1 } } }
`
    const base = `defaults: { agent: { llm: { use: script-llm, with: { d: 1 } }, tts: flite-tts } }\n${agents}`
    const over =
      'defaults: { agent: { llm: claude } }\nagents: { b: { prompt: P }, a: { llm: { with: { y: 2 } } } }'
    expect(written(base, over)).toEqual({
      defaults: { agent: { llm: { use: 'claude' }, tts: 'flite-tts' } },
      agents: {
        a: { llm: { label: 'l', with: { y: 2 } }, tts: { with: { voice: 'v' } } },
        b: { llm: { use: 'own', with: { x: 1 } }, prompt: 'P' },
      },
    })
  })

  test('chains merge by name, never inside; a chain by itself is called main', () => {
    expect(written('flow: a -> b -> a', 'flow: { rec: a -> c }')).toEqual({
      flow: { main: 'a -> b -> a', rec: 'a -> c' },
    })
    expect(written('flow: { main: a -> b, rec: a -> c }', 'flow: [a, d]')).toEqual({
      flow: { main: ['a', 'd'], rec: 'a -> c' },
    })
    expect(written('flow: a -> b', 'flow: a -> c')).toEqual({ flow: 'a -> c' })
  })

  test('a type by itself is the type of a var', () => {
    expect(written('vars: { hotel: string }', 'vars: { hotel: { default: Ritz } }')).toEqual({
      vars: { hotel: { type: 'string', default: 'Ritz' } },
    })
  })

  test('another server gets nothing that was meant for the old one', () => {
    const base = 'mcp: { crm: { url: https://a, headers: { authorization: "${env:A}" } } }'
    const other = 'mcp: { crm: { url: https://b } }'
    expect(written(base, other)).toEqual({ mcp: { crm: { url: 'https://b' } } })
    expect(written(base, 'mcp: { crm: { command: [crm] } }')).toEqual({
      mcp: { crm: { command: ['crm'] } },
    })
  })

  test('another tool keeps its place in the conversation', () => {
    const base =
      'tools: { find: { use: ./a.ts, timeout: 9s, set: { x: y }, parameters: { a: b } } }'
    expect(written(base, 'tools: { find: ./mock.ts }')).toEqual({
      tools: { find: { use: './mock.ts', set: { x: 'y' } } },
    })
  })
})

/** Maps within maps, not too deep. */
const inner = (map: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.oneof({ maxDepth: 3, depthSize: 'small' }, fc.constant({}), map)

/** Graphs in which a key says what stands behind it, so that layers agree on that. */
const layer = fc.letrec<{ map: object; value: unknown }>((tie) => ({
  map: fc
    .record(
      {
        s1: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
        s2: fc.string(),
        l1: fc.array(tie('value'), { maxLength: 3 }),
        m1: inner(tie('map')),
        m2: inner(tie('map')),
      },
      { requiredKeys: [] },
    )
    .map((value) => ({ ...value })),
  value: fc.oneof({ maxDepth: 3 }, fc.string(), tie('map')),
})).map

describe('for all graphs', () => {
  test('it does not matter which two are merged first where layers agree on what is a map', () => {
    fc.assert(
      fc.property(layer, layer, layer, (one, two, three) => {
        const [a, b, c] = [mapOf(one), mapOf(two), mapOf(three)]
        expect(plain(merge(merge(a, b), c))).toEqual(plain(merge(a, merge(b, c))))
      }),
    )
  })

  test('an empty overlay changes nothing, and so does the graph itself', () => {
    fc.assert(
      fc.property(layer, (one) => {
        expect(merge(mapOf(one), mapOf({}))).toEqual(mapOf(one))
        expect(merged({}, one)).toEqual(plain(mapOf(one)))
        expect(merged(one, one)).toEqual(plain(mapOf(one)))
      }),
    )
  })

  test('null removes a key and nothing else', () => {
    fc.assert(
      fc.property(layer, fc.constantFrom('s1', 'l1', 'm1', 'm2'), (one, key) => {
        fc.pre(Object.hasOwn(one, key))
        const { [key]: _, ...rest } = one as Record<string, unknown>
        expect(merged(one, { [key]: null })).toEqual(plain(mapOf(rest)))
      }),
    )
  })

  test('every scalar is one that was written, in its place, and the upper one wins', () => {
    const read = (value: object, start: number): MapTree => {
      const text = `${' '.repeat(start)}${JSON.stringify(value)}`
      return readYaml(createReport(createSource('x.yaml', text))) as MapTree
    }
    fc.assert(
      fc.property(layer, layer, (one, two) => {
        const [base, over] = [read(one, 0), read(two, 1)]
        const [below, above] = [scalarsOf(base), scalarsOf(over)]
        const all = scalarsOf(merge(base, over))
        for (const [path, scalar] of all) {
          expect(above.get(path) ?? below.get(path), path).toBe(scalar)
        }
        for (const path of above.keys()) expect(all.has(path), path).toBe(true)
      }),
    )
  })
})

/** Scalars behind keys; what is in a list goes with the list. */
function scalarsOf(tree: Tree, path = '', found = new Map<string, ScalarTree>()) {
  if (tree.kind === 'scalar') found.set(path, tree)
  if (tree.kind === 'map') {
    for (const { key, value } of tree.entries) scalarsOf(value, `${path}/${key}`, found)
  }
  return found
}
