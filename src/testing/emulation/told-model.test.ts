import { describe, expect, it } from 'vitest'
import type { BrainDefinition, Inference, Message } from '../../define/index.ts'
import { openBrain } from '../brain-call.ts'
import { emulateAnthropic } from '../emulators/anthropic.ts'
import { emulateOpenAi } from '../emulators/openai.ts'
import { mindOf, type AskedMind, type ToldModel } from './told-model.ts'
import { toldClaude, toldOpenAi } from './told-requests.ts'

const empty = { type: 'object', additionalProperties: false, properties: {} } as const
const tools = ['find_room', 'run_diagnosis'].map((name) => ({
  ...{ name, description: 'It does something.', parameters: empty },
}))

const talk: readonly Message[] = [
  { role: 'handoff', from: 'triage', pass: { reason: 'a < b' }, unavailable: [] },
  { role: 'user', text: 'Tell me about the hotel.' },
  {
    role: 'assistant',
    text: 'We are small',
    generated: 'We are small, by the sea.',
    interrupted: true,
  },
  { role: 'user', text: 'Is a room free?' },
  {
    ...{ role: 'tool', callId: 'x.0', name: 'find_room', arguments: { day: 'Friday' } },
    result: { status: 'ok', value: { free: 3 } },
  },
]

/** What an emulated vendor understands of a question, asked through its real SDK. */
async function understood(
  vendor: 'anthropic' | 'openai',
  question: Partial<Inference>,
): Promise<AskedMind | undefined> {
  let told: ToldModel | undefined
  const emulator =
    vendor === 'anthropic'
      ? await emulateAnthropic({
          answer: ({ body }) => ((told = toldClaude(body)), [{ text: 'Yes.' }]),
        })
      : await emulateOpenAi({
          answer: (_, body) => ((told = toldOpenAi(body)), [{ text: 'Yes.' }]),
        })
  const { endpoint, key: api_key } = emulator
  const definition = await definitionOf(vendor)
  const options =
    vendor === 'anthropic'
      ? {
          ...{ api_key, endpoint, model: 'claude-haiku-4-5', max_tokens: 100, cache: '5m' },
          ...{ prewarm: false, thinking: 'off', route: [], refusal: '' },
        }
      : { api_key, endpoint, model: 'gpt-5.4-mini', max_tokens: 100, body: {} }
  const brain = await openBrain({ definition, options, toolset: tools })
  try {
    await brain.ask({ prompt: 'You are Bob.', ...question })
    expect(emulator.violations).toEqual([])
    return told && mindOf(told)
  } finally {
    await brain.close()
    await emulator.close()
  }
}

async function definitionOf(vendor: 'anthropic' | 'openai'): Promise<BrainDefinition> {
  const door = `voxgraph/processors/${vendor}-llm`
  const { default: definition } = (await import(/* @vite-ignore */ door)) as {
    default: BrainDefinition
  }
  return definition
}

/** What a mind goes by. */
const gist = (messages: readonly Message[] = []): unknown =>
  messages.map((message) =>
    message.role === 'tool'
      ? [message.name, message.arguments, message.result]
      : message.role === 'handoff'
        ? [message.from, message.pass]
        : message.role === 'assistant'
          ? [message.text, message.interrupted]
          : message.text,
  )

describe.each(['anthropic', 'openai'] as const)('a question by way of %s', (vendor) => {
  it('is read back as it was asked', async () => {
    const asked = await understood(vendor, { messages: talk, reason: 'tool-result' })
    expect(gist(asked?.messages)).toEqual(gist(talk))
    expect(asked?.reason).toBe('tool-result')
    expect(asked?.prompt).toContain('You are Bob.')
  })

  it('is the first one where nobody has said anything', async () => {
    const asked = await understood(vendor, { messages: [], reason: 'start' })
    expect(asked).toMatchObject({ reason: 'start', messages: [] })
  })

  it('tells how far a tool is that is at work', async () => {
    const pending: Message = {
      ...{ role: 'tool', callId: 'y.0', name: 'run_diagnosis', arguments: {} },
      result: { status: 'pending', progress: 'Half of it.' },
    }
    const messages: Message[] = [
      { role: 'user', text: 'Please look.' },
      pending,
      { role: 'user', text: 'How far is it?' },
    ]
    const asked = await understood(vendor, { messages })
    expect(asked?.reason).toBe('turn')
    expect(gist(asked?.messages)).toEqual(gist(messages))
  })

  it('says when a tool has failed', async () => {
    const failed: Message = {
      ...{ role: 'tool', callId: 'z.0', name: 'find_room', arguments: {} },
      result: { status: 'error', message: 'no line' },
    }
    const asked = await understood(vendor, {
      ...{ messages: [{ role: 'user', text: 'Look.' }, failed], reason: 'tool-result' },
    })
    expect(asked?.messages.at(-1)).toMatchObject({ result: { status: 'error' } })
  })

  it('is of somebody who takes the call over, or sums it up', async () => {
    const handed = await understood(vendor, { messages: talk.slice(0, 1), reason: 'handoff' })
    expect(handed?.reason).toBe('handoff')
    const messages = talk.slice(1, 3)
    const summary = { messages, tools: [], instruction: 'Sum up.', reason: 'summary' } as const
    expect(await understood(vendor, summary)).toMatchObject({
      ...{ reason: 'summary', instruction: 'Sum up.' },
    })
  })
})
