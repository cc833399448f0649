import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { check, createHost } from 'voxgraph'
import { describe, expect, test } from 'vitest'
import { agentsPlan, type AgentInit } from '../../test/fixtures/agents-plan.ts'
import { root } from '../../test/sources.ts'
import type { Plan } from '../graph/plan.ts'
import { widthOf } from './draw-text.ts'
import { graphFormats, renderGraph, type GraphFormat } from './graph.ts'

const folder = join(root, 'test/fixtures/drawings')
const drawings = graphFormats.filter((format) => format !== 'json')

/** Compares a drawing with the one on record; `UPDATE_FIXTURES=1` puts it there. */
async function expectDrawing(plan: Plan, format: GraphFormat, name: string): Promise<void> {
  const drawn = await renderGraph(plan, format)
  const path = join(folder, `${name}.${format}`)
  if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(path, drawn)
  expect(drawn).toBe(await readFile(path, 'utf8'))
}

const support: Readonly<Record<string, AgentInit>> = {
  triage: {
    voice: 'slt',
    tools: ['find_customer'],
    handoffs: {
      billing: 'Questions about invoices, charges, refunds or payment methods.',
      tech: 'Something does not work, error messages or setup help.',
      end: 'The caller has all they need.',
    },
  },
  billing: {
    voice: 'rms',
    tools: ['list_invoices', 'refund_invoice'],
    handoffs: {
      back: 'The caller needs something that is not about billing.',
      'queue:support': {
        when: 'The refund is above the limit.',
        onlyIf: { 'customer.tier': 'gold', 'customer.age': 3 },
      },
    },
    consults: { fraud: 'Checks whether a charge looks like fraud.' },
  },
  tech: {
    voice: 'kal',
    tools: ['end_call'],
    handoffs: {
      triage: { when: '', tool: 'give_back' },
      '+15550100': 'The caller says "a <person> & nobody else" 👩‍💻\nnow.',
    },
  },
  fraud: { role: 'adviser', tools: ['score_charge'] },
  notes: { role: 'background' },
}

describe('a graph with agents', () => {
  test.each(drawings)('is drawn as %s as on record', async (format) => {
    await expectDrawing(agentsPlan(support), format, 'support')
  })

  test('is one box in the way of the sound, its gates and its nodes are none', async () => {
    const drawn = await renderGraph(agentsPlan(support), 'mermaid')
    const [boxes = ''] = drawn.split('classDef')
    expect(boxes.match(/^ {2}\w+(?=[[(])/gm)).toEqual(
      ['phone', 'vad', 'stt', 'agents', 'phone_hears'].map((id) => `  ${id}`),
    )
    expect(boxes).toContain('stt -->|"transcript"| agents')
    expect(boxes).toContain('agents -->|"audio"| phone_hears')
  })

  test('has agents and hand-offs as data in its JSON, and no option of a node', async () => {
    const plan = agentsPlan(support)
    const data: unknown = JSON.parse(await renderGraph(plan, 'json'))
    expect(data).toMatchObject({
      name: 'support',
      nodes: expect.arrayContaining([
        expect.objectContaining({ id: 'agents/in', agent: null, inserted: true }),
        expect.objectContaining({ id: 'tech/tts', use: 'flite-tts', role: 'tts', agent: 'tech' }),
      ]),
      edges: expect.arrayContaining([
        expect.objectContaining({ from: 'agents/in.tech', to: 'tech/llm.text', type: 'text' }),
      ]),
      agents: JSON.parse(JSON.stringify(plan.agents)),
    })
    expect(JSON.stringify(data)).not.toContain('slt')
  })

  test('keeps to the width of the terminal with twelve agents', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `specialist_for_${index}`)
    const when = 'The caller asks about something that only this specialist can answer. '.repeat(3)
    const handoffs = (name: string) => {
      const others = names.filter((other) => other !== name)
      return Object.fromEntries([...others, 'back', 'end'].map((other) => [other, when]))
    }
    const plan = agentsPlan(
      Object.fromEntries(names.map((name) => [name, { voice: when, handoffs: handoffs(name) }])),
    )
    for (const columns of [60, 80, 100]) {
      const drawn = await renderGraph(plan, 'ascii', columns)
      expect(Math.max(...drawn.split('\n').map(widthOf))).toBeLessThanOrEqual(columns)
      expect(drawn).toContain('├─▶ specialist_for_11')
    }
  })

  test('may have an agent that nobody reaches, and one that reaches nobody', async () => {
    const plan = agentsPlan({ host: {}, lost: {} })
    expect(await renderGraph(plan, 'ascii')).toContain('│ lost')
    expect((await renderGraph(plan, 'svg')).match(/class="node"/g)).toHaveLength(5 + 2)
  })

  test('shows what leads where inside an agent whose ways part', async () => {
    const plan = agentsPlan({ host: { voice: 'slt' } })
    const edges = plan.edges.filter(({ to }) => to.node !== 'host/tts')
    expect(await renderGraph({ ...plan, edges }, 'ascii')).toContain('script-llm, flite-tts')
  })

  test('is painted where colours are wanted: take them out, and it is the same', async () => {
    const plan = agentsPlan(support)
    const painted = await renderGraph(
      plan,
      'ascii',
      100,
      (style, text) => `{${String(style)}:${text}:}`,
    )
    expect(painted).toContain('{cyan:billing    :}')
    const plain = painted.replaceAll(/\{(?:bold|dim|cyan):|:\}/g, '').replaceAll(/ +$/gm, '')
    expect(plain).toBe(await renderGraph(plan, 'ascii', 100))
  })
})

describe('a graph without agents', () => {
  test.each(drawings)('is drawn as %s as before there were any', async (format) => {
    const cwd = join(root, 'test/fixtures/cli')
    const { plan } = await check('desk.yaml', await createHost({ cwd, lenient: true }))
    expect(plan?.agents).toBeUndefined()
    if (plan !== undefined) await expectDrawing(plan, format, 'desk')
  })

  test('has none in its JSON either', async () => {
    const { agents: _, ...plan } = agentsPlan(support)
    const data: unknown = JSON.parse(await renderGraph({ ...plan, agents: undefined }, 'json'))
    expect(data).toMatchObject({ agents: null })
  })
})
