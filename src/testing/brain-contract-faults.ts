import assert from 'node:assert/strict'
import type { ErrorCategory } from '../frames/index.ts'
import { openBrain } from './brain-call.ts'
import {
  assertFails,
  canary,
  textOf,
  tools,
  until,
  within,
  type Case,
} from './brain-contract-kit.ts'
import type { FaultMoment, FaultName } from './emulators/emulator.ts'

/** What becomes of each fault, and when it happens; `hangs` is for whoever waits to end. */
const faults: readonly (readonly [FaultName, FaultMoment, ErrorCategory | 'any' | 'hangs'])[] = [
  ['refuse', 'open', 'connectivity'],
  ['unauthorized', 'open', 'auth'],
  ['rate-limit', 'open', 'rate-limit'],
  ['overloaded', 'open', 'overloaded'],
  ['garbage', 'open', 'server'],
  ['stall', 'open', 'hangs'],
  ['error-mid-stream', 'answer', 'any'],
  ['clean-end', 'answer', 'server'],
  ['stall', 'answer', 'hangs'],
  ['drip', 'answer', 'hangs'],
  ['half-open', 'answer', 'hangs'],
  ['abrupt-close', 'answer', 'connectivity'],
  ['garbage', 'answer', 'server'],
  ['wrong-order', 'answer', 'server'],
  ['duplicate', 'answer', 'server'],
  ['huge', 'answer', 'server'],
  ['error-mid-stream', 'now', 'any'],
  ['clean-end', 'now', 'server'],
  ['abrupt-close', 'now', 'connectivity'],
  ['half-open', 'now', 'hangs'],
]

/** Every fault, at every moment at which it makes sense. */
export const faultCases = (): readonly Case[] => faults.map(faultCase)

const faultCase = ([fault, when, becomes]: (typeof faults)[number]): Case => [
  becomes === 'hangs'
    ? `can be interrupted when ${fault} happens (${when}), and answers the next question`
    : `fails as ${becomes === 'any' ? 'the vendor says' : becomes} when ${fault} happens (${when}), and answers the next question`,
  async (rig) => {
    let isFirst = true
    const begun = Promise.withResolvers<void>()
    const { brain, emulator } = await rig.open(async function* () {
      yield { text: 'One two three four five.' }
      // What is to go wrong now must find an answer on its way.
      if (isFirst && when === 'now') await begun.promise
      isFirst = false
    })
    if (when !== 'now') emulator.fail({ fault, when })
    const controller = new AbortController()
    const asked = brain.ask({ signal: controller.signal }, () => {
      if (when === 'now' && isFirst) emulator.fail({ fault, when })
      if (when === 'now') isFirst = false
    })
    if (becomes === 'hangs') {
      const before = emulator.received.length
      await Promise.race([asked, until(() => emulator.received.length > before, 'nobody asked')])
      controller.abort()
      await within(asked)
      await until(() => emulator.open === 0, 'the connection stays open')
    } else await assertFails(asked, becomes, rig.init.unseen?.includes(fault) ?? false)
    begun.resolve()
    emulator.heal()
    isFirst = false
    assert.equal(textOf(await within(brain.ask())), 'One two three four five.')
  },
]

/** What is known before calls are taken. */
export const verifyCases: readonly Case[] = [
  [
    'verifies the key and the model',
    async ({ init, open }) => {
      const { emulator } = await open(() => [])
      const { verify } = init.definition
      assert(verify, 'it has no verify')
      const ask = (options: object): Promise<void> => {
        const { endpoint } = emulator
        const log = { debug: nothing, info: nothing, warn: nothing }
        const all = { ...init.options, api_key: canary, endpoint, ...options }
        return within(verify({ options: all as never, log, signal: new AbortController().signal }))
      }
      await ask({})
      await assertFails(ask({ api_key: `${canary}-other` }), 'auth')
      await assertFails(ask(init.unknownModel), 'invalid')
      emulator.fail({ fault: 'garbage', when: 'open' })
      await assertFails(ask({}), 'server')
      emulator.fail({ fault: 'refuse', when: 'open' })
      await assertFails(ask({}), 'connectivity')
    },
  ],
  [
    'says which key is missing',
    async ({ init }) => {
      const { definition, options } = init
      const toolset = tools
      for (const api_key of [undefined, '', ' ']) {
        await assertFails(
          openBrain({ definition, toolset, options: { ...options, api_key } }),
          'auth',
        )
      }
    },
  ],
]

const nothing = (): void => undefined
