import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VoxgraphError } from '../errors/index.ts'
import { createCodec } from './codec.ts'
import { createCatalogue, coreKinds } from './catalogue.ts'
import { errorCategories } from './control.ts'
import { defineFrame } from './define-frame.ts'
import { audio, message, text, type AudioFrame } from './index.ts'
import type { AnyFrameKind, Frame, FrameBase, Header, Json } from './frame.ts'

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
  turn: fc.record({ state: one('started', 'eager', 'resumed', 'ended'), text: string }),
  dtmf: fc.record({ digit: one('0', '9', '*', '#', 'D'), lane: one('user', 'bot') }),
  response: fc.record({ state: one('started', 'ended'), agent: string, reason: string }),
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
  handoff: fc.record({ from: string, to: string, reason: string, context: string }),
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

/** Bytes of a text frame with another payload, and whatever else `change` does to them. */
function written(payload: string, change: (bytes: Uint8Array) => void = () => {}): Uint8Array {
  const bytes = codec.encode({ ...text({ text: '' }), source: 'llm' })
  const at = 37 + 4 + 3
  const json = Buffer.from(payload, 'latin1')
  const made = Buffer.concat([bytes.subarray(0, at + 4), json])
  made.writeUInt32LE(json.length, at)
  change(made)
  return made
}

const good = '{"text":"","span":0,"speak":true}'

describe('the codec refuses', () => {
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', new Uint8Array(), 'A frame came in that is malformed: it ends too early.'],
    [
      'something else',
      new TextEncoder().encode('GET / HTTP/1.1'),
      'A frame came in that is malformed: it does not begin like a frame.',
    ],
    [
      'another version',
      written(good, (b) => (b[1] = 9)),
      'A frame of wire version 9 came in; this runtime reads version 1.',
    ],
    [
      'an unknown lane',
      written(good, (b) => (b[2] = 5)),
      'A frame came in that is malformed: its lane does not exist.',
    ],
    [
      'the wrong lane',
      written(good, (b) => (b[2] = 1)),
      'A text frame came in on the media lane, where it does not belong.',
    ],
    [
      'an unknown type',
      written(good, (b) => (b[37] = 0x54)),
      'A frame of type "Text" came in, which this graph does not know.',
    ],
    [
      'an id that is no number',
      written(good, (b) => b.fill(0xff, 5, 13)),
      'A frame came in that is malformed: its id is not a whole number.',
    ],
    [
      'a time that is no number',
      written(good, (b) => b.fill(0xff, 29, 37)),
      'A frame came in that is malformed: its time is not a time.',
    ],
    [
      'a short frame',
      written(good).subarray(0, -1),
      'A frame came in that is malformed: it ends too early.',
    ],
    [
      'trailing bytes',
      Buffer.concat([written(good), Buffer.of(0)]),
      'A frame came in that is malformed: there are bytes after its end.',
    ],
    [
      'what is not JSON',
      written('{"text":'),
      'The payload of a text frame is wrong: it is not JSON.',
    ],
    [
      'what is not UTF-8',
      written('{"text":"\xff and a little more","span":0}'),
      'A frame came in that is malformed: its payload is not UTF-8.',
    ],
    [
      'JSON that is no object',
      written('3'),
      'The payload of a text frame is wrong: it is no object.',
    ],
    ['a list', written('[]'), 'The payload of a text frame is wrong: must be object.'],
    [
      'a field of the wrong type',
      written('{"text":1,"span":0,"speak":true}'),
      'The payload of a text frame is wrong: "text" must be string.',
    ],
    [
      'a missing field',
      written('{"text":"","span":0}'),
      "The payload of a text frame is wrong: must have required property 'speak'.",
    ],
    [
      'a field too many',
      written('{"text":"","span":0,"speak":true,"x":1}'),
      'The payload of a text frame is wrong: must NOT have additional properties.',
    ],
    [
      'a key named __proto__',
      written('{"text":"","span":0,"speak":true,"__proto__":{"speak":false}}'),
      'The payload of a text frame is wrong: a key named __proto__.',
    ],
    [
      'a number without end',
      written('{"text":"","span":1e999,"speak":true}'),
      'The payload of a text frame is wrong: a number that is not finite.',
    ],
    [
      'a deep nest',
      written(`{"text":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      'The payload of a text frame is wrong: nested deeper than 32.',
    ],
    [
      'a long string',
      written(`{"text":"${'a'.repeat(300_000)}","span":0,"speak":true}`),
      'The payload of a text frame is wrong: a string of 300000 characters.',
    ],
    [
      'a frame above the limit',
      new Uint8Array(1_048_577),
      'A frame has 1048577 bytes; at most 1048576 are allowed.',
    ],
  ]

  it.each(cases)('%s', (_name, bytes, message) => {
    expect(() => codec.decode(bytes)).toThrow(message)
  })

  it('half a sample and half a stereo pair', () => {
    const sound = audio({
      role: 'user',
      samples: Int16Array.of(1, 2),
      sampleRate: 8000,
      channels: 2,
    })
    const bytes = Buffer.from(codec.encode(sound))
    const lengthAt = 37 + 5
    const shortened = (by: number): Uint8Array => {
      const made = Buffer.from(bytes.subarray(0, -by))
      made.writeUInt32LE(bytes.readUInt32LE(lengthAt) - by, lengthAt)
      return made
    }
    expect(() => codec.decode(shortened(1))).toThrow('half a sample is missing')
    expect(() => codec.decode(shortened(2))).toThrow('its last sample is incomplete')
  })

  it('to write what could not be read', () => {
    const only = (data: unknown): Frame => message({ name: 'x', data: data as Json, lane: 'bot' })
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    expect(() => codec.encode(only(Number.NaN))).toThrow('a number that is not finite')
    expect(() => codec.encode(only([undefined]))).toThrow('a value of type undefined')
    expect(() => codec.encode(only({ at: new Date(0) }))).toThrow('an object that is not plain')
    expect(() => codec.encode(only(JSON.parse('{"__proto__":1}')))).toThrow('__proto__')
    expect(() => codec.encode(only(cyclic))).toThrow('nested deeper than 32')
    expect(() => codec.encode({ ...text({ text: 'x' }), at: Number.NaN })).toThrow('no time')
    expect(() => codec.encode({ ...text({ text: 'x' }), type: 'tex' as 'text' })).toThrow('"tex"')
  })

  it('a plugin whose schema is no schema, by name', () => {
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
})
