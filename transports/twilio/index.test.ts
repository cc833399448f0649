import { afterEach, describe, expect, it } from 'vitest'
import {
  audio,
  decodeMulaw,
  dtmf,
  encodeMulaw,
  message,
  type AudioFrame,
  type Frame,
} from 'voxgraph/plugin'
import { createVirtualClock, createWeb, emulateTwilio } from 'voxgraph/testing'
import { createRigs, until } from './rig.ts'

const rigs = createRigs({
  clock: createVirtualClock,
  web: createWeb(),
  twilio: (clock) => emulateTwilio({ clock }),
})
const { open } = rigs
afterEach(rigs.close)

const speech = (ms: number, response = 1): AudioFrame => ({
  ...audio({
    role: 'agent',
    samples: encodeMulaw(Int16Array.from({ length: ms * 8 }, (_, at) => (at % 20) * 500)),
    sampleRate: 8000,
    encoding: 'mulaw',
  }),
  response,
})
const soundOf = (frames: readonly Frame[]): readonly Frame[] =>
  frames.filter(({ type }) => type === 'audio')

describe('a call that comes in', () => {
  it('is answered, brings sound, and knows who calls whom', async () => {
    const { twilio, desk, pass, close } = await open()
    const farEnd = { speak: (count: number) => new Int16Array(count).fill(8000) }
    const call = twilio.call({
      url: `${desk.url}?campaign=spring&sid=forged`,
      from: '+15550001111',
      to: '+15559990000',
      fields: { CallerName: 'Ada', FromCity: '' },
      farEnd,
    })
    const { connection, frames, end } = await desk.next()
    expect(connection.call).toEqual({
      campaign: 'spring',
      caller_name: 'Ada',
      from: '+15550001111',
      to: '+15559990000',
      direction: 'inbound',
      sid: call.sid,
    })
    expect(desk.taken()).toBe(1)
    await pass(() => soundOf(frames).length === 10)
    const [first] = frames as AudioFrame[]
    expect(first).toMatchObject({ sampleRate: 8000, encoding: 'mulaw', role: 'user' })
    expect(decodeMulaw(first!.samples)[0]).toBeCloseTo(8000, -3)
    call.stream?.press('5')
    await until(() => frames.some(({ type }) => type === 'dtmf'))
    void call.end('completed')
    expect(await end).toBe('complete')
    await close(connection)
    expect(desk.taken()).toBe(0)
    expect(twilio.violations).toEqual([])
  })

  it('hears what is played, and says how much of it', async () => {
    const { twilio, desk, pass, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    for (let piece = 0; piece < 10; piece++) connection.play(speech(20))
    expect(connection.played?.()).toBe(0)
    await pass(() => (connection.played?.() ?? 0) >= 100)
    expect(call.stream?.playedMs).toBeGreaterThanOrEqual(100)
    expect(call.stream?.playedMs).toBeLessThanOrEqual(140)
    await pass(() => (connection.played?.() ?? 0) >= 200)
    expect(connection.played?.()).toBe(200)
    expect(call.stream?.notes[0]?.name).toBe('1:20:0:1')
    await close(connection)
    expect(await call.ended).toBe('completed')
    expect(twilio.violations).toEqual([])
  })

  it('is silent as soon as it is cleared, and what came back with that was not played', async () => {
    const { twilio, desk, pass, let: passTime, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    for (let piece = 0; piece < 50; piece++) connection.play(speech(20))
    await pass(() => (connection.played?.() ?? 0) >= 300)
    connection.clear()
    const played = connection.played?.() ?? 0
    await passTime(400)
    expect(connection.played?.()).toBe(played)
    const { stream } = call
    expect(Math.abs((stream?.playedMs ?? 0) - played)).toBeLessThanOrEqual(40)
    const cleared = stream?.notes.filter(({ isCleared }) => isCleared) ?? []
    expect(cleared.length).toBeGreaterThan(3)
    connection.play(speech(100, 2))
    await pass(() => (connection.played?.() ?? 0) >= played + 100)
    expect(stream?.notes.at(-1)?.name).toMatch(/^2:\d+:1:\d+$/)
    await close(connection)
    expect(twilio.violations).toEqual([])
  })

  it('sends short pieces joined, but the last of stopped sound at once', async () => {
    const { twilio, desk, let: passTime, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    connection.play(speech(20))
    for (let piece = 0; piece < 8; piece++) connection.play(speech(5))
    await passTime(40)
    const media = (): number =>
      call.stream?.messages.filter(({ event }) => event === 'media').length ?? 0
    expect(media()).toBe(3)
    connection.clear()
    connection.play(speech(5))
    await until(() => media() === 4)
    await close(connection)
    expect(twilio.violations).toEqual([])
  })

  it('ends when what was said last has been heard, and is hung up then', async () => {
    const { twilio, desk, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    for (let piece = 0; piece < 10; piece++) connection.play(speech(20))
    await close(connection)
    expect(call.stream?.playedMs).toBeGreaterThanOrEqual(200)
    expect(await call.ended).toBe('completed')
    const asked = twilio.received.filter(({ path }) => path.includes(call.sid))
    expect(asked).toHaveLength(1)
    expect(desk.warnings).toEqual([])
  })

  it('takes a hang-up that comes too late for one that is done', async () => {
    const { twilio, desk, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    call.status = 'completed'
    await close(connection)
    expect(desk.warnings).toEqual([])
  })
})

describe('keys that are sent', () => {
  it('are heard as their two tones, in their place between the words', async () => {
    const { twilio, desk, pass, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    connection.play(speech(100))
    for (const digit of '1#') connection.send(dtmf({ digit, lane: 'bot' }))
    connection.play(speech(100))
    connection.send(message({ name: 'nobody-reads-this', data: {}, lane: 'bot' }))
    await pass(() => (connection.played?.() ?? 0) >= 200)
    const heard = Int16Array.from(call.stream?.heard.flatMap(({ samples }) => [...samples]) ?? [])
    const from = heard.findIndex((sample) => Math.abs(sample) > 300)
    const parts = ['speech', '1', '#', 'speech'] as const
    const lengths = [800, 1600, 1600, 800]
    let at = from
    for (const [index, part] of parts.entries()) {
      const sound = heard.subarray(at, at + (lengths[index] ?? 0))
      if (part !== 'speech') expect(keyIn(sound.subarray(0, 800))).toBe(part)
      at += lengths[index] ?? 0
    }
    expect(connection.played?.()).toBe(200)
    await close(connection)
    expect(twilio.violations).toEqual([])
  })

  it('are pressed again where a clear has taken them away, and only those', async () => {
    const { twilio, desk, pass, close } = await open()
    const call = twilio.call({ url: desk.url })
    const { connection } = await desk.next()
    for (const digit of '12') connection.send(dtmf({ digit, lane: 'bot' }))
    await pass(() => (call.stream?.playedMs ?? 0) >= 60)
    connection.clear()
    await pass(() => (call.stream?.playedMs ?? 0) >= 260 && call.stream?.bufferedMs === 0)
    const heard = Int16Array.from(call.stream?.heard.flatMap(({ samples }) => [...samples]) ?? [])
    const last = heard.findLastIndex((sample) => Math.abs(sample) > 300)
    expect(keyIn(heard.subarray(last - 790, last))).toBe('2')
    const sounding = heard.filter((sample) => Math.abs(sample) > 300).length
    // One that was cut after 60 ms or so, and a whole one.
    expect(sounding / 8).toBeLessThan(190)
    await close(connection)
  })
})

/** The key whose two frequencies are the strongest. */
function keyIn(samples: Int16Array): string {
  const power = (hertz: number): number => {
    let [real, imaginary] = [0, 0]
    for (const [index, sample] of samples.entries()) {
      const phase = (2 * Math.PI * hertz * index) / 8000
      real += sample * Math.cos(phase)
      imaginary += sample * Math.sin(phase)
    }
    return real ** 2 + imaginary ** 2
  }
  const strongest = (among: readonly number[]): number =>
    among.indexOf(among.toSorted((a, b) => power(b) - power(a))[0] ?? 0)
  const row = strongest([697, 770, 852, 941])
  const column = strongest([1209, 1336, 1477, 1633])
  return ['123A', '456B', '789C', '*0#D'][row]?.[column] ?? ''
}
