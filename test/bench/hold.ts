import { Subject } from 'rxjs'
import {
  audio,
  defineProcessor,
  defineTransport,
  interrupt,
  response,
  speech,
  transcript,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import { liveSession, median } from './session.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

const line = defineTransport({
  id: 'line',
  summary: 'A line in memory.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  listen: () => Promise.reject(new Error('not opened in this benchmark')),
})

/** Speaks without end, as fast as it is asked for. */
const speaker = defineProcessor({
  id: 'speaker',
  summary: 'Speaks without end.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => ({
    *text() {
      yield response({ state: 'started' })
      for (;;) {
        const samples = new Int16Array(320).fill(1000)
        yield audio({ role: 'agent', samples, sampleRate: 16_000, span: 1, words: [] })
      }
    },
  }),
})

/** Suspects an interruption in every sound of the caller, and none when the sound is over. */
const listener = defineProcessor({
  id: 'listener',
  summary: 'Suspects interruptions.',
  ports: { in: { audio: 'audio' } },
  setup: () => ({
    signal: (frame) =>
      frame.type === 'speech'
        ? interrupt({ phase: frame.state === 'started' ? 'suspect' : 'reject' })
        : undefined,
  }),
})

/** From a detector's `speech started` to the line that is told to be silent, median of 60, in ms. */
export async function hold(): Promise<Record<string, number>> {
  let clearedAt = 0
  const connection: Connection = {
    call: {},
    frames: new Subject<Frame>(),
    play: () => undefined,
    send: () => undefined,
    clear: () => void (clearedAt = performance.now()),
    close: () => undefined,
  }
  const session = liveSession(
    { nodes: { line, speaker, listener }, flow: ['line -> listener', 'speaker -> line'] },
    { connections: { line: connection } },
  )
  await session.start()
  session.feed('speaker', 'text', transcript({ text: 'go', final: true }))
  const times: number[] = []
  for (let run = 0; run < 80; run++) {
    await sleep(12)
    clearedAt = Infinity
    const from = performance.now()
    session.feed('listener', undefined, speech({ state: 'started', latency: 0 }))
    times.push(clearedAt - from)
    session.feed('listener', undefined, speech({ state: 'stopped', latency: 0 }))
  }
  session.cancel('done')
  await session.ended
  return { hold_ms: median(times.slice(20)) }
}
