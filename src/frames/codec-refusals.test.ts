import { describe, expect, it } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import { createCodec } from './codec.ts'
import type { Frame, Json } from './frame.ts'
import { audio, message, text } from './index.ts'

const codec = createCodec(createCatalogue())

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
})
