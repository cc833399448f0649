import { defineProcessor, interrupt, response, text, transcript } from 'voxgraph/plugin'
import { liveSession, median } from './session.ts'

const queued = 500
const stages = ['one', 'two', 'three', 'four']

/** Holds every text until its response is cut: whatever comes after it queues up. */
const stuck = defineProcessor({
  id: 'stuck',
  summary: 'Holds on to its first frame.',
  ports: { in: { text: { type: 'text', many: true } }, out: { text: 'text' } },
  setup: () => ({ text: () => new Promise(() => undefined) }),
})

const speaker = defineProcessor({
  id: 'speaker',
  summary: 'Begins a response.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  setup: () => ({ text: () => response({ state: 'started' }) }),
})

const cutter = defineProcessor({
  id: 'cutter',
  summary: 'Interrupts.',
  ports: { in: { text: 'text' } },
  setup: () => ({ text: () => interrupt({ reason: 'bench' }) }),
})

/** An interruption with 500 frames queued at each of four nodes: time in ms, stale frames delivered. */
export async function interruption(): Promise<Record<string, number>> {
  const times: number[] = []
  let stale = 0
  for (let run = 0; run < 40; run++) {
    let isCut = false
    const sink = defineProcessor({
      id: 'sink',
      summary: 'Counts what comes too late.',
      ports: { in: { text: 'text' } },
      setup: () => ({
        text: () => {
          if (isCut) stale++
        },
      }),
    })
    const nodes = Object.fromEntries(stages.map((id) => [id, stuck]))
    const flow = `speaker -> ${stages.join(' -> ')} -> sink`
    const session = liveSession({ nodes: { speaker, cutter, ...nodes, sink }, flow: [flow] })
    await session.start()
    const go = transcript({ text: 'go', final: true })
    session.feed('speaker', 'text', go)
    const stale1 = { ...text({ text: 'stale' }), response: 1 }
    for (const id of stages) for (let i = 0; i <= queued; i++) session.feed(id, 'text', stale1)
    const from = performance.now()
    session.feed('cutter', 'text', go)
    isCut = true
    times.push(performance.now() - from)
    // Whatever a stuck node lets go of now must go nowhere.
    await new Promise((resolve) => void setImmediate(resolve))
    stale += session.figures().stale
    session.cancel('done')
    await session.ended
  }
  return { interrupt_ms: median(times.slice(10)), stale }
}
