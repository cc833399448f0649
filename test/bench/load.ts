import { Subject } from 'rxjs'
import {
  audio,
  defineBrain,
  defineProcessor,
  defineTransport,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import { createLiveClock } from 'voxgraph/testing'
import type { Session } from '../../src/kernel/session.ts'
import { liveSession } from './session.ts'

const secondsPerStep = 5

const line = defineTransport({
  id: 'line',
  summary: 'Stands in for a transport.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  listen: () => Promise.reject(new Error('not opened')),
})

const ears = defineProcessor({
  id: 'ears',
  summary: 'Takes sound and never hears a word.',
  ports: { in: { audio: 'audio' }, out: { transcript: 'transcript' } },
  setup: () => ({ audio: () => undefined }),
})

const brain = defineBrain({
  id: 'brain',
  summary: 'Talks and talks.',
  options: { type: 'object', properties: {} },
  setup: () => ({
    *respond() {
      for (;;) yield 'And so on and so forth. '
    },
  }),
})

/** Speaks without pause: 60 ms of sound for each piece of text. */
const voice = defineProcessor({
  id: 'voice',
  summary: 'Makes sound for every text.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => ({
    *text(frame) {
      const span = frame.type === 'text' ? frame.span : 0
      for (let i = 0; i < 3; i++) {
        yield audio({ role: 'agent', samples: new Int16Array(320), sampleRate: 16_000, span })
      }
    },
  }),
})

function call(): { readonly session: Session; readonly caller: Subject<Frame> } {
  const caller = new Subject<Frame>()
  const connection: Connection = {
    call: {},
    frames: caller,
    play: () => undefined,
    send: () => undefined,
    clear: () => undefined,
    close: () => undefined,
  }
  const session = liveSession(
    {
      nodes: { line, ears, brain, voice },
      flow: ['line -> ears -> brain -> voice -> line'],
      // 400 ms of 20 ms frames: what a graph file gives an input for sound that is made.
      buffer: 20,
    },
    { connections: { line: connection } },
  )
  return { session, caller }
}

/** Heap, RSS and CPU of 1, 10 and 100 calls with 20 ms audio frames both ways, per call. */
export async function load(): Promise<Record<string, number>> {
  const clock = createLiveClock()
  const calls: ReturnType<typeof call>[] = []
  const marks: Record<number, { rss: number; heap: number; cpu: number }> = {}
  const tick = setInterval(() => {
    for (const { caller } of calls) {
      caller.next(audio({ role: 'user', samples: new Int16Array(320), sampleRate: 16_000 }))
    }
  }, 20)
  for (const count of [1, 10, 100]) {
    while (calls.length < count) {
      const next = call()
      calls.push(next)
      await next.session.start()
    }
    await clock.sleep(1000)
    const before = process.cpuUsage()
    const from = performance.now()
    await clock.sleep(secondsPerStep * 1000)
    const used = process.cpuUsage(before)
    const cpu = ((used.user + used.system) / 1000 / (performance.now() - from)) * 100
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    marks[count] = { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20, cpu }
  }
  clearInterval(tick)
  for (const { session } of calls) session.cancel('done')
  await Promise.all(calls.map(({ session }) => session.ended))
  const [one, ten, hundred] = [marks[1], marks[10], marks[100]]
  if (one === undefined || ten === undefined || hundred === undefined) return {}
  return {
    rss_mb_1: one.rss,
    rss_mb_10: ten.rss,
    rss_mb_100: hundred.rss,
    heap_mb_1: one.heap,
    heap_mb_10: ten.heap,
    heap_mb_100: hundred.heap,
    cpu_pct_1: one.cpu,
    cpu_pct_10: ten.cpu,
    cpu_pct_100: hundred.cpu,
    rss_mb_per_call: (hundred.rss - one.rss) / 99,
    heap_mb_per_call: (hundred.heap - one.heap) / 99,
    cpu_pct_per_call: hundred.cpu / 100,
  }
}
