import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProviderError, type SpokenPiece, type Tts, type UtteranceText } from 'voxgraph/plugin'
import {
  createLiveClock,
  emulateOpenAi,
  faultNames,
  tones,
  type Emulator,
  type FaultName,
  type OpenAiInit,
} from 'voxgraph/testing'
import type { Clients } from '../openai.ts'
import definition from './index.ts'
import type { SpeechOptions } from './options.ts'
import { voiceFault } from './voices.ts'

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
const base = { model: 'gpt-4o-mini-tts', prewarm: false, voice: 'marin', speed: 1 }

let emulator: Emulator
const begin = async (init: OpenAiInit = {}): Promise<void> => {
  await emulator?.close()
  emulator = await emulateOpenAi(init)
}
beforeEach(() => begin())
afterEach(() => emulator.close())

async function voice(options: Partial<SpeechOptions> = {}): Promise<Tts> {
  const given = { ...base, api_key: emulator.key, endpoint: emulator.endpoint, ...options }
  const shared = (await definition.share?.({
    log,
    signal: new AbortController().signal,
  })) as Clients
  return definition.setup({
    ...{ options: given, shared, node: 'tts', clock: createLiveClock(), log },
    ...{ format: { sampleRate: 24_000, encoding: 'pcm' }, metric: () => undefined },
    ...{ signal: new AbortController().signal, usage: () => undefined },
  } as never)
}

async function* textOf(pieces: readonly (readonly [number, string])[]) {
  for (const [span, text] of pieces) yield { span, text } satisfies UtteranceText
}

async function spoken(
  tts: Tts,
  pieces: readonly (readonly [number, string])[],
  signal = new AbortController().signal,
): Promise<SpokenPiece[]> {
  const given: SpokenPiece[] = []
  for await (const piece of tts.speak({ text: textOf(pieces), signal })) given.push(piece)
  return given
}

const lengthOf = (pieces: readonly SpokenPiece[], span: number): number =>
  pieces
    .filter((piece) => piece.span === span)
    .reduce((length, { samples }) => length + samples.length, 0) / 24

const inputs = () => emulator.received.map(({ body }) => (body as { input: string }).input)

describe('an utterance', () => {
  it('sounds span by span, each asked for on its own', async () => {
    const pieces = await spoken(await voice(), [
      [1, 'We are'],
      [1, ' open.'],
      [2, 'Until nine.'],
    ])
    expect(lengthOf(pieces, 1)).toBe(3 * 250)
    expect(lengthOf(pieces, 2)).toBe(2 * 250)
    expect(pieces.map(({ span }) => span)).toEqual(
      pieces.map(({ span }) => span).toSorted((one, other) => one - other),
    )
    expect(inputs()).toEqual(['We are open.', 'Until nine.'])
    expect(emulator.violations).toEqual([])
  })

  it('is the sound that the server sends, to the sample', async () => {
    const samples = Int16Array.from({ length: 16_000 }, (_, at) => at % 1000)
    await begin({ speak: () => Promise.resolve({ samples, words: [] }) })
    const pieces = await spoken(await voice(), [[1, 'Listen to this.']])
    expect(lengthOf(pieces, 1)).toBe(1000)
  })

  it('asks for the next span while it reads the one before', async () => {
    const tts = await voice()
    const stream = tts.speak({
      text: textOf([
        [1, 'One thing.'],
        [2, 'Another thing.'],
        [3, 'The last.'],
      ]),
      signal: new AbortController().signal,
    })
    let isSecondAsked = false
    for await (const { span } of stream) {
      if (span === 1) await expect.poll(() => inputs().length).toBe(2)
      isSecondAsked ||= span === 1
    }
    expect(isSecondAsked).toBe(true)
    expect(inputs()).toHaveLength(3)
  })

  it('with nothing to say asks for nothing', async () => {
    expect(await spoken(await voice(), [])).toEqual([])
    expect(
      await spoken(await voice(), [
        [1, '  '],
        [2, '… 😀 —'],
      ]),
    ).toEqual([])
    expect(emulator.received).toEqual([])
  })

  it('that is very long is asked for in parts', async () => {
    const long = 'word '.repeat(1500)
    const pieces = await spoken(await voice(), [[1, long]])
    expect(inputs().map((input) => input.length <= 4096)).toEqual([true, true])
    expect(lengthOf(pieces, 1)).toBe(1500 * 250)
  })

  it('says how it is to be spoken', async () => {
    await spoken(await voice({ voice: 'voice_1234', instructions: 'Calm.', speed: 1.5 }), [
      [1, 'Hello.'],
    ])
    expect(emulator.received[0]?.body).toEqual({
      ...{ model: 'gpt-4o-mini-tts', voice: { id: 'voice_1234' }, input: 'Hello.' },
      ...{ instructions: 'Calm.', speed: 1.5, response_format: 'pcm' },
    })
    expect(emulator.violations).toEqual([])
  })
})

describe('an abort', () => {
  it('ends all requests, and the next utterance is spoken', async () => {
    await begin({ delayMs: 5 })
    const tts = await voice()
    const cut = new AbortController()
    const pieces: SpokenPiece[] = []
    for await (const piece of tts.speak({
      text: textOf([
        [1, 'One two three four.'],
        [2, 'Five six seven.'],
      ]),
      signal: cut.signal,
    })) {
      pieces.push(piece)
      cut.abort()
    }
    expect(pieces).toHaveLength(1)
    expect(lengthOf(await spoken(tts, [[3, 'Yes.']]), 3)).toBe(250)
  })

  it('while headers are waited for is no error', async () => {
    const tts = await voice()
    emulator.fail({ fault: 'stall', when: 'open' })
    const cut = new AbortController()
    const over = spoken(tts, [[1, 'Hello.']], cut.signal)
    await expect.poll(() => emulator.received.length).toBe(1)
    cut.abort()
    expect(await over).toEqual([])
  })
})

describe('a fault', () => {
  const unseen: readonly FaultName[] = ['stall', 'drip', 'half-open', 'wrong-order', 'duplicate']
  it.each(faultNames.filter((fault) => !unseen.includes(fault)))(
    'ends the utterance with an error of ours: %s',
    async (fault) => {
      const tts = await voice()
      emulator.fail({ fault, when: 'answer' })
      const said = spoken(tts, [[1, 'We are open until nine every day.']])
      const error = await said.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(ProviderError)
      const { category, message } = error as ProviderError
      expect(category).not.toBe('bug')
      expect(message).not.toContain(emulator.key)
      expect(lengthOf(await spoken(tts, [[2, 'Yes.']]), 2)).toBe(250)
    },
  )

  it('in a request that is not read yet is told in its turn', async () => {
    let count = 0
    await begin({
      speak: (text, name) => {
        if (++count === 2) emulator.fail({ fault: 'overloaded', when: 'answer' })
        return tones(text, name)
      },
    })
    const other = await voice()
    const given: number[] = []
    const over = (async () => {
      const text = textOf([
        [1, 'One.'],
        [2, 'Two.'],
        [3, 'Three.'],
      ])
      for await (const { span } of other.speak({ text, signal: new AbortController().signal })) {
        given.push(span)
      }
    })()
    await expect(over).rejects.toMatchObject({ category: 'overloaded' })
    expect(new Set(given)).toEqual(new Set([1, 2]))
  })
})

describe('a voice', () => {
  it.each([
    ['marin', 'https://api.openai.com/v1', undefined],
    ['voice_1234', 'https://api.openai.com/v1', undefined],
    ['af_bella', 'http://127.0.0.1:8880/v1', undefined],
    ['af_bella', 'https://api.openai.com/v1', 'there are alloy'],
    ['71a7ad14-091c-4e8e-a314-022ece01c121', 'http://127.0.0.1:8880/v1', 'Cartesia'],
    ['21m00Tcm4TlvDq8ikWAM', 'https://api.openai.com/v1', 'ElevenLabs'],
    ['aura-2-thalia-en', 'https://api.openai.com/v1', 'Deepgram'],
  ])('%s at %s', (name, endpoint, fault) => {
    const found = voiceFault(name, endpoint)
    if (fault === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(fault)
  })
})
