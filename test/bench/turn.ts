import { Subject } from 'rxjs'
import {
  audio,
  defineBrain,
  defineProcessor,
  defineTransport,
  transcript,
  turn,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import { liveSession, percentile } from './session.ts'

const turns = 30
const [firstTokenMs, tokenMs, firstAudioMs, chunkMs] = [200, 20, 80, 20]
/** Three sentences of ten tokens. */
const sentence = [' Well', ...Array.from({ length: 8 }, () => ' word'), ' word.']
const tokens = [...sentence, ...sentence, ...sentence]

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** What the stand-ins themselves took, timers' overshoot included; subtracted from the whole. */
interface Own {
  brainMs: number
  voiceMs: number
}

function standIns(own: Own) {
  const brain = defineBrain({
    id: 'brain',
    summary: 'A model with fixed delays.',
    options: { type: 'object', properties: {} },
    setup: () => ({
      async *respond({ reason }) {
        if (reason !== 'turn') return
        const from = performance.now()
        for (const [i, token] of tokens.entries()) {
          await sleep(i === 0 ? firstTokenMs : tokenMs)
          // The token that shows that the first sentence is over: until here the time is the model's.
          if (i === 10) own.brainMs = performance.now() - from
          yield token
        }
      },
    }),
  })
  const voice = defineProcessor({
    id: 'voice',
    summary: 'A voice with fixed delays: speaks each span when the next one begins.',
    role: 'tts',
    ports: { in: { text: 'text' }, out: { audio: 'audio' } },
    setup: () => {
      let span = 0
      return {
        async *text(frame) {
          if (frame.type !== 'text') return
          const isNew = span !== 0 && frame.span !== span
          const last = span
          span = frame.span
          if (!isNew) return
          const from = performance.now()
          await sleep(firstAudioMs)
          own.voiceMs = performance.now() - from
          for (let i = 0; i < 50; i++) {
            yield audio({
              role: 'agent',
              samples: new Int16Array(320),
              sampleRate: 16_000,
              span: last,
            })
            await sleep(chunkMs)
          }
        },
        signal: (frame) => void (frame.type === 'interrupt' && (span = 0)),
      }
    },
  })
  return { brain, voice }
}

const line = defineTransport({
  id: 'line',
  summary: 'Stands in for a transport.',
  ports: { in: { audio: 'audio' }, out: { transcript: { type: 'transcript', main: true } } },
  listen: () => Promise.reject(new Error('not opened')),
})

/** The framework's share of a turn in ms: from the final transcript to the first audio out. */
export async function turnShare(): Promise<Record<string, number>> {
  const shares: number[] = []
  const own: Own = { brainMs: 0, voiceMs: 0 }
  const caller = new Subject<Frame>()
  let heard = (): void => undefined
  const connection: Connection = {
    call: {},
    frames: caller,
    play: () => heard(),
    send: () => undefined,
    clear: () => undefined,
    close: () => undefined,
  }
  const session = liveSession(
    { nodes: { line, ...standIns(own) }, flow: ['line -> brain -> voice -> line.audio'] },
    { connections: { line: connection } },
  )
  await session.start()
  for (let number = 0; number < turns; number++) {
    const firstAudio = new Promise<number>((resolve) => {
      heard = () => resolve(performance.now())
    })
    const from = performance.now()
    // The next turn interrupts this one, so that turns follow each other as in a lively conversation.
    caller.next(transcript({ text: `turn ${number}`, final: true }))
    // The recogniser is sure that the turn is over: what is waited for otherwise is the policy's, not ours.
    caller.next(turn({ state: 'ended', text: '' }))
    const total = (await firstAudio) - from
    shares.push(total - own.brainMs - own.voiceMs)
    heard = () => undefined
    await sleep(50)
  }
  session.cancel('done')
  await session.ended
  return { turn_ms_p50: percentile(shares, 0.5), turn_ms_p95: percentile(shares, 0.95) }
}
