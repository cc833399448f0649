import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { memoryHost } from '../../test/fixtures/memory-host.ts'
import { resolveGraph } from './check.ts'
import { readYaml } from './read-yaml.ts'
import { createReport } from './report.ts'
import { createSource } from './source.ts'
import { graphAsJson, writeGraph } from './written-graph.ts'

/** A text as a tree, with what knows its lines. */
function read(text: string) {
  const report = createReport(createSource('bot.yaml', text))
  const tree = readYaml(report)
  if (tree === undefined) throw new Error(JSON.stringify(report.diagnostics()))
  return { tree, source: report.source }
}
const write = (text: string): string => {
  const { tree, source } = read(text)
  return writeGraph(tree, source)
}

describe('a graph that is written out', () => {
  test('says at each line which file and line wrote it', () => {
    expect(write('version: 1\nflow:\n  main: a -> b\nlist: [1, "two, too"]\n')).toBe(
      `version: 1             # bot.yaml:1
flow:                  # bot.yaml:2
  main: a -> b         # bot.yaml:3
list: [1, "two, too"]  # bot.yaml:4
`,
    )
  })

  test('keeps long texts in lines of their own', () => {
    const text = 'prompt: |\n  You are Bob.\n\n  Be kind.\nlast: |-\n  a\n  b\n'
    expect(write(text)).toBe(
      'prompt: |  # bot.yaml:1\n  You are Bob.\n\n  Be kind.\nlast: |-   # bot.yaml:5\n  a\n  b\n',
    )
  })

  test('can be read again, and means the same', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[\p{Cc}\p{Cs}\uFEFF]/gu, '\n')),
      fc.constantFrom(
        '',
        ' a',
        'a\nb\n',
        'a\n\n',
        '# no',
        'x: y',
        '- a',
        '012',
        'true',
        '\t',
        'a #b',
      ),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    )
    const key = fc.oneof(fc.constantFrom('a', 'b_c', 'x-y', '1', 'true', 'a b', ''), fc.string())
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          key.filter((name) => name !== '<<' && name !== '__proto__'),
          tie('value'),
          { maxKeys: 4 },
        ),
      ),
    }))
    const style = fc.constantFrom({}, { collectionStyle: 'flow' } as const, { lineWidth: 20 })
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), value), style, (graph, how) => {
        const first = read(stringify(graph, how))
        const again = read(writeGraph(first.tree, first.source))
        expect(graphAsJson(again.tree, again.source).graph).toEqual(
          graphAsJson(first.tree, first.source).graph,
        )
      }),
      { numRuns: 300 },
    )
  })
})

test('secrets are blank, whether a processor knows them as such or only their names tell', async () => {
  const text = `version: 1
nodes:
  phone: websocket
  stt: { use: deepgram-stt, with: { api_key: canary-1, model: "\${env:MODEL:-nova-3}" } }
  llm: { use: anthropic-llm, with: { api_key: "\${env:A:-canary-2}" } }
  tts: { use: unknown, with: { auth_token: canary-3, secret: { deep: [canary-4] } } }
flow: phone -> stt -> llm -> tts -> phone
profiles: { dev: { nodes: { stt: { with: { api_key: "\${env:KEY}" } } } } }
`
  const host = memoryHost({ '/bots/bot.yaml': text }, { lenient: true })
  const { tree, source } = await resolveGraph('bot.yaml', host)
  if (tree === undefined) throw new Error('no tree')
  const shown = writeGraph(tree, source)
  const json = graphAsJson(tree, source)
  expect(shown + JSON.stringify(json)).not.toContain('canary')
  expect(shown).toContain('api_key: "****"')
  expect(shown).toContain('model: "${env:MODEL:-nova-3}"')
  const dev = await resolveGraph('bot.yaml', { ...host, profile: 'dev' })
  if (dev.tree === undefined) throw new Error('no tree')
  expect(writeGraph(dev.tree, dev.source)).toContain('api_key: "${env:KEY}"')
  expect(json.origins).toMatchObject({ '/nodes/phone': 'bot.yaml:3', '/version': 'bot.yaml:1' })
})
