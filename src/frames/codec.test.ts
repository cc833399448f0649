import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VoxgraphError } from '../errors/index.ts'
import { createCodec } from './codec.ts'
import { createCatalogue, coreKinds } from './catalogue.ts'
import { errorCategories } from './control.ts'
import { defineFrame } from './define-frame.ts'
import { audio, type AudioFrame } from './index.ts'
import type { AnyFrameKind, Frame, FrameBase, Header } from './frame.ts'

interface MoodFrame extends FrameBase<'acme/mood', 'user'> {
  readonly label: string
  readonly score: number
  readonly notes: readonly string[] | undefined
}

declare module './frame.ts' {
  interface FrameKinds {
    'acme/mood': MoodFrame
  }
}

const mood = defineFrame<'acme/mood'>({
  type: 'acme/mood',
  lane: 'user',
  properties: {
    label: { enum: ['calm', 'cross'] },
    score: { type: 'number', minimum: 0, maximum: 1 },
    notes: { type: 'array', items: { type: 'string' } },
  },
  optional: ['notes'],
})

const string = fc.string({ unit: 'binary', maxLength: 40 })
const count = fc.nat()
const ratio = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0)
const ms = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0)
const key = fc.string({ maxLength: 10 }).filter((name) => name !== '__proto__')
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    string,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const object = fc.dictionary(key, json, { maxKeys: 4, noNullPrototype: true })
const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(some, { nil: undefined })
const one = <const T extends readonly unknown[]>(...values: T): fc.Arbitrary<T[number]> =>
  fc.constantFrom(...values)

const sound = fc
  .record({
    role: one('user', 'agent'),
    encoding: one('pcm', 'mulaw'),
    channels: fc.integer({ min: 1, max: 8 }),
    sampleRate: fc.integer({ min: 1000, max: 384_000 }),
    span: count,
    raw: fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 60 }),
  })
  .map(({ raw, ...rest }) => {
    const whole = raw.slice(0, raw.length - (raw.length % rest.channels))
    const samples = rest.encoding === 'pcm' ? whole : whole.map((value) => value & 0xff)
    return { ...rest, samples: Int16Array.from(samples) }
  })

const word = fc.record({ text: string, startMs: ms, endMs: ms, confidence: ratio })

/** Something that `build` of each kind takes. */
const payloads: Record<string, fc.Arbitrary<object>> = {
  audio: sound,
  transcript: fc.record({
    text: string,
    final: fc.boolean(),
    confidence: maybe(ratio),
    language: maybe(string),
    words: maybe(fc.array(word, { maxLength: 3 })),
    speaker: maybe(string),
  }),
  speech: fc.record({ state: one('started', 'stopped'), by: one('vad', 'other'), latency: ms }),
  turn: fc.record({
    state: one('started', 'eager', 'resumed', 'ended'),
    text: string,
    probability: maybe(ratio),
  }),
  dtmf: fc.record({ digit: one('0', '9', '*', '#', 'D'), lane: one('user', 'bot') }),
  response: fc.record({
    state: one('started', 'ended'),
    agent: string,
    reason: string,
    interruptible: fc.boolean(),
  }),
  text: fc.record({ text: string, span: count, speak: fc.boolean() }),
  'tool-call': fc.record({ callId: string, name: string, arguments: object }),
  'tool-result': fc.record({
    callId: string,
    name: string,
    result: fc.oneof(
      fc.record({ status: one('ok'), value: json }),
      fc.record({ status: one('error', 'timeout', 'cancelled'), message: string }),
    ),
  }),
  playout: fc.record({
    state: one('started', 'progress', 'stopped'),
    span: count,
    of: count,
    heardMs: ms,
    words: maybe(count),
    cut: fc.boolean(),
  }),
  interrupt: fc.record({
    phase: one('suspect', 'confirm', 'reject'),
    through: count,
    reason: string,
  }),
  start: fc.record({ session: string }),
  end: fc.record({ reason: string }),
  cancel: fc.record({ reason: string }),
  handoff: fc.record({
    state: one('started', 'done', 'returned'),
    from: string,
    to: string,
    reason: string,
    pass: object,
    context: string,
  }),
  correction: fc.record({ of: count, span: count, text: string, last: fc.boolean() }),
  error: fc.record({
    category: one(...errorCategories),
    retryable: fc.boolean(),
    node: one('stt', 'llm'),
    attempt: fc.integer({ min: 1, max: 100 }),
    code: string,
    message: string,
  }),
  metric: fc.record({
    name: string,
    value: ms,
    unit: string,
    attributes: fc.dictionary(key, fc.oneof(string, ratio, fc.boolean()), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  }),
  usage: fc.record({
    vendor: string,
    model: string,
    usage: fc.record(
      { characters: ms, audio_seconds: ms },
      { requiredKeys: [], noNullPrototype: true },
    ),
  }),
  inference: fc.record({
    state: one('started', 'promoted', 'ended'),
    inference: fc.integer({ min: 1, max: 1000 }),
    agent: string,
    reason: string,
    speculative: fc.boolean(),
    outcome: one('', 'answered', 'superseded', 'discarded', 'cut', 'failed'),
  }),
  message: fc.record({ name: string, data: json, lane: one('user', 'bot') }),
  'acme/mood': fc.record({
    label: one('calm', 'cross'),
    score: ratio,
    notes: maybe(fc.array(string, { maxLength: 3 })),
  }),
}

const header: fc.Arbitrary<Header> = fc.record({
  id: count,
  at: ms,
  source: fc.string({ maxLength: 40 }),
  cause: count,
  response: count,
})

const catalogue = createCatalogue([mood])
const codec = createCodec(catalogue)

const frameOf = (kind: AnyFrameKind): fc.Arbitrary<Frame> =>
  fc.tuple(header, payloads[kind.type]!).map(([head, init]) => {
    const built = kind.build(head, init as never)
    return built.lane === 'bot' ? built : kind.build({ ...head, response: 0 }, init as never)
  })

const anyFrame = fc.oneof(...[...catalogue.values()].map(frameOf))

describe('the codec', () => {
  it('has an example for every kind of the runtime', () => {
    expect(coreKinds.map((kind) => kind.type).filter((type) => !(type in payloads))).toEqual([])
  })

  it.each([...catalogue.values()].map((kind) => [kind.type, kind] as const))(
    'gives back a %s frame as it was',
    (_type, kind) => {
      fc.assert(
        fc.property(frameOf(kind), (frame) => {
          expect(codec.decode(codec.encode(frame))).toEqual(frame)
        }),
        { numRuns: 60 },
      )
    },
  )

  it('writes the same frame as the same bytes', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = codec.encode(frame)
        expect(codec.encode(codec.decode(bytes))).toEqual(bytes)
      }),
      { numRuns: 200 },
    )
  })

  it('keeps the layout of version 1', () => {
    const frame: AudioFrame = {
      ...audio({ role: 'agent', samples: Int16Array.of(1, -2), sampleRate: 8000, span: 3 }),
      id: 7,
      at: 20,
      source: 'tts',
      cause: 6,
      response: 2,
    }
    expect(Buffer.from(codec.encode(frame)).toString('hex')).toBe(
      '5601030503' +
        '0000000000001c40' +
        '0000000000001840' +
        '0000000000000040' +
        '0000000000003440' +
        '617564696f' +
        '747473' +
        '14000000' +
        '01000100' +
        '401f0000' +
        '0000000000000840' +
        '0100feff',
    )
  })

  it('shares no memory with the bytes it was given', () => {
    const bytes = codec.encode(audio({ role: 'user', samples: Int16Array.of(5), sampleRate: 8000 }))
    const frame = codec.decode(bytes) as AudioFrame
    bytes.fill(0xff)
    expect([...frame.samples]).toEqual([5])
  })

  it('refuses a plugin whose schema is no schema, by name', () => {
    const bad = defineFrame<'acme/mood'>({
      type: 'acme/mood',
      lane: 'user',
      properties: { label: { type: 'strnig' }, score: {}, notes: {} },
    })
    const made = createCodec(createCatalogue([bad]))
    expect(() => made.encode(bad({ label: 'calm', score: 1, notes: [] }))).toThrow(
      'The payload schema of the frame "acme/mood" is not a JSON Schema',
    )
  })

  it('throws nothing but coded errors at damaged frames', () => {
    const damage = fc.record({
      flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      cut: fc.option(fc.nat(), { nil: undefined }),
      tail: fc.uint8Array({ maxLength: 8 }),
    })
    fc.assert(
      fc.property(anyFrame, damage, (frame, { flips, cut, tail }) => {
        const whole = codec.encode(frame)
        for (const [place, value] of flips) whole[place % whole.length] = value
        const kept = cut === undefined ? whole : whole.subarray(0, cut % (whole.length + 1))
        expectFrameOrCode(Uint8Array.from([...kept, ...tail]))
      }),
      { numRuns: 3000 },
    )
  })

  it('throws nothing but coded errors at noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expectFrameOrCode(noise)
        expectFrameOrCode(Uint8Array.from([0x56, 1, ...noise]))
      }),
      { numRuns: 1000 },
    )
  })
})

function expectFrameOrCode(bytes: Uint8Array): void {
  try {
    const frame = codec.decode(bytes)
    expect(catalogue.has(frame.type)).toBe(true)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(VoxgraphError)
    expect((thrown as VoxgraphError).code).toMatch(/^wire-/)
  }
}
