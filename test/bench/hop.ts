import { audio, defineProcessor, type AudioFrame } from 'voxgraph/plugin'
import { liveSession, median, percentile } from './session.ts'

const hop = defineProcessor({
  id: 'hop',
  summary: 'Hands sound on through a handler.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  setup: () => ({ audio: (frame) => frame }),
})

/** 20 ms at 16 kHz. */
const frame: AudioFrame = {
  ...audio({ role: 'user', samples: new Int16Array(320), sampleRate: 16_000 }),
  id: 1,
}

async function chain(hops: number, onFrame: () => void) {
  const sink = defineProcessor({
    id: 'sink',
    summary: 'Counts.',
    ports: { in: { audio: 'audio' } },
    setup: () => ({ audio: onFrame }),
  })
  const ids = Array.from({ length: hops }, (_, i) => `n${i}`)
  const nodes = { ...Object.fromEntries(ids.map((id) => [id, hop])), sink }
  const session = liveSession({ nodes, flow: [[...ids, 'sink'].join(' -> ')] })
  await session.start()
  return session
}

/** Time of one hop in µs: 20 ms audio frames through chains of handlers, one after the other. */
export async function hopCost(): Promise<Record<string, number>> {
  const results: Record<string, number> = {}
  const framesPerRun = 20_000
  for (const hops of [1, 5, 10, 20]) {
    const session = await chain(hops, () => undefined)
    const runs: number[] = []
    for (let run = 0; run < 12; run++) {
      const from = performance.now()
      for (let i = 0; i < framesPerRun; i++) session.feed('n0', 'audio', frame)
      runs.push(((performance.now() - from) * 1000) / framesPerRun / (hops + 1))
    }
    // The first runs warm the compiler up.
    results[`hop_us_${hops}`] = median(runs.slice(4))
    session.cancel('done')
    await session.ended
  }
  return results
}

/** Latency of one frame through ten nodes that have nothing else to do, in µs. */
export async function frameLatency(): Promise<Record<string, number>> {
  let arrived = 0
  const session = await chain(10, () => {
    arrived = performance.now()
  })
  const latencies: number[] = []
  for (let i = 0; i < 12_000; i++) {
    const from = performance.now()
    session.feed('n0', 'audio', frame)
    if (i >= 2_000) latencies.push((arrived - from) * 1000)
    if (i % 20 === 0) await new Promise((resolve) => void setImmediate(resolve))
  }
  session.cancel('done')
  await session.ended
  return {
    frame_p50_us_10: percentile(latencies, 0.5),
    frame_p99_us_10: percentile(latencies, 0.99),
  }
}
