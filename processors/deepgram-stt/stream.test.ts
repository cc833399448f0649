import { expect, test } from 'vitest'
import { ProviderError, type Heard } from 'voxgraph/plugin'
import {
  createLiveClock,
  createVirtualClock,
  emulateDeepgram,
  withStt,
  type OpenStt,
  type SttRig,
} from 'voxgraph/testing'
import definition from './index.ts'

const line = 'what time is breakfast'
const init = { definition, emulate: emulateDeepgram }

/** Somebody who speaks for so long, at four words a second, and silence behind it; 16 kHz. */
const voice = (voiceMs: number, silenceMs = 0): Int16Array =>
  Int16Array.from({ length: (voiceMs + silenceMs) * 16 }, (_, at) =>
    at < voiceMs * 16 ? 6000 * Math.sin(at / 11) : 0,
  )

const messages = (rig: SttRig): readonly unknown[] =>
  rig.emulator.received.flatMap(({ kind, body }) =>
    kind === 'message' && typeof body === 'object' ? [(body as { type: string }).type] : [],
  )

/** Waits until all that Deepgram has said by now is here: its answer to a `Finalize` comes behind it. */
async function synced(rig: SttRig, open: OpenStt): Promise<void> {
  const count = open.heard.length
  open.push(voice(0, 1000))
  open.stream.finish?.()
  await rig.until('an answer', () => open.heard.length > count)
}

const failureOf = (open: OpenStt): ProviderError => {
  expect(open.failures).toHaveLength(1)
  expect(open.failures[0]).toBeInstanceOf(ProviderError)
  return open.failures[0] as ProviderError
}

test('Deepgram is told to wait while there is no sound, and only then', () =>
  withStt(init, [[]], async (rig) => {
    const clock = createVirtualClock()
    const open = await rig.open({ clock })
    await synced(rig, open)
    await clock.advance(3900)
    open.push(voice(0, 20))
    await clock.advance(3900)
    expect(messages(rig)).not.toContain('KeepAlive')
    await synced(rig, open)
    await clock.advance(4000)
    await rig.until('a KeepAlive', () => messages(rig).includes('KeepAlive'))
    await open.stream.close()
    await clock.advance(60_000)
    await rig.until('the end', () => rig.emulator.open === 0)
    expect(messages(rig).filter((type) => type === 'KeepAlive')).toHaveLength(1)
    expect(open.failures).toEqual([])
  }))

test('that Deepgram hangs up on silence is a timeout', async () => {
  const clock = createVirtualClock()
  const emulate: typeof emulateDeepgram = (more) => emulateDeepgram({ ...more, clock })
  await withStt({ definition, emulate }, [[]], async (rig) => {
    const open = await rig.open()
    await rig.until('a socket', () => rig.emulator.open === 1)
    await clock.advance(10_000)
    await rig.until('a failure', () => open.failures.length > 0)
    expect(failureOf(open)).toMatchObject({ category: 'timeout', retryable: true })
    expect(failureOf(open).message).toContain('NET-0001')
  })
})

test('a dead connection is known within eight seconds, though nobody speaks', () =>
  withStt(init, [[]], async (rig) => {
    const clock = createVirtualClock()
    const open = await rig.open({ clock })
    await synced(rig, open)
    rig.emulator.fail({ fault: 'half-open', when: 'now' })
    await clock.advance(8000)
    expect(failureOf(open)).toMatchObject({ category: 'timeout' })
  }))

test('words that are not finished in three seconds are a timeout', () =>
  withStt(init, [[line]], async (rig) => {
    const clock = createVirtualClock()
    const open = await rig.open({ clock })
    rig.emulator.fail({ fault: 'stall', when: 'answer' })
    open.push(voice(900))
    await rig.until('a word', () => open.heard.length > 0)
    open.stream.finish?.()
    await clock.advance(2999)
    expect(open.failures).toEqual([])
    await clock.advance(1)
    expect(failureOf(open)).toMatchObject({ category: 'timeout' })
  }))

test('a Finalize that has nothing to finish may stay without an answer; who asked gets one', () =>
  withStt(init, [[]], async (rig) => {
    const clock = createVirtualClock()
    const open = await rig.open({ clock })
    await synced(rig, open)
    rig.emulator.fail({ fault: 'drip', when: 'now' })
    const told = open.heard.length
    open.push(voice(0, 200))
    open.stream.finish?.()
    const settledMs = open.pushedMs - 200
    expect(open.heard.slice(told)).toEqual([{ type: 'final', text: '', untilMs: settledMs }])
    // There may be a short word in more than that: it is waited for, but it need not come.
    open.push(voice(0, 300))
    open.stream.finish?.()
    await clock.advance(799)
    expect(open.heard).toHaveLength(told + 1)
    await clock.advance(1)
    expect(open.heard.at(-1)).toEqual({ type: 'final', text: '', untilMs: open.pushedMs })
    await clock.advance(2500)
    expect(open.failures).toEqual([])
  }))

test('a Deepgram that says nothing of ten seconds of sound has failed', () =>
  withStt(init, [[]], async (rig) => {
    const live = createLiveClock()
    let later = 0
    // Timers are live, so that pings are answered: only its words do not come.
    const open = await rig.open({ clock: { ...live, now: () => live.now() + later } })
    await synced(rig, open)
    rig.emulator.fail({ fault: 'drip', when: 'now' })
    open.push(voice(0, 5000))
    later = 9000
    open.push(voice(0, 1000))
    expect(open.failures).toEqual([])
    later = 10_000
    open.push(voice(0, 20))
    expect(failureOf(open)).toMatchObject({ category: 'timeout' })
    expect(failureOf(open).message).toContain('it has said nothing for 10 s')
  }))

test('much sound at once is no reason to give up', () =>
  withStt(init, [[line]], async (rig) => {
    const open = await rig.open()
    open.push(voice(1000, 15_000))
    await rig.until('a final', () => open.finals.length > 0)
    expect(open.finals).toEqual([line])
    expect(open.failures).toEqual([])
  }))

test.each(['duplicate', 'wrong-order'] as const)('no word is lost or doubled: %s', (fault) =>
  withStt(init, [[line, 'and the pool']], async (rig) => {
    const open = await rig.open()
    rig.emulator.fail({ fault, when: 'answer' })
    open.push(voice(1200, 600))
    open.push(voice(800, 600))
    await rig.until('two finals', () => open.finals.length >= 2)
    await synced(rig, open)
    expect(open.finals).toEqual([line, 'and the pool'])
    const settled = open.heard.flatMap((event) => (event.type === 'final' ? [event.untilMs] : []))
    expect(settled).toEqual(settled.toSorted((one, two) => one - two))
  }),
)

test('what Deepgram found no words in is settled too', () =>
  withStt(init, [[]], async (rig) => {
    const open = await rig.open()
    open.push(voice(0, 3000))
    await rig.until('a final', () => open.heard.length > 0)
    const empty: Heard = { type: 'final', text: '', language: 'en', untilMs: 3000 }
    expect(open.heard).toEqual([empty])
  }))

test('a phone goes through as it is: a byte for each sample', () =>
  withStt(init, [[]], async (rig) => {
    const open = await rig.open({ format: { sampleRate: 8000, encoding: 'mulaw' } })
    open.push(voice(20))
    await rig.until('sound', () => rig.emulator.received.length > 1)
    const [socket, sound] = rig.emulator.received
    expect(socket?.path).toContain('encoding=mulaw&sample_rate=8000')
    expect(sound?.body).toBe(160)
  }))
