import assert from 'node:assert/strict'
import { concat, loadResamplerEngine } from '../audio/resampler.ts'
import type { ProcessorDefinition } from '../define/index.ts'
import { vadCall, type HeardEdge, type HeardSound, type VadCallInit } from './vad-call.ts'

/** One thing that must hold, for any test runner. `run` rejects when it does not. */
export interface ContractCase {
  readonly name: string
  run(): Promise<void>
}

/** A detector, and somebody who speaks. */
export interface VadContractInit {
  readonly definition: ProcessorDefinition
  /** As they come out of a graph file: lengths of time in ms, `start` 120 and `stop` 250. */
  readonly options: Readonly<Record<string, unknown>>
  /** A sentence, 16 kHz mono, and where in it the voice begins and ends. */
  readonly voice: () => Promise<VadContractVoice>
}

/** A sentence that is spoken without a pause of 200 ms. */
export interface VadContractVoice {
  readonly samples: Int16Array
  readonly startMs: number
  readonly endMs: number
}

/** How far a claimed edge may be from the true one, in ms: start, end. */
const nearMs = { started: 100, stopped: 300 } as const
/** Silence around the sentence, in ms. */
const leadMs = 1500
const perMs = 16
/** Low noise: its level in steps of 16-bit sound, −50 dB of full scale. */
const lowNoise = 104

type Options = Partial<Omit<VadCallInit, 'definition' | 'options' | 'sounds'>>

/** What every detector of speech must do. Each case is a call of its own, on virtual time. */
export function vadContract(init: VadContractInit): readonly ContractCase[] {
  const rig = createRig(init)
  const cases = { ...edgeCases(rig), ...soundCases(rig), ...callCases(rig) }
  return Object.entries(cases).map(([name, run]) => ({ name, run }))
}

type Cases = Readonly<Record<string, () => Promise<void>>>

/** What cases have in common. */
interface Rig {
  readonly init: VadContractInit
  hear(sound: Int16Array, more?: Options): Promise<HeardSound>
  /** The sentence with silence around it, and its true edges. */
  sentence(): Promise<{ readonly sound: Int16Array; readonly marks: readonly number[] }>
}

const createRig = (init: VadContractInit): Rig => ({
  init,
  async hear(sound, more = {}) {
    const { definition, options } = init
    const call = { definition, options, sampleRate: 16_000, ...more, sounds: [sound] }
    const [heard] = await vadCall(call)
    assert(heard)
    return heard
  },
  async sentence() {
    const { samples, startMs, endMs } = await init.voice()
    const sound = new Int16Array(samples.length + 2 * leadMs * perMs)
    sound.set(samples, leadMs * perMs)
    return { sound, marks: [leadMs + startMs, leadMs + endMs] }
  },
})

const edgeCases = ({ hear, sentence }: Rig): Cases => ({
  'hears nobody in silence': async () => {
    assert.deepEqual((await hear(new Int16Array(3000 * perMs))).edges, [])
  },
  'hears nobody in a minute of low noise': async () => {
    assert.deepEqual((await hear(noise(60_000 * perMs, lowNoise))).edges, [])
  },
  'says when speech starts and when it stops': async () => {
    const { sound, marks } = await sentence()
    assertNear((await hear(sound)).edges, marks)
  },
  'finds the same at 8 kHz': async () => {
    const { sound, marks } = await sentence()
    const narrow = (await loadResamplerEngine()).create({ from: 16_000, to: 8000 })
    const samples = concat([narrow.process(sound), narrow.flush()])
    narrow.close()
    assertNear((await hear(samples, { sampleRate: 8000 })).edges, marks)
  },
})

const soundCases = ({ hear, sentence }: Rig): Cases => ({
  'says starts and stops in turn, none before it happened': async () => {
    const { sound } = await sentence()
    const { edges } = await hear(repeated(sound, 4))
    assert(edges.length >= 8, `${edges.length} edges in four sentences`)
    for (const [index, { state, edgeMs, saidMs }] of edges.entries()) {
      assert.equal(state, index % 2 === 0 ? 'started' : 'stopped')
      assert(edgeMs <= saidMs, `an edge at ${edgeMs} was said at ${saidMs}`)
      assert(edgeMs >= (edges[index - 1]?.edgeMs ?? 0), 'edges go back in time')
    }
  },
  'finds the same edges whatever the length of the frames': async () => {
    const { sound } = await sentence()
    const places = async (pieces: readonly number[]): Promise<readonly string[]> =>
      (await hear(sound, { pieces })).edges.map(
        ({ state, edgeMs }) => `${state} ${edgeMs.toFixed(2)}`,
      )
    const usual = await places([320])
    assert.equal(usual.length, 2)
    for (const pieces of [[160], [137, 1, 911], [1600], [48_000]]) {
      assert.deepEqual(await places(pieces), usual, `in pieces of ${pieces.join(', ')} samples`)
    }
  },
  'passes sound on as it is, in order': async () => {
    const { sound } = await sentence()
    const { samples } = await hear(sound, { pieces: [320, 77, 1000] })
    assert(Buffer.from(samples.buffer).equals(Buffer.from(sound.buffer)), 'the sound is another')
  },
})

const callCases = ({ init, hear, sentence }: Rig): Cases => ({
  'does not mix two streams': async () => {
    const { sound, marks } = await sentence()
    const later = new Int16Array(sound.length)
    later.set(sound.subarray(0, sound.length - 700 * perMs), 700 * perMs)
    const silent = noise(sound.length, lowNoise)
    const sounds = [sound, silent, later]
    const heard = await vadCall({ ...init, sampleRate: 16_000, sounds })
    assertNear(heard[0]?.edges ?? [], marks)
    assert.deepEqual(heard[1]?.edges, [])
    assertNear(
      heard[2]?.edges ?? [],
      marks.map((mark) => mark + 700),
    )
  },
  'does not leave the caller speaking at the end of the call': async () => {
    const { sound, marks } = await sentence()
    const [startMs = 0, endMs = 0] = marks
    const cutMs = Math.round((startMs + endMs) / 2)
    assertNear((await hear(sound.slice(0, cutMs * perMs))).edges, [startMs, cutMs])
  },
  'does not leave the caller speaking when sound stops coming': async () => {
    const { sound, marks } = await sentence()
    const [startMs = 0, endMs = 0] = marks
    const cutMs = Math.round((startMs + endMs) / 2)
    const { edges } = await hear(sound.slice(0, cutMs * perMs), { silentMs: 5000 })
    assertNear(edges, [startMs, cutMs])
    assert((edges[1]?.saidMs ?? Infinity) < cutMs + 1500, 'the end was said too late')
  },
})

/** One stretch of speech, near the marks. */
function assertNear(edges: readonly HeardEdge[], marks: readonly number[]): void {
  const said = edges.map(({ state, edgeMs }) => `${state} ${edgeMs.toFixed(0)}`).join(', ')
  assert.deepEqual(
    edges.map(({ state }) => state),
    ['started', 'stopped'],
    `heard: ${said}`,
  )
  for (const [index, { state, edgeMs }] of edges.entries()) {
    const mark = marks[index] ?? Number.NaN
    assert(Math.abs(edgeMs - mark) <= nearMs[state], `${said} for ${marks.join(', ')}`)
  }
}

/** Noise that is the same in every run: near to normal, with a standard deviation of `level`. */
function noise(length: number, level: number): Int16Array {
  let seed = 1
  const next = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 1
    return seed / 2 ** 30 - 1
  }
  // The sum of three even ones has a variance of one.
  return Int16Array.from({ length }, () => (next() + next() + next()) * level)
}

function repeated(sound: Int16Array, times: number): Int16Array {
  const all = new Int16Array(sound.length * times)
  for (let i = 0; i < times; i++) all.set(sound, i * sound.length)
  return all
}
