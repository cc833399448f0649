import { afterEach, describe, expect, it } from 'vitest'
import type { TtsDefinition } from 'voxgraph/plugin'
import {
  createVirtualClock,
  elevenLabsVoice,
  emulateElevenLabs,
  openVoice,
  type ElevenLabsEmulator,
  type EmulatedSpeech,
  type ElevenLabsEmulatorInit,
  type OpenVoice,
} from 'voxgraph/testing'
import elevenLabs from './index.ts'

type Message = Readonly<Record<string, unknown>>

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function stage(
  options: object = {},
  init: ElevenLabsEmulatorInit = {},
  more: Partial<Parameters<typeof openVoice>[1]> = {},
): Promise<{ emulator: ElevenLabsEmulator; voice: OpenVoice; sent: () => Message[] }> {
  const emulator = await emulateElevenLabs(init)
  closing.push(() => emulator.close())
  const at = { endpoint: emulator.endpoint, api_key: emulator.key, voice: elevenLabsVoice }
  const voice = await openVoice(elevenLabs, { options: { ...at, ...options }, ...more })
  closing.push(() => voice.close())
  const sent = (): Message[] =>
    emulator.received.filter(({ kind }) => kind === 'message').map(({ body }) => body as Message)
  return { emulator, voice, sent }
}

const until = async (isTrue: () => boolean): Promise<void> => {
  await expect.poll(isTrue, { interval: 1, timeout: 5000 }).toBe(true)
}
const sockets = ({ received }: ElevenLabsEmulator): number =>
  received.filter(({ kind }) => kind === 'socket').length
/** Begins an utterance that is cut as soon as it sounds. */
async function cutShort({ voice }: { voice: OpenVoice }): Promise<void> {
  const cut = new AbortController()
  const onPiece = (): void => cut.abort()
  const texts = Array.from({ length: 9 }, () => 'And so it goes on.')
  expect((await voice.say(texts, { signal: cut.signal, onPiece })).error).toBeUndefined()
}

describe('elevenlabs-tts on its socket', () => {
  it('sends settings first, whole words with a space, and a flush behind each span', async () => {
    const settings = { stability: 0.4, speed: 1.1 }
    const { emulator, voice, sent } = await stage({ voice_settings: settings, language: 'de' })
    expect((await voice.say(['Hallo, du.', 'Ja?'], { pieces: 4 })).error).toBeUndefined()
    await until(() => sent().at(-1)?.['close_context'] === true)
    const id = sent()[0]?.['context_id']
    expect(sent()).toEqual(
      [
        { text: ' ', voice_settings: settings },
        { text: 'Hallo, ' },
        { text: 'du. ' },
        { flush: true },
        { text: 'Ja? ' },
        { flush: true },
        { close_context: true },
      ].map((message) => ({ ...message, context_id: id })),
    )
    expect(emulator.received[0]?.path).toBe(
      `/v1/text-to-speech/${elevenLabsVoice}/multi-stream-input?model_id=eleven_flash_v2_5` +
        '&output_format=pcm_24000&inactivity_timeout=180&sync_alignment=true&language_code=de',
    )
    expect(emulator.violations).toEqual([])
  })

  it.each(['camel', 'snake'] as const)(
    'reads answers in %s case, words across pieces',
    async (spelling) => {
      const { voice } = await stage({}, { spelling, chunkMs: 30 })
      const { spans } = await voice.say(['Wonderful things.', 'Really?'])
      expect(spans).toMatchObject([
        { span: 1, lengthMs: 500, words: [{ text: 'Wonderful', startMs: 0 }, { text: 'things.' }] },
        { span: 2, lengthMs: 250, words: [{ text: 'Really?', startMs: 0 }] },
      ])
    },
  )

  it('never has more than five contexts, and waits for those that are not let go of', async () => {
    const of = await stage({}, { finalMs: 30, pace: 50 })
    for (let turn = 0; turn < 12; turn++) await cutShort(of)
    expect((await of.voice.say(['One two.'])).spans).toMatchObject([{ lengthMs: 500 }])
    expect(of.emulator.violations).toEqual([])
    expect(sockets(of.emulator)).toBe(1)
  })

  it('takes another socket when contexts are never let go of', async () => {
    const of = await stage({}, { finalMs: Infinity, pace: 50 })
    for (let turn = 0; turn < 6; turn++) await cutShort(of)
    expect(sockets(of.emulator)).toBe(2)
    await until(() => of.emulator.open === 1)
    expect(of.emulator.violations).toEqual([])
  })

  it('drops what still comes of an utterance that was cut', async () => {
    const of = await stage({}, { finishesFlushed: true, pace: 50 })
    await cutShort(of)
    expect((await of.voice.say(['One two.'])).spans).toMatchObject([{ span: 1, lengthMs: 500 }])
    expect(of.emulator.violations).toEqual([])
  })

  it('keeps contexts alive while the text pauses, and no others', async () => {
    const clock = createVirtualClock()
    const { emulator, voice, sent } = await stage({}, {}, { clock })
    await clock.advance(30_000)
    expect(sent()).toEqual([])
    const more = Promise.withResolvers<void>()
    async function* text() {
      yield { span: 1, text: 'Let me look. ' }
      await more.promise
      yield { span: 2, text: 'Found it.' }
    }
    const heard = new Map<number, number>()
    const saying = (async () => {
      const signal = new AbortController().signal
      for await (const { span, samples } of voice.voice.speak({ text: text(), signal })) {
        heard.set(span, (heard.get(span) ?? 0) + samples.length / 24)
      }
    })()
    await until(() => sent().length === 2)
    await clock.advance(800)
    await until(() => sent().at(-1)?.['flush'] === true)
    await clock.advance(16_000)
    await until(() => sent().at(-1)?.['text'] === '')
    more.resolve()
    await until(() => sent().filter(({ flush }) => flush === true).length === 2)
    await until(() => heard.get(2) === 500)
    await clock.advance(100)
    await saying
    expect([...heard]).toEqual([
      [1, 750],
      [2, 500],
    ])
    expect(emulator.violations).toEqual([])
  })

  it('closes a context when all of it has come, whoever is slow to ask for it', async () => {
    const { emulator, voice, sent } = await stage()
    async function* text() {
      yield { span: 1, text: 'One two three.' }
    }
    const cut = new AbortController()
    const speaking = voice.voice.speak({ text: text(), signal: cut.signal })[Symbol.asyncIterator]()
    expect((await speaking.next()).value).toMatchObject({ span: 1 })
    await until(() => sent().at(-1)?.['close_context'] === true)
    cut.abort()
    expect(emulator.violations).toEqual([])
  })

  it.each(['websocket', 'http'])('keeps a pause as long as it is, in mode %s', async (mode) => {
    const speak = async (): Promise<EmulatedSpeech> => {
      const samples = new Int16Array(40_000)
      const tone = (at: number): number => 6000 * Math.sin((at * 2 * Math.PI * 220) / 16_000)
      for (let at = 0; at < 4000; at++) samples[at] = samples[36_000 + at] = tone(at)
      const words = [
        { text: 'One', startMs: 0, endMs: 250 },
        { text: 'two.', startMs: 2250, endMs: 2500 },
      ]
      return { samples, words }
    }
    const { voice } = await stage({ mode }, { speak })
    const { spans, error } = await voice.say(['One two.'])
    expect(error).toBeUndefined()
    expect(spans[0]?.lengthMs).toBe(2500)
  })

  it('keeps a connection that was idle when the first answer on it is cut', async () => {
    const clock = createVirtualClock()
    const { emulator, voice, sent } = await stage({}, { delayMs: 60_000 }, { clock })
    await clock.advance(10_000)
    const cut = new AbortController()
    const saying = voice.say(['One two.'], { signal: cut.signal })
    await until(() => sent().length > 0)
    cut.abort()
    await saying
    await until(() => sent().at(-1)?.['close_context'] === true)
    expect(emulator.open).toBe(1)
    expect(emulator.received.filter(({ kind }) => kind === 'socket')).toHaveLength(1)
  })

  it('opens again when the vendor closed an idle connection', async () => {
    const clock = createVirtualClock()
    const { emulator, voice } = await stage({}, { clock })
    await clock.advance(180_000)
    await until(() => emulator.open === 0)
    expect((await voice.say(['One two.'])).spans).toMatchObject([{ lengthMs: 500 }])
  })
})

describe('elevenlabs-tts over HTTP', () => {
  it.each(['stream', 'piece'] as const)(
    'reads times that count from the %s',
    async (streamTimes) => {
      const { voice, emulator } = await stage({ mode: 'http' }, { streamTimes })
      const { spans } = await voice.say(['One two three.', 'Four!'])
      expect(spans).toMatchObject([
        { span: 1, words: [{ startMs: 0 }, { startMs: 250 }, { startMs: 500 }] },
        { span: 2, words: [{ text: 'Four!', startMs: 0 }] },
      ])
      expect(emulator.received.map(({ kind }) => kind)).toEqual(['request', 'request'])
      expect(emulator.violations).toEqual([])
    },
  )
})

describe('elevenlabs-tts, verified', () => {
  const verify = async (options: object, garbage = false): Promise<unknown> => {
    const emulator = await emulateElevenLabs()
    closing.push(() => emulator.close())
    if (garbage) emulator.fail({ fault: 'garbage', when: 'open' })
    const at = { endpoint: emulator.endpoint, api_key: emulator.key, voice: elevenLabsVoice }
    const all = { ...at, model: 'eleven_flash_v2_5', ...options }
    const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined }
    const ctx = { options: all, log: quiet, signal: new AbortController().signal }
    return elevenLabs.verify?.(
      ctx as unknown as Parameters<NonNullable<TtsDefinition['verify']>>[0],
    )
  }

  it('takes a key, a voice and a model that ElevenLabs knows', async () => {
    await expect(verify({})).resolves.toBeUndefined()
  })

  it.each([
    [{ api_key: 'wrong' }, 'auth', 'did not accept the key'],
    [{ voice: `${elevenLabsVoice.slice(0, -1)}x` }, 'invalid', 'there is no voice'],
    [{ voice: 'a0e99841-438c-4a64-b679-ae501e7d6091' }, 'invalid', "another vendor's"],
    [{ model: 'sonic-3' }, 'invalid', 'there is no model "sonic-3"; there is eleven_flash_v2_5'],
    [{ endpoint: 'http://127.0.0.1:1' }, 'connectivity', 'cannot be reached'],
  ])('refuses %j', async (options, category, words) => {
    await expect(verify(options)).rejects.toMatchObject({
      category,
      message: expect.stringContaining(words) as string,
    })
  })

  it('says that something else answers', async () => {
    await expect(verify({}, true)).rejects.toMatchObject({
      category: 'server',
      message: expect.stringContaining('something else answers at the endpoint') as string,
    })
  })
})
