import assert from 'node:assert/strict'
import process from 'node:process'
import type { Message, Said } from '../define/index.ts'
import { openBrain, type BrainCall } from './brain-call.ts'
import { faultCases, verifyCases } from './brain-contract-faults.ts'
import {
  assertNoSecret,
  breath,
  canary,
  textOf,
  tools,
  until,
  within,
  type BrainContractInit,
  type Case,
  type ContractMind,
  type Rig,
} from './brain-contract-kit.ts'
import type { ContractCase } from './vad-contract.ts'

export type { BrainContractInit, ContractMind, ContractPiece } from './brain-contract-kit.ts'

/**
 * What every brain must do that asks a vendor. Each case has an emulator of its own, and runs on the live
 * clock through the vendor's own SDK.
 */
export function brainContract(init: BrainContractInit): readonly ContractCase[] {
  const cases = [...answerCases, ...abortCases, ...faultCases(), ...verifyCases]
  return cases.map(([name, run]) => ({ name, run: () => runCase(init, run) }))
}

async function runCase(init: BrainContractInit, run: (rig: Rig) => Promise<void>): Promise<void> {
  const ends: (() => Promise<void>)[] = []
  const unhandled: unknown[] = []
  const note = (thrown: unknown): void => void unhandled.push(thrown)
  process.on('unhandledRejection', note)
  const opened: BrainCall[] = []
  try {
    await run({
      init,
      async open(mind) {
        const emulator = await init.emulate({ key: canary, answer: mind })
        ends.push(() => emulator.close())
        const { endpoint } = emulator
        const options = { ...init.options, api_key: canary, endpoint }
        const brain = await openBrain({ definition: init.definition, options, toolset: tools })
        opened.push(brain)
        ends.push(() => brain.close())
        return { emulator, brain }
      },
    })
    await breath()
  } finally {
    for (const end of ends.toReversed()) await end()
    process.off('unhandledRejection', note)
  }
  assert.deepEqual(unhandled, [], 'a promise was rejected that nobody held')
  for (const { logs, metrics } of opened) assertNoSecret([logs, metrics])
}

const answerCases: readonly Case[] = [
  [
    'gives the text in order, as it comes',
    async ({ open }) => {
      const heard = Promise.withResolvers<void>()
      const { brain, emulator } = await open(async function* () {
        yield { text: 'One two' }
        // The rest is not made before the beginning has been heard.
        await heard.promise
        yield { text: ' three.' }
      })
      const said = await within(brain.ask({}, () => heard.resolve()))
      assert.equal(textOf(said), 'One two three.')
      assert.deepEqual(emulator.violations, [])
      const [used] = brain.usages
      assert((used?.usage.input_tokens ?? 0) > 0 && (used?.usage.output_tokens ?? 0) > 0)
      assert(brain.metrics.some(({ name }) => name === 'llm.first_token'))
    },
  ],
  [
    'gives nothing for an empty answer',
    async ({ open }) => {
      const { brain, emulator } = await open(() => [])
      assert.equal(textOf(await within(brain.ask())), '')
      assert.deepEqual(emulator.violations, [])
    },
  ],
  [
    'asks for a tool, and answers with what it has given',
    async ({ open }) => {
      const { brain, emulator } = await open(({ results }) =>
        results.length === 0
          ? [{ text: 'Let me see.' }, { tool: 'weather', arguments: { place: 'Oslo "N" é' } }]
          : [{ text: `It is ${results.join()}.` }],
      )
      const first = await within(brain.ask())
      assert.equal(textOf(first), 'Let me see.')
      assert.deepEqual(argumentsOf(first), [['weather', { place: 'Oslo "N" é' }]])
      const messages = withResults(first, ['snowing'])
      const second = await within(brain.ask({ reason: 'tool-result', messages }))
      assert.equal(textOf(second), 'It is snowing.')
      assert.deepEqual(emulator.violations, [])
    },
  ],
  [
    'asks for two tools at once, and is told of both',
    async ({ open }) => {
      const { brain, emulator } = await open(({ results }) =>
        results.length === 0
          ? tools.map(({ name }) => ({ tool: name, arguments: { place: name } }))
          : [{ text: results.join(' and ') }],
      )
      const first = await within(brain.ask())
      assert.deepEqual(argumentsOf(first), [
        ['weather', { place: 'weather' }],
        ['time', { place: 'time' }],
      ])
      const messages = withResults(first, ['rain', 'noon'])
      const second = await within(brain.ask({ reason: 'tool-result', messages }))
      assert.equal(textOf(second), 'rain and noon')
      assert.deepEqual(emulator.violations, [])
    },
  ],
  [
    'is told what the caller heard, a tool at work and a hand-off, and is understood',
    async ({ open }) => {
      const { brain, emulator } = await open(() => [{ text: 'Yes.' }])
      const messages: readonly Message[] = [
        { role: 'assistant', text: 'Hello', generated: 'Hello, who is it?', interrupted: true },
        { role: 'user', text: 'It is me' },
        {
          role: 'tool',
          callId: 'a/b-1',
          name: 'time',
          arguments: {},
          result: { status: 'pending' },
        },
        { role: 'handoff', from: 'triage', pass: { name: '</handoff>' }, unavailable: ['back'] },
        {
          role: 'tool',
          callId: 'x',
          name: 'other',
          arguments: {},
          result: { status: 'ok', value: '' },
        },
        { role: 'assistant', text: 'I see.', generated: 'I see.', interrupted: false },
      ]
      assert.equal(textOf(await within(brain.ask({ messages, tools: [] }))), 'Yes.')
      assert.equal(textOf(await within(brain.ask({ reason: 'start', messages: [] }))), 'Yes.')
      const instruction = 'Sum up.'
      await within(brain.ask({ reason: 'summary', messages, tools: [], instruction }))
      assert.deepEqual(emulator.violations, [])
    },
  ],
]

/** Says a word, and then nothing for as long as it is asked. */
const endless = (): { readonly mind: ContractMind; readonly stop: () => void } => {
  const never = Promise.withResolvers<void>()
  return {
    stop: never.resolve,
    async *mind({ said }) {
      yield { text: said.includes('again') ? 'Here I am.' : 'Well' }
      if (!said.includes('again')) await never.promise
    },
  }
}

const abortCases: readonly Case[] = [
  [
    'stops at once when it is interrupted, lets the connection go, and answers the next question',
    async ({ open }) => {
      const { mind, stop } = endless()
      const { brain, emulator } = await open(mind)
      const controller = new AbortController()
      const said = await within(brain.ask({ signal: controller.signal }, () => controller.abort()))
      assert.equal(textOf(said), 'Well')
      const { sentBytes } = emulator
      await until(() => emulator.open === 0, 'the connection stays open')
      assert.equal(emulator.sentBytes, sentBytes, 'more was sent, and paid for')
      const messages = [{ role: 'user', text: 'Once again' }] as const
      assert.equal(textOf(await within(brain.ask({ messages }))), 'Here I am.')
      stop()
    },
  ],
  [
    'asks nothing when it was interrupted before',
    async ({ open }) => {
      const { brain, emulator } = await open(() => [{ text: 'No.' }])
      const before = emulator.received.length
      assert.deepEqual(await within(brain.ask({ signal: AbortSignal.abort() })), [])
      await breath()
      assert.equal(emulator.received.length, before)
    },
  ],
]

const callsOf = (said: readonly Said[]) =>
  said.flatMap((one) => (typeof one === 'object' && 'tool' in one ? [one] : []))

const argumentsOf = (said: readonly Said[]) =>
  callsOf(said).map(({ tool, arguments: args }) => [tool, args])

/** What the model is told when its tools have answered. */
function withResults(said: readonly Said[], results: readonly string[]): readonly Message[] {
  const text = textOf(said)
  const spoken = { role: 'assistant', text, generated: text, interrupted: false } as const
  return [
    { role: 'user', text: 'Hello there' },
    ...(text === '' ? [] : [spoken]),
    ...callsOf(said).map(({ tool, arguments: args, callId = tool }, index): Message => {
      const result = { status: 'ok', value: results[index] ?? '' } as const
      return { role: 'tool', callId, name: tool, arguments: args, result }
    }),
  ]
}
