import { Subject } from 'rxjs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  audio,
  defineBrain,
  defineProcessor,
  defineTransport,
  speech,
  transcript,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import { createVirtualClock } from 'voxgraph/testing'
import { liveSession } from './session.ts'

const [minuteMs, warmMinutes, minutes] = [60_000, 10, 60]

const line = defineTransport({
  id: 'line',
  summary: 'Stands in for a transport.',
  ports: {
    in: { audio: 'audio' },
    out: { transcript: { type: 'transcript', main: true }, audio: 'audio' },
  },
  listen: () => Promise.reject(new Error('not opened')),
})

const brain = defineBrain({
  id: 'brain',
  summary: 'Says about as much as a model does.',
  options: { type: 'object', properties: {} },
  setup: () => ({
    *respond({ messages }) {
      for (let n = 0; n < 15 + (messages.length % 20); n++) yield `word${n % 9 === 8 ? '. ' : ' '}`
    },
  }),
})

const voice = defineProcessor({
  id: 'voice',
  summary: 'Makes 300 ms of sound for every word.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => ({
    *text(frame) {
      if (frame.type !== 'text') return
      for (let n = 0; n < 15; n++) {
        yield audio({
          role: 'agent',
          samples: new Int16Array(320),
          sampleRate: 16_000,
          span: frame.span,
        })
      }
    },
  }),
})

/** Reads what the heap holds once everything that can go is gone, in MB. */
function heapMb(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let n = 0; n < 3; n++) collect()
  return process.memoryUsage().heapUsed / 1e6
}

/**
 * A call of an hour on virtual time, a turn every few seconds, an interruption in every third: growth of the
 * heap from minute 10 to the end in MB, and the time that ten minutes of it take in s.
 */
export async function hour(): Promise<Record<string, number>> {
  const clock = createVirtualClock()
  const caller = new Subject<Frame>()
  const nothing = (): void => undefined
  const connection: Connection = {
    ...{ call: {}, frames: caller },
    ...{ play: nothing, send: nothing, clear: nothing, close: nothing },
  }
  const session = liveSession(
    {
      nodes: { line, brain, voice },
      flow: ['line -> brain -> voice -> line.audio'],
      turns: { max_call: 1e9 },
    },
    { clock, connections: { line: connection } },
  )
  void session.start()
  await clock.advance(0)
  const speak = async (turn: number): Promise<void> => {
    caller.next(speech({ state: 'started', latency: 60 }))
    await clock.advance(900)
    caller.next(speech({ state: 'stopped', latency: 180 }))
    caller.next(transcript({ text: `question ${turn} about this and that`, final: true }))
    await clock.advance(turn % 3 === 0 ? 2000 : 8000)
  }
  const from = performance.now()
  let tenMinutesS = 0
  let warmMb = 0
  for (let turn = 0; clock.now() < minutes * minuteMs; turn++) {
    await speak(turn)
    if (warmMb === 0 && clock.now() >= warmMinutes * minuteMs) {
      tenMinutesS = (performance.now() - from) / 1000
      warmMb = heapMb()
    }
  }
  const growth = heapMb() - warmMb
  session.cancel('done')
  await session.ended
  return { ten_minutes_s: tenMinutesS, hour_heap_growth_mb: growth }
}
