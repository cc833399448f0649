import { audio, defineProcessor, type Clock } from 'voxgraph/plugin'
import flite from 'voxgraph/processors/flite-tts'
import silero from 'voxgraph/processors/silero-vad'
import { createLiveClock, sharedOnce } from 'voxgraph/testing'
import { readOut } from '../../src/testing/read-out.ts'
import { liveSession } from './session.ts'

const secondsPerStep = 5
const frameMs = 20
const sampleRate = 16_000
const frameLength = (sampleRate * frameMs) / 1000
const options = { threshold: 0.5, threshold_off: 0.35, start: 120, stop: 250 }

const sink = defineProcessor({
  id: 'sink',
  summary: 'Takes sound.',
  role: 'sink',
  ports: { in: { audio: 'audio' } },
  setup: () => ({ audio: () => undefined }),
})

/** A sentence over and over, with as much quiet as speech: what a line of a call carries. */
async function sound(): Promise<Int16Array> {
  const voice = { definition: flite, options: { voice: 'rms', speed: 1 } }
  const sentence = 'I would like to book a room for two nights, please.'
  const [said = new Int16Array(0)] = await readOut([sentence], voice, sampleRate)
  return Int16Array.from([...said, ...said.map((_, index) => (index % 7) - 3)])
}

/**
 * CPU time of the process, its thread included, for each second of sound and call, in % of a core: calls in
 * real time, 20 ms frames, each call at its own moment of the 20 ms. What the empty sessions cost
 * (`cpu_pct_per_call`) is in it.
 */
export async function vadCost(): Promise<Record<string, number>> {
  const samples = await sound()
  const clock = createLiveClock()
  const { definition, close } = sharedOnce(silero)
  const calls: { feed(): void; end(): Promise<unknown> }[] = []
  async function call(number: number): Promise<(typeof calls)[number]> {
    const session = liveSession(
      { nodes: { vad: { definition, options }, end: sink }, flow: ['vad -> end'] },
      { clock },
    )
    await session.start()
    let at = number * 1000
    return {
      feed() {
        at = (at + frameLength) % (samples.length - frameLength)
        const part = samples.slice(at, at + frameLength)
        session.feed('vad', 'audio', audio({ role: 'user', samples: part, sampleRate }))
      },
      async end() {
        session.cancel('done')
        await session.ended
      },
    }
  }
  const figures: Record<string, number> = {}
  for (const count of [1, 10, 100]) {
    while (calls.length < count) calls.push(await call(calls.length))
    figures[`vad_cpu_pct_per_call_${count}`] = await cpuOf(calls, clock)
  }
  await Promise.all(calls.map((one) => one.end()))
  await close()
  return figures
}

/** Feeds calls in real time for a while, spread over the length of a frame. CPU in % of a core for each call. */
async function cpuOf(calls: readonly { feed(): void }[], clock: Clock): Promise<number> {
  const slots = Math.min(4, calls.length)
  let tick = 0
  const timer = setInterval(() => {
    tick += 1
    for (let i = tick % slots; i < calls.length; i += slots) calls[i]?.feed()
  }, frameMs / slots)
  await clock.sleep(1000)
  const before = process.cpuUsage()
  const fed = tick
  await clock.sleep(secondsPerStep * 1000)
  const used = process.cpuUsage(before)
  clearInterval(timer)
  // What was fed counts, not what should have been: a timer may come late.
  const soundMs = ((tick - fed) / slots) * frameMs * calls.length
  return ((used.user + used.system) / 1000 / soundMs) * 100
}
