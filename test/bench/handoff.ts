import { Subject } from 'rxjs'
import flite from 'voxgraph/processors/flite-tts'
import {
  defineBrain,
  defineTransport,
  transcript,
  type AudioFrame,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import { createLiveClock } from 'voxgraph/testing'
import type { Inspection } from '../../src/observe/inspection.ts'
import { levelOf } from '../../src/testing/caller-ear.ts'
import { liveSession, percentile } from './session.ts'

/** Hand-offs that are measured; each takes about three seconds. */
const handoffs = 10
/** Root mean square above which sound is a voice, as the demo counts it. */
const voiceLevel = 230
const windowMs = 10

const line = defineTransport({
  id: 'line',
  summary: 'Brings words, and keeps what is heard.',
  ports: { in: { audio: 'audio' }, out: { transcript: { type: 'transcript', main: true } } },
  listen: () => Promise.reject(new Error('not opened')),
})

/** Hands over when it is spoken to, and says its name when it is handed to. */
const agent = (name: string, other: string) =>
  defineBrain({
    id: name,
    summary: 'Hands over.',
    options: { type: 'object', properties: {} },
    setup: () => ({
      respond: ({ reason }) =>
        reason === 'turn'
          ? [{ tool: `transfer_to_${other}`, arguments: {} }]
          : [`This is ${name} speaking.`],
    }),
  })

/** Silence at the beginning and at the end of a sound, in ms. */
function silences(frames: readonly AudioFrame[]): {
  readonly before: number
  readonly after: number
} {
  const rate = frames[0]?.sampleRate ?? 16_000
  const all = Int16Array.from(frames.flatMap(({ samples }) => [...samples]))
  const length = (rate * windowMs) / 1000
  const loud = Array.from(
    { length: Math.floor(all.length / length) },
    (_, index) => levelOf(all.subarray(index * length, (index + 1) * length)) >= voiceLevel,
  )
  const last = loud.lastIndexOf(true)
  return { before: loud.indexOf(true) * windowMs, after: (loud.length - 1 - last) * windowMs }
}

/**
 * The silence between two embedded voices when one agent hands over to another that stands ready: from the last
 * sample that the caller hears of the one to the first of the other. And what of it is the framework's own, from
 * the moment at which the old voice has been heard to the question to the new mind.
 */
export async function handoff(): Promise<Record<string, number>> {
  const clock = createLiveClock()
  const caller = new Subject<Frame>()
  const sound = new Map<number, AudioFrame[]>()
  const connection: Connection = {
    call: {},
    frames: caller,
    play(frame) {
      const kept = sound.get(frame.response) ?? []
      kept.push(frame)
      sound.set(frame.response, kept)
    },
    send: () => undefined,
    clear: () => undefined,
    close: () => undefined,
  }
  const seen: Frame[] = []
  const observe = (event: Inspection): void => {
    if (event.type === 'frame' && event.frame.type !== 'audio') seen.push(event.frame)
  }
  const does = (other: string) => ({
    handoffs: { [other]: { say: `I will put you through to ${other}.`, max: handoffs } },
  })
  const session = liveSession(
    {
      nodes: {
        line,
        'ann/brain': agent('ann', 'bob'),
        'bob/brain': agent('bob', 'ann'),
        'ann/voice': { definition: flite, options: { voice: 'slt', speed: 1 } },
        'bob/voice': { definition: flite, options: { voice: 'rms', speed: 1 } },
      },
      flow: [
        'line -> agents/in',
        'agents/in.ann -> ann/brain -> ann/voice -> agents/out.ann',
        'agents/in.bob -> bob/brain -> bob/voice -> agents/out.bob',
        'agents/out -> line',
      ],
      agents: { ann: does('bob'), bob: does('ann') },
    },
    { clock, connections: { line: connection }, observe },
  )
  await session.start()
  await clock.sleep(500)
  for (let round = 0; round < handoffs; round++) {
    const from = seen.length
    caller.next(transcript({ text: 'please hand over', final: true }))
    const isOver = (): boolean =>
      seen.slice(from).filter((frame) => frame.type === 'playout' && frame.span === 0).length >= 2
    while (!isOver()) await clock.sleep(50)
  }
  session.end('done')
  await session.ended
  return gapsIn(seen, sound)
}

function gapsIn(
  seen: readonly Frame[],
  sound: ReadonlyMap<number, readonly AudioFrame[]>,
): Record<string, number> {
  const gaps: number[] = []
  const own: number[] = []
  seen.forEach((frame, index) => {
    if (frame.type !== 'handoff' || frame.state !== 'done') return
    const over = seen.slice(0, index).findLast((one) => one.type === 'playout' && one.span === 0)
    const begun = seen.slice(index).find((one) => one.type === 'playout')
    const asked = seen.slice(index).find((one) => one.type === 'inference')
    if (over?.type !== 'playout' || begun?.type !== 'playout' || asked === undefined) return
    const { after } = silences(sound.get(over.of) ?? [])
    const { before } = silences(sound.get(begun.of) ?? [])
    gaps.push(begun.at - over.at + after + before)
    own.push(asked.at - over.at)
  })
  return {
    handoff_gap_ms_p50: percentile(gaps, 0.5),
    handoff_gap_ms_p95: percentile(gaps, 0.95),
    handoff_own_ms_p95: percentile(own, 0.95),
  }
}
