import { expect, test } from 'vitest'
import { checkText } from '../../test/fixtures/memory-host.ts'
import type { Plan } from './plan.ts'

const look = {
  kind: 'tool',
  description: 'Looks.',
  parameters: { type: 'object', properties: { what: { type: 'string' } } },
} as const
const modules = { '/bots/tools.ts': { kind: 'module', exports: { look } } } as const

const graph = (listed: string, more: string): string => `version: 1
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: { use: anthropic-llm, with: { tools: [${listed}] } }
  tts: { use: cartesia-tts, with: { voice: Rachel } }
flow: phone -> stt -> llm -> tts -> phone
${more}`

async function planOf(
  listed: string,
  more: string,
  options: Parameters<typeof checkText>[1] = {},
): Promise<Plan> {
  const { plan, diagnostics } = await checkText(graph(listed, more), { modules, ...options })
  expect(diagnostics).toEqual([])
  if (plan === undefined) throw new Error('no plan')
  return plan
}

test('a file may say of a tool what it is for, what it takes, and what is said meanwhile', async () => {
  const { tools } = await planOf(
    'look, quiet',
    `vars: { name: string }
tools:
  look:
    use: ./tools.ts#look
    description: Finds orders.
    parameters: { type: object, properties: { order: { type: integer } } }
    filler: { after: 1.5s, say: ["One moment, {{name}}."], every: 4s }
  quiet: { use: ./tools.ts#look, filler: false }
`,
  )
  expect(tools[0]).toMatchObject({
    manifest: {
      description: 'Finds orders.',
      parameters: { type: 'object', properties: { order: { type: 'integer' } } },
    },
    filler: { afterMs: 1500, say: ['One moment, {{name}}.'], everyMs: 4000 },
  })
  expect(tools[1]).toMatchObject({ manifest: look, filler: false })
})

test('a tool of a server says what is not known of it yet', async () => {
  const { tools, servers } = await planOf(
    'find, known',
    `tools:
  find: mcp:crm/find_customer
  known: { use: mcp:docs/search.all, description: Searches., parameters: { type: object } }
mcp:
  crm: { command: [npx, -y, "@acme/crm"], env: { CRM_KEY: "\${env:CRM_KEY}", REGION: eu } }
  docs: { url: "https://\${env:HOST}/mcp", headers: { Authorization: "Bearer \${env:TOKEN}" } }
`,
    { env: { CRM_KEY: 'k-1', HOST: 'docs.example.com', TOKEN: 't-2' } },
  )
  expect(tools.map(({ code }) => code)).toEqual([
    {
      kind: 'mcp',
      server: 'crm',
      tool: 'find_customer',
      learns: ['description', 'parameters'],
    },
    { kind: 'mcp', server: 'docs', tool: 'search.all', learns: [] },
  ])
  expect(servers).toEqual([
    {
      id: 'crm',
      kind: 'process',
      command: ['npx', '-y', '@acme/crm'],
      folder: '/bots',
      env: { CRM_KEY: 'k-1', REGION: 'eu' },
    },
    {
      id: 'docs',
      kind: 'http',
      url: 'https://docs.example.com/mcp',
      headers: { Authorization: 'Bearer t-2' },
    },
  ])
})

test('destinations are names that the model may choose from, or a list of them', async () => {
  const named = await planOf(
    'transfer_call',
    `vars: { desk: string }
tools: { transfer_call: { to: { sales: "+14155550123", desk: "{{desk}}" }, timeout: 20s } }
`,
  )
  expect(named.tools[0]).toMatchObject({
    id: 'transfer_call',
    code: { kind: 'builtin' },
    timeoutMs: 20_000,
    destinations: { sales: { to: '+14155550123', brief: undefined }, desk: { to: '{{desk}}' } },
    manifest: { parameters: { properties: { destination: { enum: ['sales', 'desk'] } } } },
  })
  const listed = await planOf(
    'transfer_call',
    'tools: { transfer_call: { to: [queue:support] } }\n',
  )
  expect(listed.tools[0]).toMatchObject({
    timeoutMs: 30_000,
    destinations: { 'queue:support': { to: 'queue:support' } },
  })
})

test.for([
  ['find', 'tools: { find: mcp:crm/find }\nmcp: []\n', ['unknown-server', 'wrong-shape']],
  ['find', 'tools: { find: mcp:crm/find }\nmcp: { crm: {} }\n', ['missing-key']],
  [
    'find',
    'tools: { find: mcp:crm/find }\nmcp: { crm: { url: "https://a.b", env: {} } }\n',
    ['unknown-key'],
  ],
  ['find', 'tools: { find: mcp:crm/find }\nmcp: { crm: { command: npx } }\n', ['bad-value']],
  ['find', 'tools: { find: "mcp:${env:S}/find" }\n', ['interpolation-in-shape', 'unknown-tool']],
  ['transfer_call', 'tools: { transfer_call: { to: {} } }\n', ['bad-value']],
  ['transfer_call', 'tools: { transfer_call: { to: [] } }\n', ['bad-value']],
  ['transfer_call', 'tools: { transfer_call: { to: [12] } }\n', ['bad-value']],
  ['transfer_call', 'tools: { transfer_call: {} }\n', ['missing-key']],
  ['transfer_call', 'tools: { transfer_call: ./tools.ts#look }\n', ['tool-clash']],
  ['press_keys', 'tools: { press_keys: { use: ./tools.ts#look } }\n', ['tool-clash']],
] as const)('with %s, %s is refused', async ([listed, more, codes]) => {
  const { plan, diagnostics } = await checkText(graph(listed, more), { modules })
  expect(plan).toBeUndefined()
  expect(diagnostics.map(({ code }) => code).sort()).toEqual(codes)
})
