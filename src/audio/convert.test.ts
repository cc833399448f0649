import { describe, expect, it } from 'vitest'
import type { Context, SetupContext } from '../define/index.ts'
import {
  audio,
  interrupt,
  playout,
  response,
  type AudioFrame,
  type AudioInit,
  type Frame,
} from '../frames/index.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { convert } from './convert.ts'
import type { SoundFormat } from './conversion.ts'
import { encodeMulaw } from './g711.ts'

const pcm = (sampleRate: number, channels = 1): SoundFormat => ({
  sampleRate,
  channels,
  encoding: 'pcm',
})
const phone: SoundFormat = { sampleRate: 8000, channels: 1, encoding: 'mulaw' }

interface Converter {
  audio(frame: AudioFrame): AudioFrame | readonly AudioFrame[] | undefined
  signal(frame: Frame, ctx?: Context): AudioFrame | undefined
  close(): void
}

async function converter(from: SoundFormat, to: SoundFormat): Promise<Converter> {
  const signal = new AbortController().signal
  const log = { debug() {}, info() {}, warn() {} }
  const ctx: SetupContext<unknown, unknown> = {
    options: { from, to },
    shared: await convert.share?.({ log, signal }),
    node: 'convert1',
    clock: createVirtualClock(),
    log,
    signal,
    metric() {},
  }
  return convert.setup(ctx as never) as Converter
}

let ids = 0
const frame = (init: Omit<AudioInit, 'role'>, number = 1): AudioFrame => ({
  ...audio({ role: 'agent', ...init }),
  id: ++ids,
  response: number,
})
const speech = (format: SoundFormat, span = 1, number = 1): AudioFrame =>
  frame(
    { samples: new Int16Array((format.sampleRate / 50) * format.channels), ...format, span },
    number,
  )

const list = (out: AudioFrame | readonly AudioFrame[] | undefined): readonly AudioFrame[] =>
  out === undefined ? [] : 'type' in out ? [out] : out
const lengthOf = (frames: readonly AudioFrame[]): number =>
  frames.reduce((sum, { samples }) => sum + samples.length, 0)
const ended = (number: number): Frame => ({ ...response({ state: 'ended' }), response: number })

describe('the converter', () => {
  it('changes the format and nothing else', async () => {
    const node = await converter(pcm(24_000), phone)
    const given = frame({ samples: new Int16Array(480), sampleRate: 24_000, span: 4 }, 3)
    const [made] = list(node.audio(given))
    expect(made).toMatchObject({
      type: 'audio',
      lane: 'bot',
      role: 'agent',
      sampleRate: 8000,
      channels: 1,
      encoding: 'mulaw',
      span: 4,
      response: 3,
      cause: given.id,
    })
  })

  it('gives each span exactly its length', async () => {
    const node = await converter(pcm(24_000), pcm(16_000))
    const first = [speech(pcm(24_000)), speech(pcm(24_000))].flatMap((one) => list(node.audio(one)))
    const atNext = list(node.audio(speech(pcm(24_000), 2)))
    const tail = list(node.signal(ended(1)))
    const bySpan = (span: number): number =>
      lengthOf([...first, ...atNext, ...tail].filter((one) => one.span === span))
    expect([bySpan(1), bySpan(2)]).toEqual([640, 320])
    expect(atNext.map(({ span }) => span)).toEqual([1, 2])
    expect(tail[0]).toMatchObject({ span: 2, response: 1 })
  })

  it('keeps the words of each frame, once, also of one that is too short for the filter', async () => {
    const node = await converter(pcm(24_000), pcm(16_000))
    const word = (text: string, startMs: number) => ({ text, startMs, endMs: startMs + 5 })
    const [one, two, three] = [word('one', 0), word('two', 1), word('three', 20)]
    const say = (length: number, words: AudioInit['words'], span = 1) =>
      list(
        node.audio(
          frame({ samples: new Int16Array(length), sampleRate: 24_000, span, words: words ?? [] }),
        ),
      )
    const swallowed = say(12, [one])
    const first = say(480, [two])
    const second = say(480, [])
    const next = say(480, [three], 2)
    const tail = list(node.signal(ended(1)))
    expect(swallowed).toEqual([])
    expect([...first, ...second, ...next, ...tail].map(({ span, words }) => [span, words])).toEqual(
      [
        [1, [one, two]],
        [1, []],
        [1, undefined],
        [2, [three]],
        [2, undefined],
      ],
    )
  })

  it('ends a response only once, and no other', async () => {
    const node = await converter(pcm(24_000), pcm(16_000))
    node.audio(speech(pcm(24_000), 1, 2))
    expect(node.signal(ended(1))).toBeUndefined()
    expect(node.signal(playout({ state: 'started', span: 1, of: 2, heardMs: 0 }))).toBeUndefined()
    expect(node.signal(ended(2))).toBeDefined()
    expect(node.signal(ended(2))).toBeUndefined()
  })

  it('forgets the sound of a response that is cut, and no other', async () => {
    const node = await converter(pcm(24_000), pcm(16_000))
    node.audio(speech(pcm(24_000), 1, 2))
    node.signal(interrupt({ phase: 'suspect', through: 2 }))
    node.signal(interrupt({ through: 1 }))
    expect(lengthOf(list(node.audio(speech(pcm(24_000), 1, 2))))).toBe(320)
    node.signal(interrupt({ through: 2 }))
    expect(node.signal(ended(2))).toBeUndefined()
    expect(list(node.audio(speech(pcm(24_000), 2, 3))).map(({ span }) => span)).toEqual([2])
  })

  it('keeps the caller and the bot apart', async () => {
    const node = await converter(pcm(16_000), pcm(8000))
    const user = audio({ role: 'user', samples: new Int16Array(320), sampleRate: 16_000 })
    const before = lengthOf(list(node.audio(user)))
    node.audio(speech(pcm(16_000)))
    node.signal(interrupt({ through: 1 }))
    const after = lengthOf(list(node.audio(user)))
    expect([before, after]).toEqual([136, 160])
    expect(list(node.audio(user))[0]?.lane).toBe('media')
  })

  it('mixes channels to one and copies one to many', async () => {
    const down = await converter(pcm(8000, 2), pcm(8000))
    const stereo = frame({ samples: Int16Array.of(10, 20, -3, -4), sampleRate: 8000, channels: 2 })
    expect([...(list(down.audio(stereo))[0]?.samples ?? [])]).toEqual([15, -3])
    const up = await converter(pcm(8000), pcm(8000, 2))
    const mono = frame({ samples: Int16Array.of(7, 8), sampleRate: 8000 })
    expect([...(list(up.audio(mono))[0]?.samples ?? [])]).toEqual([7, 7, 8, 8])
  })

  it('decodes µ-law before it changes the rate', async () => {
    const node = await converter(phone, pcm(16_000))
    const loud = Int16Array.from({ length: 400 }, () => 8000)
    const [made] = list(node.audio(frame({ samples: encodeMulaw(loud), ...phone })))
    expect(made?.samples.at(300)).toBeGreaterThan(7500)
    expect(made?.samples.at(300)).toBeLessThan(8500)
  })

  it('passes a frame on as it is when there is nothing to do', async () => {
    const node = await converter(pcm(16_000), pcm(16_000))
    const given = speech(pcm(16_000))
    expect(list(node.audio(given))[0]?.samples).toBe(given.samples)
    expect(node.signal(ended(1))).toBeUndefined()
  })

  it('refuses sound in a format that was not declared', async () => {
    const node = await converter(pcm(24_000), pcm(16_000))
    expect(() => node.audio(speech(pcm(16_000)))).toThrow(
      'A converter was given pcm at 16000 Hz with one channel where pcm at 24000 Hz with one channel was declared.',
    )
  })

  it('says nothing about empty sound', async () => {
    const node = await converter(pcm(24_000), pcm(16_000))
    const empty = frame({ samples: new Int16Array(), sampleRate: 24_000 })
    expect(node.audio(empty)).toBeUndefined()
  })
})
