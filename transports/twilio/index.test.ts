import { afterEach, describe, expect, it } from 'vitest'
import { audio, encodeMulaw, type AudioFrame, type Frame } from 'voxgraph/plugin'
import {
  createVirtualClock,
  createWeb,
  emulateTwilio,
  type TwilioEmulator,
  type VirtualClock,
} from 'voxgraph/testing'
import { openRig, until, type RigDesk, type RigInit } from './rig.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

interface Rig {
  readonly clock: VirtualClock
  readonly twilio: TwilioEmulator
  readonly desk: RigDesk
  /** Moves time in steps of 20 ms, as long as it is not so; messages pass between two steps. */
  pass(isSo: () => boolean): Promise<void>
}

async function open(init: Partial<RigInit> = {}): Promise<Rig> {
  const clock = createVirtualClock()
  const twilio = await emulateTwilio({ clock })
  const desk = await openRig({ clock, web: createWeb(), twilio, ...init })
  closing.push(
    () => twilio.close(),
    () => desk.listener.close(),
  )
  return {
    clock,
    twilio,
    desk,
    async pass(isSo) {
      for (let step = 0; !isSo(); step++) {
        if (step > 3000) throw new Error('it did not come to pass within a minute')
        await clock.advance(20)
        // A message over loopback takes a few turns of the loop.
        for (let turn = 0; turn < 8; turn++) {
          await new Promise((resolve) => void setImmediate(resolve))
        }
      }
    },
  }
}

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
    const { twilio, desk, pass } = await open()
    const farEnd = { speak: (count: number) => new Int16Array(count).fill(8000) }
    const call = twilio.call({
      url: `${desk.url}?campaign=spring`,
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
    expect(frames[0]).toMatchObject({ sampleRate: 8000, encoding: 'mulaw', role: 'user' })
    call.stream?.press('5')
    await until(() => frames.some(({ type }) => type === 'dtmf'))
    void call.end('completed')
    expect(await end).toBe('complete')
    await connection.close('over')
    expect(desk.taken()).toBe(0)
    expect(twilio.violations).toEqual([])
  })

  it('hears what is played, and says how much of it', async () => {
    const { twilio, desk, pass } = await open()
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
    await connection.close('over')
    expect(await call.ended).toBe('completed')
    expect(twilio.violations).toEqual([])
  })
})
