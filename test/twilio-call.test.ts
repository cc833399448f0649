import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLiveClock, loadGraph, runProgram, type SessionSummary } from 'voxgraph'
import { decodeMulaw, type AudioFrame, type Frame } from 'voxgraph/plugin'
import {
  createCallerPhone,
  emulateTwilio,
  type CallerNote,
  type CallerScript,
  type HeardPiece,
  type StreamNote,
} from 'voxgraph/testing'
import { openScript } from '../src/cli/call.ts'
import { speakScript } from '../src/cli/live-voice.ts'
import { root } from './sources.ts'

/** Everything that is known of the call when it is over. */
interface Played {
  readonly summary: SessionSummary
  readonly frames: readonly Frame[]
  readonly caller: readonly CallerNote[]
  readonly heard: readonly HeardPiece[]
  readonly notes: readonly StreamNote[]
  readonly violations: readonly string[]
  readonly warnings: readonly string[]
}

/** The front desk on the telephone, called in real time by a guest who speaks and listens. */
async function callFrontDesk(folder: string): Promise<Played> {
  const clock = createLiveClock()
  const twilio = await emulateTwilio({ clock })
  const { accountSid, key, endpoint } = twilio
  const env = { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: key }
  const use = {
    phone: { use: 'twilio', with: { endpoint } },
    rec: { use: 'recorder', with: { path: join(folder, 'call.wav') } },
    log: { use: 'transcript-log', with: { path: join(folder, 'transcript.jsonl') } },
  }
  const program = await loadGraph(join(root, 'graphs/front-desk.yaml'), { use, env })
  const frames: Frame[] = []
  const warnings: string[] = []
  const over = Promise.withResolvers<SessionSummary>()
  const calls = runProgram(program, {
    clock,
    log: { debug() {}, info() {}, warn: (text) => void warnings.push(text) },
    observe(event) {
      if (event.type === 'frame' && isTold(event.frame)) frames.push(event.frame)
      if (event.type === 'session.ended') over.resolve(event.summary)
    },
  })
  const listener = await calls.listen()
  const path = 'graphs/callers/front-desk.yaml'
  const script = partOf(await openScript(path, root))
  const caller: CallerNote[] = []
  const phone = createCallerPhone({
    script,
    sounds: await speakScript(script, join(root, path), 8000),
    sampleRate: 8000,
    onNote: (note) => void caller.push(note),
  })
  const call = twilio.call({ url: listener.address, farEnd: phone })
  const summary = await over.promise
  await call.ended
  const { heard = [], notes = [] } = call.stream ?? {}
  await calls.close('the test is over')
  await twilio.close()
  return { summary, frames, caller, heard, notes, violations: twilio.violations, warnings }
}

/** The whole call takes a minute and a half of real time: at a desk it is a question, the interruption and the goodbye. */
const partOf = (script: CallerScript): CallerScript =>
  process.env['CI'] === undefined
    ? { ...script, steps: script.steps.filter((_, index) => [0, 2, 3, 11].includes(index)) }
    : script

/** Of the sound only what the bot says in the form of the telephone. */
const isTold = (frame: Frame): boolean =>
  frame.type !== 'audio' || (frame.role === 'agent' && frame.encoding === 'mulaw')

/** Sound of a span as it was sent, and what the far end heard, sample by sample. */
function soundsOf({ frames, heard }: Played, span: number) {
  const join_ = (pieces: readonly Int16Array[]): Int16Array =>
    Int16Array.from(pieces.flatMap((piece) => [...piece]))
  const spoken = frames.filter(
    (frame): frame is AudioFrame => frame.type === 'audio' && frame.span === span,
  )
  return {
    spoken: join_(spoken.map(({ samples }) => decodeMulaw(samples))),
    heard: join_(heard.map(({ samples }) => samples)),
  }
}

/** Where in `all` the samples of `part` are, or -1. */
function find(all: Int16Array, part: Int16Array): number {
  const bytes = (samples: Int16Array): Buffer =>
    Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
  const at = bytes(all).indexOf(bytes(part))
  return at < 0 ? -1 : at / 2
}

const perMs = 8
/** Length of what is looked for in the sound of a span, in ms: long enough to be in one place only. */
const windowMs = 200
/** Loudest sample of silence: the codes around zero. */
const quiet = 100

describe('the front desk on the telephone', () => {
  let folder = ''
  let played: Played
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voxgraph-twilio-'))
    played = await callFrontDesk(folder)
  }, 240_000)
  afterAll(() => rm(folder, { recursive: true }))

  it('holds its whole conversation, and ends it', () => {
    const { caller, violations, warnings, summary } = played
    expect(caller.at(-1)?.type).toBe('done')
    expect([violations, warnings, summary.error]).toEqual([[], [], undefined])
    expect(summary.reason).toBe('the agent ended the call')
    expect(summary.figures.stale).toBe(0)
    // How often the recogniser takes the guest for an interruption is another matter.
    expect(summary.figures.interruptions).toBeGreaterThan(0)
  })

  it('is silent at the far end within 40 ms of a clear', () => {
    const { notes } = played
    const { heard } = soundsOf(played, 0)
    const clears = notes.filter(({ type }) => type === 'clear')
    expect(clears.length).toBeGreaterThan(0)
    const soundsFor = clears.map(({ heardMs }) => {
      // What it was playing when the clear came counts as heard in the note: that is 20 ms more.
      const after = heard.subarray(heardMs * perMs, (heardMs + 150) * perMs)
      return 20 + (after.findLastIndex((sample) => Math.abs(sample) > quiet) + 1) / perMs
    })
    expect(Math.max(...soundsFor)).toBeLessThanOrEqual(40)
  })

  it('knows what of the answer that was cut had been heard there', () => {
    const { frames, notes } = played
    const facts = frames.filter((frame) => frame.type === 'playout')
    const cut = facts.find(({ state, cut }) => state === 'stopped' && cut)
    expect(cut).toBeDefined()
    const { spoken, heard } = soundsOf(played, cut?.span ?? 0)
    const before = ({ heardMs }: StreamNote): Int16Array =>
      heard.subarray((heardMs - windowMs) * perMs, heardMs * perMs)
    const isCutHere = (note: StreamNote): boolean =>
      note.type === 'clear' &&
      note.at <= (cut?.at ?? 0) + 100 &&
      before(note).some((sample) => Math.abs(sample) > quiet)
    const clear = notes.findLast(isCutHere)
    const last = clear === undefined ? heard : before(clear)
    const from = find(spoken, last)
    expect(from).toBeGreaterThan(0)
    const trueMs = from / perMs + windowMs
    expect(Math.abs(trueMs - (cut?.heardMs ?? 0))).toBeLessThan(60)
  })
})
