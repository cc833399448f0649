/**
 * A child process of the tests: many calls with one provider that begin and end at once, are given up while
 * they are being set up, are cut off in the middle of their first answer, or meet a fault. Prints what is left
 * of them: `node churn.ts <provider>`.
 */
import { createLiveClock, faultNames, programOf, type Emulator } from 'voxgraph/testing'
import { drivers } from '../../src/drivers.ts'
import { Session } from '../../src/kernel/session.ts'
import { createShared } from '../../src/kernel/shared.ts'
import { lineRate, openLine } from '../faults/line.ts'
import { providers, type Provider } from '../faults/providers.ts'
import { loudness, steadyEars, steadyMind, steadyVoice } from '../faults/stages.ts'

const calls = 100
/** Calls at a time. */
const width = 10
/** Longest that a call goes on, in ms: its first answer has begun by then. */
const longestMs = 150
/** Within this everything that belonged to a call is gone, in ms. */
const goneWithinMs = 2000

const [id = '', options = '{}'] = process.argv.slice(2)
const provider = providers.find((one) => one.id === id)
if (provider === undefined) throw new Error(`no provider ${id}`)

const clock = createLiveClock()
const shared = createShared({ debug() {}, info() {}, warn() {} })
let hungUp = 0

/** One call, and how it is given up. */
async function churn(number: number, emulator: Emulator, of: Provider): Promise<void> {
  const line = openLine(clock)
  let isHungUp = false
  const close = (reason: string): void => {
    if (!isHungUp) hungUp++
    isHungUp = true
    void line.connection.close(reason)
  }
  const stages = {
    stt: steadyEars(),
    llm: steadyMind,
    tts: steadyVoice,
    [of.stage]: {
      definition: of.definition,
      options: {
        ...of.options,
        ...(JSON.parse(options) as object),
        endpoint: endpointOf(emulator, of),
        api_key: emulator.key,
      },
    },
  } as Record<Provider['stage'], never>
  const made = programOf({
    nodes: { phone: line.definition, vad: loudness, ...stages },
    flow: ['phone -> vad -> stt -> llm -> tts -> phone'],
    buffer: 20,
  })
  const format = { sampleRate: lineRate, channels: 1, encoding: 'pcm' } as const
  const edges = made.plan.edges.map((edge) => (edge.type === 'audio' ? { ...edge, format } : edge))
  const session = new Session({
    ...{ id: `call ${number}`, clock, shared, drivers },
    program: { ...made, plan: { ...made.plan, edges } },
    connections: new Map([['phone', { ...line.connection, close }]]),
  })
  const fault = faultNames[number % faultNames.length] ?? 'stall'
  if (number % 5 === 4) emulator.fail({ fault, when: number % 2 === 0 ? 'open' : 'answer' })
  const starting = session.start().catch(() => undefined)
  // Given up in the tick in which it began, somewhere in its set-up, or later.
  if (number % 5 === 1) await clock.sleep(number % 20)
  if (number % 5 >= 2) {
    await starting
    void line.speak(longestMs / 2)
    await clock.sleep((number * 37) % longestMs)
  }
  session.cancel('nobody wants it')
  await session.ended
  await starting
  // One that is closed by its own sound has set its clock again.
  void line.connection.close('')
}

const endpointOf = ({ endpoint }: Emulator, of: Provider): string =>
  of.id.startsWith('openai') && !endpoint.endsWith('/v1') ? `${endpoint}/v1` : endpoint

const emulator = await provider.emulate()
let next = 0
const caller = async (): Promise<void> => {
  while (next < calls) await churn(next++, emulator, provider)
}
await Promise.all(Array.from({ length: width }, caller))
emulator.heal()
const until = clock.now()
while (emulator.open > 0 && clock.now() < until + goneWithinMs) await clock.sleep(20)
const { open, violations, received } = emulator
await shared.close()
await emulator.close()
process.stdout.write(JSON.stringify({ open, hungUp, violations, reached: received.length }))
