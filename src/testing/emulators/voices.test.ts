import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createVirtualClock } from '../../time/virtual-clock.ts'
import { cartesiaVoice, emulateCartesia } from './cartesia.ts'
import { elevenLabsVoice, emulateElevenLabs } from './elevenlabs.ts'
import type { Emulator } from './emulator.ts'

type Message = Readonly<Record<string, unknown>>

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A client that says what it is told, and all that it was answered. */
async function client(emulator: Emulator, path: string, headers: Record<string, string>) {
  closing.push(() => emulator.close())
  const socket = new WebSocket(emulator.endpoint.replace('http', 'ws') + path, { headers })
  const heard: Message[] = []
  socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString()) as Message))
  const closed = new Promise<string>((resolve) => {
    socket.once('close', (code, reason) => resolve(`${code} ${reason.toString()}`))
  })
  await new Promise((resolve) => socket.once('open', resolve))
  closing.push(() => socket.terminate())
  const until = async (isIt: (message: Message) => boolean): Promise<Message[]> => {
    await expect.poll(() => heard.some(isIt), { interval: 1, timeout: 5000 }).toBe(true)
    return heard
  }
  const send = (...messages: object[]): void => {
    for (const message of messages) socket.send(JSON.stringify(message))
  }
  return { heard, closed, send, until }
}

describe('the emulated Cartesia', () => {
  const base = {
    context_id: 'one',
    model_id: 'sonic-3.5',
    voice: cartesiaVoice,
    output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 8000 },
    add_timestamps: true,
  }
  const dial = async (init: Parameters<typeof emulateCartesia>[0] = {}) => {
    const emulator = await emulateCartesia(init)
    const headers = { authorization: `Bearer ${emulator.key}`, 'cartesia-version': '2026-08-14' }
    return { emulator, ...(await client(emulator, '/tts/websocket', headers)) }
  }

  it('speaks a context: times, sound, flushes, the end', async () => {
    const { emulator, send, until } = await dial()
    send(
      { ...base, transcript: 'One two.', continue: true },
      { ...base, transcript: '', continue: true, flush: true },
      { ...base, transcript: ' Three.', continue: false },
    )
    const heard = await until(({ type }) => type === 'done')
    const bytes = heard.flatMap(({ data }) => [...Buffer.from(String(data ?? ''), 'base64')])
    expect(bytes).toHaveLength(750 * 16)
    const starts = heard.flatMap(
      ({ word_timestamps: at }) => (at as { start: number[] } | undefined)?.start ?? [],
    )
    expect(starts).toEqual([0, 0.25, 0.5])
    expect(heard.filter(({ type }) => type === 'flush_done')).toMatchObject([{ flush_id: 1 }])
    expect(emulator.violations).toEqual([])
  })

  it.each([
    ['an unknown field', [{ ...base, transcript: 'Hi.', colour: 'red' }]],
    ['a first text of signs', [{ ...base, transcript: '...', continue: true }]],
    [
      'a field that changes',
      [
        { ...base, transcript: 'Hi ', continue: true },
        { ...base, transcript: 'there.', continue: true, language: 'de' },
      ],
    ],
    [
      'text behind the end',
      [
        { ...base, transcript: 'Hi.', continue: false },
        { ...base, transcript: 'there.', continue: true },
      ],
    ],
  ])('refuses %s', async (_, messages) => {
    const { emulator, send, until } = await dial()
    send(...messages)
    const heard = await until(({ type }) => type === 'error')
    expect(heard.find(({ type }) => type === 'error')).toMatchObject({ status_code: 400 })
    expect(emulator.violations).toHaveLength(1)
  })

  it('lets a context go that is idle for a second', async () => {
    const clock = createVirtualClock()
    const { emulator, send, until } = await dial({ clock })
    send(
      { ...base, transcript: 'Hi.', continue: true },
      { ...base, transcript: '', continue: true, flush: true },
    )
    await until(({ type }) => type === 'flush_done')
    await clock.advance(1000)
    send({ ...base, transcript: 'there.', continue: true })
    await until(({ type }) => type === 'error')
    expect(emulator.violations).toEqual(['cartesia: text for a context that has expired'])
  })

  it('closes a socket that is idle for five minutes', async () => {
    const clock = createVirtualClock()
    const { closed } = await dial({ clock })
    await clock.advance(300_000)
    expect(await closed).toBe('1000 idle')
  })
})

describe('the emulated ElevenLabs', () => {
  const dial = async (init: Parameters<typeof emulateElevenLabs>[0] = {}) => {
    const emulator = await emulateElevenLabs(init)
    const path = `/v1/text-to-speech/${elevenLabsVoice}/multi-stream-input?model_id=eleven_flash_v2_5&output_format=pcm_8000`
    return { emulator, ...(await client(emulator, path, { 'xi-api-key': emulator.key })) }
  }
  const begin = (id: string): object => ({ text: ' ', context_id: id })

  it('speaks a context: sound with times of its own, the end when it is closed', async () => {
    const { emulator, send, until } = await dial({ finishesFlushed: true })
    send(begin('one'), { text: 'One two. ', context_id: 'one', flush: true })
    send({ context_id: 'one', close_context: true })
    const heard = await until(({ isFinal }) => isFinal === true)
    const bytes = heard.flatMap(({ audio }) => [...Buffer.from(String(audio ?? ''), 'base64')])
    expect(bytes).toHaveLength(500 * 16)
    const chars = heard.flatMap(
      ({ alignment }) => (alignment as { chars: string[] } | null)?.chars ?? [],
    )
    expect(chars.join('').trim()).toBe('One two.')
    expect(emulator.violations).toEqual([])
  })

  it.each([
    ['a sixth context', Array.from({ length: 6 }, (_, index) => begin(`${index}`))],
    ['an unknown field', [{ ...begin('one'), colour: 'red' }]],
    [
      'settings that come late',
      [begin('one'), { text: 'Hi ', context_id: 'one', voice_settings: {} }],
    ],
    [
      'settings behind a message that kept alive what was not begun',
      [
        { text: '', context_id: 'one' },
        { ...begin('one'), voice_settings: {} },
      ],
    ],
  ])('closes the socket for %s', async (_, messages) => {
    const { emulator, send, closed, heard } = await dial()
    send(...messages)
    expect(await closed).toMatch(/^1008 /)
    expect(heard.at(-1)).toMatchObject({ code: 1008 })
    expect(emulator.violations.length).toBeGreaterThan(0)
  })

  it('closes a socket that is silent for twenty seconds', async () => {
    const clock = createVirtualClock()
    const { closed } = await dial({ clock })
    await clock.advance(20_000)
    expect(await closed).toBe('1008 input_timeout_exceeded')
  })
})
