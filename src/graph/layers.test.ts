import { describe, expect, test } from 'vitest'
import { checkText, memoryHost } from '../../test/fixtures/memory-host.ts'
import type { Diagnostic } from '../errors/diagnostics.ts'
import { checkProfiles } from './check.ts'
import type { Host } from './host.ts'
import type { Plan } from './plan.ts'

const base = `version: 1
name: bot
params: { who: { default: Ada } }
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: { use: anthropic-llm, with: { prompt: "\${file:prompts/a.md}" } }
  tts: { use: cartesia-tts, with: { voice: "\${param:who}" } }
flow: phone -> stt -> llm -> tts -> phone
`
const path = '/bots/kit/base.yaml'
const files = { [path]: base, '/bots/kit/prompts/a.md': 'from the kit' }
const over = 'version: 1\nextends: ./kit/base.yaml\n'

type World = Parameters<typeof checkText>[1]

async function planOf(text: string, more: World = {}): Promise<Plan> {
  const { plan, diagnostics } = await checkText(text, { files, ...more })
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (plan === undefined) throw new Error('no plan')
  return plan
}
const useOf = (plan: Plan, id: string): string | undefined =>
  plan.nodes.find((node) => node.id === id)?.use
const optionsOf = (plan: Plan, id: string): unknown =>
  plan.nodes.find((node) => node.id === id)?.options

const checkAll = (text: string, kit: string, env: Host['env'] = {}) =>
  checkProfiles('bot.yaml', memoryHost({ ...files, '/bots/bot.yaml': text, [path]: kit }, { env }))

/** `bot.yaml:3 code`, of each. */
const told = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ file, range, code }) => `${file}:${range?.start.line} ${code}`)

describe('a graph over its bases', () => {
  test('is the bases with what it changes, and has the name of the base', async () => {
    const plan = await planOf(`${over}nodes: { phone: websocket }\n`)
    expect(plan.name).toBe('bot')
    expect(useOf(plan, 'phone')).toBe('websocket')
    expect(useOf(plan, 'tts')).toBe('cartesia-tts')
  })

  test('paths stay relative to the file that wrote them, in values side by side, too', async () => {
    const plan = await planOf(
      `${over}nodes: { llm: { with: { model: "\${file:prompts/a.md}" } } }\n`,
      {
        files: { ...files, '/bots/prompts/a.md': 'from the bot' },
      },
    )
    expect(optionsOf(plan, 'llm')).toMatchObject({ prompt: 'from the kit', model: 'from the bot' })
  })

  test('params of a base are given with --set, and may get another default', async () => {
    const other = await planOf(`${over}params: { who: { default: Bob } }\n`)
    expect(optionsOf(other, 'tts')).toMatchObject({ voice: 'Bob' })
    const given = await planOf(over, { params: { who: 'Eve' } })
    expect(optionsOf(given, 'tts')).toMatchObject({ voice: 'Eve' })
  })

  test('a module of the same name in another folder is another processor', async () => {
    const kit = base.replace(
      '{ use: anthropic-llm, with: { prompt: "${file:prompts/a.md}" } }',
      '{ use: ./mind.ts, with: { a: 1 } }',
    )
    const { diagnostics } = await checkText(`${over}nodes: { llm: ./mind.ts }\n`, {
      files: { [path]: kit },
    })
    expect(diagnostics.map(({ message }) => message)).toContain(
      'Cannot read ./mind.ts; it was looked for next to bot.yaml.',
    )
    expect(told(diagnostics)).toContain('bot.yaml:3 file-missing')
  })

  test('bases are laid from left to right, each above its own, and each counts once', async () => {
    const of = (voice: string, more = ''): string =>
      `version: 1\n${more}nodes: { tts: { with: { voice: ${voice} } } }\n`
    const stack = {
      ...files,
      '/bots/kit/left.yaml': of('left', 'extends: ./base.yaml\n'),
      '/bots/kit/right.yaml': 'version: 1\nextends: ./base.yaml\n',
    }
    const plan = await planOf('version: 1\nextends: [./kit/left.yaml, ./kit/right.yaml]\n', {
      files: stack,
    })
    // The base is not laid over the left one again because the right one names it, too.
    expect(optionsOf(plan, 'tts')).toMatchObject({ voice: 'left' })
    const above = await planOf(
      `version: 1\nextends: [./kit/left.yaml, ./kit/top.yaml]\n${of('x').slice(11).replace('x', 'mine')}`,
      { files: { ...stack, '/bots/kit/top.yaml': of('top') } },
    )
    expect(optionsOf(above, 'tts')).toMatchObject({ voice: 'mine' })
  })

  test('anchors stay in their files', async () => {
    const { diagnostics } = await checkText(`${over}nodes: { llm: { with: { model: *kit } } }\n`, {
      files: { ...files, [path]: base.replace('phone: twilio', 'phone: &kit twilio') },
    })
    expect(told(diagnostics)).toEqual(['bot.yaml:3 yaml-syntax'])
  })

  test('a mistake is told at the file and the line that wrote it, with the way there', async () => {
    const { diagnostics } = await checkText(`${over}nodes: { tts: { with: { speed: 9 } } }\n`, {
      files: { ...files, [path]: base.replace('prompt:', 'promt:') },
    })
    expect(told(diagnostics)).toEqual(['bot.yaml:3 bad-value', 'kit/base.yaml:7 unknown-option'])
    expect(diagnostics[1]?.usedIn).toMatchObject([
      { file: 'bot.yaml', range: { start: { line: 2 } } },
    ])
  })

  test('variables that are not set are named once, with the file that wants them', async () => {
    const wanting = base.replace('voice: "${param:who}"', 'voice: "${env:VOICE}"')
    const { diagnostics } = await checkText(
      `${over}nodes: { stt: { with: { language: "\${env:A}" } } }\n`,
      {
        files: { ...files, [path]: wanting },
        env: {},
      },
    )
    expect(diagnostics.map(({ message }) => message)).toEqual([
      '2 environment variables are not set: A (line 3), VOICE (kit/base.yaml:8).',
    ])
  })
})

const profiles = `profiles:
  browser: { nodes: { phone: websocket } }
  bad: { nodes: { tts: { with: { speed: 9, voise: x } }, stt: { with: { model: "\${env:M}" } } } }
`

describe('a profile', () => {
  test('is laid over everything else when it is asked for', async () => {
    const text = `${over}${profiles}`
    expect(useOf(await planOf(text), 'phone')).toBe('twilio')
    expect(useOf(await planOf(text, { profile: 'browser' }), 'phone')).toBe('websocket')
  })

  test('of a base merges with that of the graph, and both lie above the graph', async () => {
    const kit = `${base}profiles: { dev: { nodes: { phone: websocket, tts: { with: { voice: dev } } } } }\n`
    const text = `${over}nodes: { tts: { with: { speed: fast, voice: mine } } }
profiles: { dev: { nodes: { phone: null } }, x: {} }\n`
    const { profiles: all } = await checkAll(text, kit)
    expect([...all.keys()]).toEqual(['dev', 'x'])
    const plan = await planOf(text.replace('null', '{ label: p }'), {
      files: { ...files, [path]: kit },
      profile: 'dev',
    })
    expect(useOf(plan, 'phone')).toBe('websocket')
    expect(optionsOf(plan, 'tts')).toMatchObject({ voice: 'dev', speed: 'fast' })
  })

  test('of a base can be removed', async () => {
    const kit = `${base}${profiles}`
    const text = `${over}profiles: { bad: null }\n`
    const { profiles: left, diagnostics } = await checkAll(text, kit)
    expect([...left.keys()]).toEqual(['browser'])
    expect(diagnostics).toEqual([])
  })

  test('that is wrong is found without being asked for; one cause is told once', async () => {
    const text = `${base}${profiles}`
      .replace('stt: deepgram-stt', 'stt: { use: deepgram-stt, with: { languge: en } }')
      .replace('"${param:who}"', '"${env:VOICE}"')
      .replace('"${file:prompts/a.md}"', 'Hello.')
    const { diagnostics, plan, profiles: all } = await checkAll(text, base)
    expect(plan).toBeUndefined()
    expect([...all]).toEqual([
      ['browser', undefined],
      ['bad', undefined],
    ])
    expect(diagnostics.map(({ message, profiles: of }) => [message, of?.join()])).toEqual([
      ['"languge" is not an option of deepgram-stt.', undefined],
      ['1 environment variable is not set: VOICE (line 8).', undefined],
      ['speed must be at most 2; "9" is not.', 'bad'],
      ['"voise" is not an option of cartesia-tts.', 'bad'],
      ['1 environment variable is not set: M (line 12).', 'bad'],
    ])
  })
})
