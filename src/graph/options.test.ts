import { expect, test } from 'vitest'
import { checkText } from '../../test/fixtures/memory-host.ts'
import type { Plan } from './plan.ts'

const graph = (llm: string, more = ''): string => `version: 1
${more}nodes:
  phone: twilio
  stt: deepgram-stt
  llm:
    use: anthropic-llm
    with:
${llm.replace(/^(?=.)/gm, '      ')}
  tts: { use: cartesia-tts, with: { voice: Rachel } }
flow: phone -> stt -> llm -> tts -> phone
`

async function optionsOf(
  text: string,
  more: Parameters<typeof checkText>[1] = {},
): Promise<Plan['nodes'][number]> {
  const { plan, diagnostics } = await checkText(text, more)
  expect(diagnostics).toEqual([])
  const node = plan?.nodes.find(({ id }) => id === 'llm')
  if (node === undefined) throw new Error('no llm')
  return node
}

test.for(['012', '+14155550123', '1.10', '0x1F', 'true', '1e3'])(
  'where a text is wanted, %s stays as it was written',
  async (written) => {
    const { options } = await optionsOf(graph(`model: ${written}\n`))
    expect(options['model']).toBe(written)
  },
)

test('lengths of time become milliseconds, and defaults are filled in', async () => {
  const { options } = await optionsOf(graph('filler: { after: 1.5s, say: [Hm.] }\n'))
  expect(options).toEqual({
    model: 'claude-haiku-4-5',
    max_tokens: 1024,
    tools: [],
    filler: { after: 1500, say: ['Hm.'] },
  })
})

test('the schema decides what the text of a variable becomes', async () => {
  const text = graph('max_tokens: ${env:N}\ntemperature: ${env:T:-0.5}\nmodel: ${env:N}\n')
  const { options } = await optionsOf(text, { env: { N: '12', T: '' } })
  expect(options).toMatchObject({ max_tokens: 12, temperature: 0.5, model: '12' })
})

test('files, secrets and parameters are put in as text', async () => {
  const text = graph(
    'prompt: ${file:prompts/a.md}!\napi_key: Bearer ${secret:key}\nmodel: ${param:model}\n',
    'params: { model: { type: string, default: haiku } }\n',
  )
  const { options } = await optionsOf(text, {
    files: { '/bots/prompts/a.md': 'Be ${env:KIND}' },
    secret: async (name) => (name === 'key' ? 's3cr3t' : undefined),
    params: { model: 'opus' },
  })
  expect(options).toMatchObject({
    prompt: 'Be ${env:KIND}!',
    api_key: 'Bearer s3cr3t',
    model: 'opus',
  })
})

test('what a brain is told or says is expanded when it is, not when the call begins', async () => {
  const text = graph(
    'prompt: Hello {{ caller }}, it is {{now}}.\nmodel: "{{not_expanded}}"\n' +
      'filler: { say: [Hm., "{{call.id}}"] }\n',
    'vars: { caller: string }\n',
  )
  const { templates } = await optionsOf(text)
  expect(templates).toEqual([])
})

test('a path to read is absolute, from the file that wrote it', async () => {
  const text = graph('script: scripts/a.yaml\n').replace('anthropic-llm', 'script-llm')
  const { options } = await optionsOf(text, { files: { '/bots/scripts/a.yaml': '' } })
  expect(options['script']).toBe('/bots/scripts/a.yaml')
})

test('a path to read that leads nowhere is reported', async () => {
  const text = graph('script: scripts/a.yml\n').replace('anthropic-llm', 'script-llm')
  const { diagnostics } = await checkText(text, { files: { '/bots/scripts/a.yaml': '' } })
  expect(diagnostics).toMatchObject([
    { code: 'file-missing', help: 'did you mean scripts/a.yaml?' },
  ])
})

test('anchors, aliases and merge keys mean what they say', async () => {
  const text = graph(
    '<<: *usual\nmodel: opus\n',
    'x-usual: &usual { model: haiku, max_tokens: 7 }\n',
  )
  const { options } = await optionsOf(text)
  expect(options).toMatchObject({ model: 'opus', max_tokens: 7 })
})

test('keys beginning with "x-" are left alone, except among options', async () => {
  const { diagnostics } = await checkText(graph('x-mine: 1\n', 'x-anything: { a: [1] }\n'))
  expect(diagnostics).toMatchObject([{ code: 'unknown-option' }])
})

test.for(['call.plan', 'call.previous', 'call.from_city', 'call.sid', 'call.uid'])(
  'what a connection may say of its call needs no declaration: %s',
  async (name) => {
    const { diagnostics } = await checkText(graph(`prompt: The caller has {{${name}}}.\n`))
    expect(diagnostics).toEqual([])
  },
)

test.for(['call.form', 'call.knwon', 'call.Plan', 'call.a.b', 'called', 'handoff.plan'])(
  'a slip is found, also in the variables of a call: %s',
  async (name) => {
    const { diagnostics } = await checkText(graph(`prompt: The caller has {{${name}}}.\n`))
    expect(diagnostics).toMatchObject([{ code: 'undeclared-var' }])
  },
)

test('a byte order mark and Windows line ends change nothing', async () => {
  const text = `\uFEFF${graph('model: opus\n').replaceAll('\n', '\r\n')}`
  const { options } = await optionsOf(text)
  expect(options['model']).toBe('opus')
})

test('a lenient check leaves out what it does not know', async () => {
  const text = graph('prompt: ${file:a.md}\nmax_tokens: ${env:N}\napi_key: ${secret:a}\n')
  const { options } = await optionsOf(text, { lenient: true })
  expect(options).toEqual({ model: 'claude-haiku-4-5', max_tokens: 1024, tools: [] })
})

test('the prototype of an object cannot be reached through options', async () => {
  const text = graph('__proto__: { polluted: true }\n')
  const { diagnostics } = await checkText(text)
  expect(diagnostics).toMatchObject([{ code: 'unknown-option' }])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('a processor can be swapped from outside; its old options go with it', async () => {
  const { plan, diagnostics } = await checkText(
    graph('model: opus\n').replace(
      'phone: twilio',
      'phone: { use: twilio, with: { number: "1" }, label: Line }',
    ),
    { use: { phone: { use: 'websocket', with: { port: 8080 } } } },
  )
  expect(diagnostics).toEqual([])
  expect(plan?.nodes[0]).toMatchObject({
    id: 'phone',
    use: 'websocket',
    options: { port: 8080 },
    label: 'Line',
  })
})

test('variables of the call keep their type and default', async () => {
  const { plan } = await checkText(
    graph(
      'prompt: "{{name}} {{wait}} {{tries}}"\n',
      'vars: { name: string, wait: { type: duration, default: 2s }, tries: { type: integer, default: 3 } }\n',
    ),
  )
  expect(plan?.vars).toMatchObject({
    name: { type: 'string', default: undefined },
    wait: { type: 'duration', default: 2000 },
    tries: { type: 'integer', default: 3 },
  })
})

test.for([
  ['params: { n: { type: integer, default: many } }\n', {}],
  ['params: { n: { type: integer } }\n', { n: 'many' }],
  ['vars: { n: { type: integer, default: many } }\n', {}],
] as const)('the value of %j must be of its type', async ([top, params]) => {
  const { diagnostics } = await checkText(graph('prompt: "{{call.id}}"\n', top), { params })
  expect(diagnostics.find(({ code }) => code === 'bad-value')?.message).toMatch(
    /^n must be a whole number; "many" is not\.$/,
  )
})
