import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cartesiaVoice, createLiveClock, emulatorKey } from 'voxgraph/testing'
import { connectClient } from 'voxgraph/transports/websocket'
import { startServe } from '../../serve/cli.ts'
import { keyOf, type FromVendors, type OwnTimes } from '../cloud-turn.ts'
import { percentile } from '../session.ts'

const callers = 50
const turns = 12
/** Turns of each call that are not counted: connections and code get warm. */
const warm = 2
/** How long the caller speaks, in ms. */
const speechMs = 200
/** How long the caller is silent behind an answer, in ms: no pause between two of its sentences is as long. */
const pauseMs = 700
/** An answer that has not begun after so long will not come, in ms. */
const patienceMs = 10_000
const sampleRate = 16_000
const frameMs = 20

/**
 * Fifty callers on one `voxgraph serve`, by WebSocket, each in a conversation with Deepgram, Claude and Cartesia
 * on loopback. The framework's share of a turn, in ms: from the caller's last sound to the first of the answer
 * at the caller, without what the vendors took. Server, vendors and callers are a process each; what the wire
 * and the machine need for the three counts as ours.
 */
export async function servedLoad(): Promise<Record<string, number>> {
  const vendors = fork(fileURLToPath(new URL('../cloud-vendors.ts', import.meta.url)), [], {
    execArgv: ['-C', '@voxgraph/source'],
  })
  const places = await next<Extract<FromVendors, { stt: string }>>(vendors)
  const graph = fileURLToPath(new URL('./graph.yaml', import.meta.url))
  const settings = Object.entries({ ...places, voice: cartesiaVoice }).flatMap(([name, value]) => [
    '--set',
    `${name}=${value}`,
  ])
  const names = ['DEEPGRAM_API_KEY', 'ANTHROPIC_API_KEY', 'CARTESIA_API_KEY']
  const env = Object.fromEntries(names.map((name) => [name, emulatorKey]))
  const args = [graph, ...settings, '--quiet', '--no-verify', '--max-lag', '5s']
  const server = await startServe(args, { env })
  const url = `${server.address.replace('http', 'ws')}/load`
  const clock = createLiveClock()
  const all = await Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      // Callers do not ring at the same moment.
      await clock.sleep((index * 1000) / callers)
      return turnsOf(url, index + 1)
    }),
  )
  vendors.send('report')
  const { own, violations } = await next<{ own: OwnTimes; violations: readonly string[] }>(vendors)
  vendors.disconnect()
  server.kill('SIGTERM')
  const code = await server.exited
  const shares = all.flatMap((times, index) =>
    times.slice(warm).map((total, turn) => {
      const { stt = NaN, llm = NaN, tts = NaN } = own[keyOf(index + 1, turn + warm)] ?? {}
      return total - stt - llm - tts
    }),
  )
  const missing = shares.filter(Number.isNaN).length
  if (code !== 0 || violations.length > 0 || missing > 0) {
    const why = `exit code ${code}, ${missing} turns without figures, ${violations[0] ?? ''}`
    throw new Error(`not measured: ${why}\n${server.err()}`)
  }
  return {
    served50_turn_ms_p50: percentile(shares, 0.5),
    served50_turn_ms_p95: percentile(shares, 0.95),
  }
}

const next = <T extends FromVendors>(from: ChildProcess): Promise<T> =>
  new Promise((resolve) => void from.once('message', (message) => resolve(message as T)))

/** The turns of one call, each with the time from the end of speech to the first sound, in ms. */
async function turnsOf(url: string, caller: number): Promise<readonly number[]> {
  const clock = createLiveClock()
  let playedUntil = 0
  let sounded = (): void => undefined
  const client = await connectClient(url, {
    sampleRate,
    onAudio(samples) {
      sounded()
      playedUntil = Math.max(clock.now(), playedUntil) + (samples.length * 1000) / sampleRate
    },
  })
  // Who speaks is told by the level.
  let level = 0
  const say = (): void => client.send(new Int16Array((sampleRate * frameMs) / 1000).fill(level))
  const tick = setInterval(say, frameMs)
  const times: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    level = caller
    say()
    await clock.sleep(speechMs)
    level = 0
    const first = new Promise<number>((resolve) => (sounded = () => resolve(clock.now())))
    const from = clock.now()
    say()
    const soundedAt = await Promise.race([first, clock.sleep(patienceMs)])
    if (soundedAt === undefined) throw new Error(`caller ${caller} got no answer in turn ${turn}`)
    times.push(soundedAt - from)
    sounded = () => undefined
    for (let left = patienceMs; left > 0; left = playedUntil + pauseMs - clock.now()) {
      await clock.sleep(Math.min(left, pauseMs))
    }
  }
  clearInterval(tick)
  await client.close()
  return times
}
