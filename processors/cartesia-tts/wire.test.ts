import { afterEach, describe, expect, it } from 'vitest'
import type { TtsDefinition } from 'voxgraph/plugin'
import {
  cartesiaVoice,
  createVirtualClock,
  emulateCartesia,
  openVoice,
  type CartesiaEmulator,
  type CartesiaEmulatorInit,
  type OpenVoice,
} from 'voxgraph/testing'
import cartesia from './index.ts'

type Message = Readonly<Record<string, unknown>>

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function stage(
  options: object = {},
  init: CartesiaEmulatorInit = {},
  more: Partial<Parameters<typeof openVoice>[1]> = {},
): Promise<{ emulator: CartesiaEmulator; voice: OpenVoice; sent: () => Message[] }> {
  const emulator = await emulateCartesia(init)
  closing.push(() => emulator.close())
  const at = { endpoint: emulator.endpoint, api_key: emulator.key, voice: cartesiaVoice }
  const voice = await openVoice(cartesia, { options: { ...at, ...options }, ...more })
  closing.push(() => voice.close())
  const sent = (): Message[] =>
    emulator.received.filter(({ kind }) => kind === 'message').map(({ body }) => body as Message)
  return { emulator, voice, sent }
}

const until = async (isTrue: () => boolean): Promise<void> => {
  await expect.poll(isTrue, { interval: 1, timeout: 5000 }).toBe(true)
}

describe('cartesia-tts on the wire', () => {
  it('sends the text as it comes, in one context, with a flush between spans', async () => {
    const { emulator, voice, sent } = await stage({
      speed: 1.2,
      emotion: 'calm',
      language: 'de',
      pronunciation: 'dict',
      buffer: 250,
    })
    expect((await voice.say(['Hallo, du.', 'Ja?'], { pieces: 6 })).error).toBeUndefined()
    const constant = {
      model_id: 'sonic-3.5',
      voice: cartesiaVoice,
      output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 24_000 },
      add_timestamps: true,
      use_normalized_timestamps: false,
      language: 'de',
      max_buffer_delay_ms: 250,
      pronunciation_dict_id: 'dict',
      generation_config: { speed: 1.2, emotion: 'calm' },
      context_id: expect.any(String) as string,
    }
    expect(sent()).toEqual(
      [
        { transcript: 'Hallo,', continue: true },
        { transcript: ' du.', continue: true },
        { transcript: '', continue: true, flush: true },
        { transcript: ' Ja?', continue: true },
        { transcript: '', continue: false },
      ].map((message) => ({ ...constant, ...message })),
    )
    expect(new Set(sent().map(({ context_id: id }) => id)).size).toBe(1)
    expect(emulator.violations).toEqual([])
  })

  it('asks for µ-law where the graph wants it', async () => {
    const format = { sampleRate: 8000, encoding: 'mulaw' } as const
    const { voice, sent } = await stage({}, {}, { format })
    const { spans } = await voice.say(['One two.'])
    expect(spans).toMatchObject([{ lengthMs: 500 }])
    expect(sent()[0]).toMatchObject({
      output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8000 },
    })
  })

  it('keeps one connection for a call, whose key is in no address', async () => {
    const { emulator, voice } = await stage()
    for (let turn = 0; turn < 3; turn++) await voice.say(['One.'])
    const sockets = emulator.received.filter(({ kind }) => kind === 'socket')
    expect(sockets.map(({ path }) => path)).toEqual(['/tts/websocket'])
    expect(emulator.open).toBe(1)
  })

  it('cancels in the tick of the interruption, and nothing more comes', async () => {
    const { emulator, voice, sent } = await stage({}, { pace: 20 })
    const cut = new AbortController()
    const long = Array.from({ length: 30 }, () => 'And so it goes on.')
    const started = Promise.withResolvers<void>()
    const saying = voice.say(long, { signal: cut.signal, onPiece: () => started.resolve() })
    await started.promise
    cut.abort()
    await saying
    await until(() => sent().at(-1)?.['cancel'] === true)
    const context = String(sent()[0]?.['context_id'])
    expect(sent().at(-1)).toEqual({ context_id: context, cancel: true })
    const bytes = emulator.contextBytes.get(context)
    expect((await voice.say(['Next.'])).spans).toMatchObject([{ lengthMs: 250 }])
    expect(emulator.contextBytes.get(context)).toBe(bytes)
    expect(
      sent()
        .filter(({ context_id: id }) => id === context)
        .at(-1),
    ).toHaveProperty('cancel')
  })

  it('says what comes after a pause in a context of its own, and counts words on', async () => {
    const { emulator, voice, sent } = await stage({}, { expiryMs: 100 })
    const more = Promise.withResolvers<void>()
    async function* text() {
      yield { span: 1, text: 'Let me' }
      await more.promise
      yield { span: 1, text: ' look.' }
      yield { span: 2, text: 'Found it.' }
    }
    const pieces = []
    const signal = new AbortController().signal
    for await (const piece of voice.voice.speak({ text: text(), signal })) {
      pieces.push(piece)
      // It is finished by itself: nothing flushed it.
      if (pieces.length === 1)
        void until(() => sent().at(-1)?.['continue'] === false).then(more.resolve)
    }
    const words = pieces.flatMap((piece) =>
      (piece.words ?? []).map((word) => [piece.span, word.text, word.startMs]),
    )
    expect(words).toEqual([
      [1, 'Let', 0],
      [1, 'me', 250],
      [1, 'look.', 500],
      [2, 'Found', 0],
      [2, 'it.', 250],
    ])
    expect(new Set(sent().map(({ context_id: id }) => id)).size).toBe(2)
    expect(emulator.violations).toEqual([])
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
    await until(() => sent().at(-1)?.['cancel'] === true)
    expect(emulator.open).toBe(1)
    expect(emulator.received.filter(({ kind }) => kind === 'socket')).toHaveLength(1)
  })

  it('opens again before an utterance when the vendor closed an idle connection', async () => {
    const clock = createVirtualClock()
    const { emulator, voice } = await stage({}, { clock })
    await clock.advance(300_000)
    await until(() => emulator.open === 0)
    expect((await voice.say(['One two.'])).spans).toMatchObject([{ lengthMs: 500 }])
    expect(emulator.violations).toEqual([])
  })

  it('finds out by itself that an idle connection is dead', async () => {
    const clock = createVirtualClock()
    const { emulator, voice } = await stage({}, {}, { clock })
    emulator.fail({ fault: 'half-open', when: 'now' })
    await clock.advance(15_000)
    await clock.advance(5000)
    expect((await voice.say(['One two.'])).spans).toMatchObject([{ lengthMs: 500 }])
  })
})

describe('cartesia-tts, verified', () => {
  const verify = async (options: object): Promise<unknown> => {
    const emulator = await emulateCartesia()
    closing.push(() => emulator.close())
    const all = { endpoint: emulator.endpoint, api_key: emulator.key, voice: cartesiaVoice }
    return check({ ...all, ...options })
  }
  const check = (options: object): Promise<unknown> | undefined => {
    const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined }
    const ctx = { options, log: quiet, signal: new AbortController().signal }
    return cartesia.verify?.(ctx as unknown as Parameters<NonNullable<TtsDefinition['verify']>>[0])
  }

  it('takes a key and a voice that Cartesia knows', async () => {
    await expect(verify({})).resolves.toBeUndefined()
  })

  it.each([
    [{ api_key: 'wrong' }, 'auth', 'did not accept the key'],
    [{ voice: cartesiaVoice.replace('a', 'b') }, 'invalid', 'there is no voice'],
    [{ voice: '21m00Tcm4TlvDq8ikWAM' }, 'invalid', "another vendor's"],
    [{ endpoint: 'http://127.0.0.1:1' }, 'connectivity', 'cannot be reached'],
  ])('refuses %j', async (options, category, words) => {
    await expect(verify(options)).rejects.toMatchObject({
      category,
      message: expect.stringContaining(words) as string,
    })
  })

  it('says that something else answers', async () => {
    const emulator = await emulateCartesia()
    closing.push(() => emulator.close())
    emulator.fail({ fault: 'garbage', when: 'open' })
    const options = { endpoint: emulator.endpoint, api_key: emulator.key, voice: cartesiaVoice }
    await expect(check(options)).rejects.toMatchObject({
      category: 'server',
      message: expect.stringContaining('something else answers at the endpoint') as string,
    })
  })
})
