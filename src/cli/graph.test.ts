import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../test/sources.ts'
import { runCli } from '../../test/terminal.ts'

const cwd = join(root, 'test/fixtures/cli')
const draw = (...args: readonly string[]) => runCli(['graph', ...args], { cwd })

describe('voxgraph graph', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voxgraph-graph-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('draws Mermaid: both halves of the transport, converters, feedback, labels', async () => {
    const { code, out, err } = await draw('desk.yaml', '--format', 'mermaid')
    expect([code, err]).toEqual([0, ''])
    expect(out.split('\n')).toEqual([
      '%% desk',
      'flowchart LR',
      '  phone(["caller speaks<br/>phone<br/>./parts.ts#35;line"]):::caller',
      '  echo["echo<br/>./parts.ts#35;echo"]:::node',
      '  ear["ear<br/>./parts.ts#35;ear"]:::node',
      '  mind["Front #quot;desk#quot; #amp; #lt;co#gt;<br/>./parts.ts#35;mind<br/>tools: find_room"]:::node',
      '  voice["voice<br/>./parts.ts#35;voice"]:::node',
      '  book["book<br/>./parts.ts#35;book"]:::node',
      '  voice_phone(["22.05 kHz → 16 kHz"]):::converter',
      '  phone_hears(["caller hears<br/>phone<br/>./parts.ts#35;line"]):::caller',
      '  phone -->|"audio"| echo',
      '  echo -->|"audio"| ear',
      '  ear -->|"transcript"| mind',
      '  mind -->|"text"| voice',
      '  voice -->|"audio"| voice_phone',
      '  voice_phone -->|"audio"| phone_hears',
      '  voice -.->|"audio to reference, feedback"| echo',
      '  phone -->|"audio to caller"| book',
      '  voice -->|"audio to bot"| book',
      '  classDef caller fill:#0f172a,stroke:#0f172a,color:#ffffff',
      '  classDef node fill:#ffffff,stroke:#64748b,color:#0f172a',
      '  classDef converter fill:#ffffff,stroke:#94a3b8,color:#475569,stroke-dasharray: 4 3',
      '',
    ])
  })

  test('draws Graphviz', async () => {
    const { out } = await draw('desk.yaml', '--format', 'dot')
    expect(out).toMatch(/^digraph \{\n/)
    expect(out).toMatch(/^ {2}voice_phone \[style="rounded,dashed"/m)
    expect(out).toMatch(/^ {2}voice -> echo \[.*audio to reference, feedback.*style=dashed/m)
    expect(out).toContain('Front &quot;desk&quot; &amp; &lt;co&gt;')
  })

  test('draws an SVG that stands by itself, its labels in the middle of their boxes', async () => {
    const out = join(folder, 'pictures', 'desk.svg')
    const ran = await draw('desk.yaml', '--out', out)
    expect(ran).toEqual({ code: 0, out: '', err: `wrote ${out}\n` })
    const svg = await readFile(out, 'utf8')
    expect(svg).toMatch(/^<\?xml [^>]*>\s*<!DOCTYPE svg /)
    expect(svg.match(/class="node"/g)).toHaveLength(8)
    expect(svg.match(/class="edge"/g)).toHaveLength(9)
    const nodes = svg.match(/class="node">.*?<\/g>/gs) ?? []
    expect(nodes.filter((node) => node.includes('text-anchor="start"'))).toEqual([])
    expect(svg).not.toMatch(/href=|<script|<image/)
  })

  test('draws for terminals unless told otherwise, and keeps to their width', async () => {
    const { out } = await draw('desk.yaml')
    expect(out).toContain('caller speaks')
    expect(out).toContain('22.05 kHz → 16 kHz')
    expect(out).toMatch(/│\s+voice\s+│/)
    expect(out).toContain(`
 voice ~> echo  (audio to reference)
 phone -> book  (audio to caller)
 voice -> book  (audio to bot)
`)
    const lines = out.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(lines.filter((line) => line.endsWith(' '))).toEqual([])
  })

  test('refuses to draw a graph with a mistake, and says which', async () => {
    const { code, out, err } = await draw('wrong.yaml')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('wrong.yaml:5:16 error unknown-node')
  })

  test('says when it cannot write', async () => {
    const { code, err } = await draw('desk.yaml', '--out', 'parts.ts/desk.svg')
    expect(code).toBe(1)
    expect(err).toMatch(/^parts.ts\/desk.svg cannot be written: /)
  })

  test.for([
    [[], 'Which graph?'],
    [['desk.yaml', 'wrong.yaml'], 'One graph at a time.'],
    [['desk.yaml', '--format', 'pdf'], 'There is no format "pdf": ascii, mermaid, dot, svg, json.'],
  ] as const)('refuses a command line that makes no sense: %j', async ([args, hint]) => {
    const { code, out, err } = await draw(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(hint)
  })
})
