/**
 * A child process of `cloud`: holds so many calls at a time, each with so many turns, and prints the
 * framework's share of each turn in ms: `node cloud-calls.ts <calls> <turns>`.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Subject } from 'rxjs'
import anthropicLlm from 'voxgraph/processors/anthropic-llm'
import cartesiaTts from 'voxgraph/processors/cartesia-tts'
import deepgramStt from 'voxgraph/processors/deepgram-stt'
import {
  audio,
  defineTransport,
  durationMs,
  speech,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import {
  cartesiaVoice,
  createLiveClock,
  emulatorKey,
  programOf,
  type NodeInit,
} from 'voxgraph/testing'
import type { NodeDefinition } from 'voxgraph/plugin'
import { drivers } from '../../src/drivers.ts'
import { Session } from '../../src/kernel/session.ts'
import { createShared } from '../../src/kernel/shared.ts'
import { createValidators } from '../../src/schema/compile.ts'
import { keyOf, type FromVendors, type OwnTimes } from './cloud-turn.ts'

const [count = 1, turns = 20] = process.argv.slice(2).map(Number)
/** How long the caller speaks, and is silent behind an answer, in ms. */
const [speechMs, pauseMs] = [200, 100]
/** Turns of each call that are not counted: connections and code get warm, a single caller's later. */
const warm = count === 1 ? 10 : 2
const sampleRate = 16_000

const clock = createLiveClock()
const shared = createShared({ debug() {}, info() {}, warn() {} })
const validators = createValidators()

const line = defineTransport({
  id: 'line',
  summary: 'Stands in for a transport.',
  ports: { in: { audio: 'audio' }, out: { audio: { type: 'audio', main: true } } },
  listen: () => Promise.reject(new Error('not opened')),
})

const vendors = fork(fileURLToPath(new URL('./cloud-vendors.ts', import.meta.url)), [], {
  execArgv: ['-C', '@voxgraph/source'],
})
const next = <T extends FromVendors>(from: ChildProcess): Promise<T> =>
  new Promise((resolve) => void from.once('message', (message) => resolve(message as T)))
const endpoints = await next<Extract<FromVendors, { stt: string }>>(vendors)

const stage = (definition: NodeDefinition, endpoint: string, more: object = {}): NodeInit => {
  const options = { endpoint, api_key: emulatorKey, ...more }
  // Fills the defaults in.
  validators.of(definition.options)(options)
  return { definition, options }
}

const made = programOf({
  nodes: {
    line,
    stt: stage(deepgramStt, endpoints.stt),
    mind: stage(anthropicLlm, endpoints.llm),
    voice: stage(cartesiaTts, endpoints.tts, { voice: cartesiaVoice }),
  },
  flow: ['line -> stt -> mind -> voice -> line'],
  // The turn is over with its last word: what is waited for otherwise is the policy's, not ours.
  turns: { end: [{ silence: 0 }], trouble: { wait: '', sorry: '', goodbye: '' } },
  buffer: 20,
})
const format = { sampleRate, channels: 1, encoding: 'pcm' } as const
const edges = made.plan.edges.map((edge) => (edge.type === 'audio' ? { ...edge, format } : edge))
const program = { ...made, plan: { ...made.plan, edges } }

/** One call: its turns, each with the time from the end of speech to the first sound, in ms. */
async function callOf(caller: number): Promise<readonly number[]> {
  const frames = new Subject<Frame>()
  let playedUntil = 0
  let sounded = (): void => undefined
  const connection: Connection = {
    call: {},
    frames,
    play(frame) {
      sounded()
      playedUntil = Math.max(clock.now(), playedUntil) + durationMs(frame)
    },
    send: () => undefined,
    clear: () => undefined,
    close: () => undefined,
  }
  const session = new Session({
    ...{ id: `call ${caller}`, program, clock, shared, drivers },
    connections: new Map([['line', connection]]),
  })
  await session.start()
  let level = 0
  const tick = setInterval(() => {
    const samples = new Int16Array((sampleRate * 20) / 1000).fill(level)
    frames.next(audio({ role: 'user', samples, sampleRate }))
  }, 20)
  const times: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    // Who speaks is told by the level.
    level = caller
    frames.next(speech({ state: 'started', by: 'line', latency: 0 }))
    await clock.sleep(speechMs)
    level = 0
    const first = new Promise<number>((resolve) => (sounded = () => resolve(clock.now())))
    const from = clock.now()
    frames.next(speech({ state: 'stopped', by: 'line', latency: 0 }))
    times.push((await first) - from)
    sounded = () => undefined
    while (clock.now() < playedUntil + pauseMs)
      await clock.sleep(playedUntil + pauseMs - clock.now())
  }
  clearInterval(tick)
  session.cancel('done')
  await session.ended
  return times
}

// Callers do not ring at the same moment.
const all = await Promise.all(
  Array.from({ length: count }, async (_, index) => {
    await clock.sleep((index * 1000) / count)
    return callOf(index + 1)
  }),
)
vendors.send('report')
const { own, violations } = await next<{ own: OwnTimes; violations: readonly string[] }>(vendors)
const shares = all.flatMap((times, index) =>
  times.slice(warm).map((total, turn) => {
    const { stt = NaN, llm = NaN, tts = NaN } = own[keyOf(index + 1, turn + warm)] ?? {}
    return total - stt - llm - tts
  }),
)
process.stdout.write(JSON.stringify({ shares, violations }))
vendors.disconnect()
await shared.close()
