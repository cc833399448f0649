import { expect, test } from 'vitest'
import {
  audio,
  defineBrain,
  noOptions,
  type Frame,
  type FrameOf,
  type Inference,
} from 'voxgraph/plugin'
import flux from 'voxgraph/processors/deepgram-flux'
import nova from 'voxgraph/processors/deepgram-stt'
import voice from 'voxgraph/processors/deepgram-tts'
import {
  createLiveClock,
  createProbe,
  emulateDeepgram,
  programOf,
  scriptedEar,
} from 'voxgraph/testing'
import { drivers } from '../src/drivers.ts'
import type { Program } from '../src/graph/plan.ts'
import { Session } from '../src/kernel/session.ts'
import { createShared } from '../src/kernel/shared.ts'

const clock = createLiveClock()
const log = { debug() {}, info() {}, warn() {} }

async function until(isSo: () => boolean): Promise<void> {
  const from = clock.now()
  while (!isSo()) {
    if (clock.now() > from + 20_000) throw new Error('waited in vain')
    await new Promise<void>((resolve) => clock.breathe(resolve))
  }
}

const wordsOf = ({ messages }: Inference): string => {
  const last = messages.at(-1)
  return last?.role === 'user' ? last.text : ''
}

/** A brain that says back what it was told, and keeps what it was asked. */
function echo() {
  const asked: Inference[] = []
  const definition = defineBrain({
    id: 'echo',
    summary: 'Says back what it was told.',
    options: noOptions,
    setup: () => ({
      async *respond(inference) {
        asked.push(inference)
        yield inference.reason === 'start' ? '' : `You said ${wordsOf(inference)}.`
      },
    }),
  })
  return { asked, definition }
}

/** Somebody who speaks for so long, at four words a second, and silence behind it; 16 kHz. */
const sound = (voiceMs: number, silenceMs: number): Int16Array =>
  Int16Array.from({ length: (voiceMs + silenceMs) * 16 }, (_, at) =>
    at < voiceMs * 16 ? 6000 * Math.sin(at / 11) : 0,
  )

/** A session on the live clock that keeps its frames. */
const sessionOf = (program: Program, frames: Frame[]): Session =>
  new Session({
    id: 'call',
    program,
    clock,
    shared: createShared(log),
    drivers,
    connections: new Map(),
    observe: (event) => void (event.type === 'frame' && frames.push(event.frame)),
  })

/** Feeds the caller's sound to the recogniser, in pieces of 20 ms. */
const speaking =
  (session: Session) =>
  (samples: Int16Array): void => {
    for (let at = 0; at < samples.length; at += 320) {
      const piece = samples.slice(at, at + 320)
      session.feed('stt', 'audio', audio({ role: 'user', samples: piece, sampleRate: 16_000 }))
    }
  }

test('an answer begins when the turn is probably over, is dropped when it goes on, and is spoken when it is certain', async () => {
  const emulator = await emulateDeepgram({ ear: scriptedEar(['one two', 'three four']) })
  const { key: api_key, endpoint } = emulator
  const brain = echo()
  const probe = createProbe()
  const frames: Frame[] = []
  const ears = {
    ...{ api_key, endpoint, model: 'flux-general-en', eot_threshold: 0.7, eot_timeout: 5000 },
    ...{ eager: true, eager_eot_threshold: 0.5, keyterms: [], language_hints: [] },
    ...{ numerals: false, mip_opt_out: false, extra: {} },
  }
  const session = sessionOf(
    programOf({
      nodes: {
        stt: { definition: flux, options: ears },
        llm: { definition: brain.definition },
        tts: {
          definition: voice,
          options: { api_key, endpoint, voice: 'aura-2-thalia-en', mip_opt_out: false },
        },
        end: probe.definition,
      },
      flow: ['stt -> llm -> tts -> end'],
    }),
    frames,
  )
  const inferences = (): readonly string[] =>
    frames.flatMap((frame) =>
      frame.type === 'inference' && frame.reason === 'turn'
        ? [`${frame.state} ${frame.outcome}`.trim()]
        : [],
    )
  const say = speaking(session)
  try {
    await session.start()
    say(sound(500, 400))
    await until(() => brain.asked.some((one) => wordsOf(one) === 'one two'))
    expect(probe.frames.filter(({ type }) => type === 'audio')).toEqual([])
    say(sound(500, 400))
    await until(() => brain.asked.some((one) => wordsOf(one) === 'one two three four'))
    say(sound(0, 600))
    await until(() => inferences().includes('ended answered'))
    expect(inferences()).toEqual([
      'started',
      'ended discarded',
      'started',
      'promoted',
      'ended answered',
    ])
    expect(brain.asked.filter(({ reason }) => reason === 'turn').map(wordsOf)).toEqual([
      'one two',
      'one two three four',
    ])
    const spoken = (): readonly FrameOf<'audio'>[] =>
      probe.frames.flatMap((frame) => (frame.type === 'audio' ? [frame] : []))
    const lengthOf = (): number => spoken().reduce((sum, { samples }) => sum + samples.length, 0)
    // "You said one two three four." are six words of 250 ms, at 24 kHz.
    await until(() => lengthOf() >= 6 * 0.25 * 24_000)
    expect(lengthOf()).toBe(6 * 0.25 * 24_000)
    expect(new Set(spoken().map(({ span }) => span))).toEqual(new Set([spoken()[0]?.span]))
  } finally {
    session.end('the test is over')
    await session.ended
    await until(() => emulator.open === 0)
    expect(emulator.violations).toEqual([])
    await emulator.close()
  }
})

test.each(['abrupt-close', 'clean-end', 'error-mid-stream', 'garbage'] as const)(
  'no word is lost and none comes twice when the connection breaks in the middle of one: %s',
  async (fault) => {
    const lines = ['one two three', 'four five']
    const emulator = await emulateDeepgram({ ear: scriptedEar(lines) })
    const { key: api_key, endpoint } = emulator
    const options = {
      ...{ api_key, endpoint, model: 'nova-3', language: 'en', endpointing: 300, interim: true },
      ...{ punctuate: true, smart_format: false, numerals: false, keyterms: [], redact: [] },
      ...{ mip_opt_out: false, extra: {} },
    }
    const probe = createProbe()
    const frames: Frame[] = []
    const program = programOf({
      nodes: { stt: { definition: nova, options }, end: probe.definition },
      flow: ['stt -> end'],
    })
    const session = sessionOf(program, frames)
    const say = speaking(session)
    const finals = (): readonly string[] =>
      frames.flatMap((frame) =>
        frame.type === 'transcript' && frame.final && frame.text !== '' ? [frame.text] : [],
      )
    const sockets = (): number => emulator.received.filter(({ kind }) => kind === 'socket').length
    try {
      await session.start()
      say(sound(700, 0))
      await until(() => probe.texts.includes('one two'))
      emulator.fail({ fault, when: 'now' })
      await until(() => sockets() === 2)
      say(sound(400, 500))
      await until(() => finals().length === 1)
      say(sound(500, 500))
      await until(() => finals().length === 2)
      expect(finals()).toEqual(lines)
    } finally {
      session.end('the test is over')
      await session.ended
      expect(emulator.violations).toEqual([])
      await emulator.close()
    }
  },
)
