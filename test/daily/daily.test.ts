import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { dtmf, message, type AudioFrame } from 'voxgraph/plugin'
import { graphCases, listenCases } from './graph-cases.ts'
import { browserProcesses, loudness, openRig, patient, tone, type Rig } from './rig.ts'
import { telephoneCases } from './telephone-cases.ts'
import { transferCases } from './transfer-cases.ts'

/** The transport with the real daily-js, in Chromium, against our stand-in for Daily's servers and call machine. */
let rig: Rig
beforeAll(async () => {
  rig = await openRig()
}, 60_000)
afterEach(() => rig.clean())
afterAll(() => rig.close())

const isLoud = (frame: { readonly type: string }): boolean =>
  frame.type === 'audio' && loudness((frame as AudioFrame).samples) > 500
const key = (digit: string): unknown => dtmf({ digit, lane: 'user' })

describe('a call in a room', () => {
  it('hears the caller, answers, is silent at the caller within 250 ms of an interruption, and ends', async () => {
    const listener = await rig.open()
    const { guest, call, room } = await rig.join(listener)
    expect(call.connection.call).toEqual({
      from: '',
      to: '',
      direction: 'inbound',
      room: room.url,
    })
    const heard = call.frame(isLoud)
    await guest.play(rig.standIn.sound(await readFile('test/fixtures/audio/jfk.wav')))
    expect(await heard).toMatchObject({ role: 'user', sampleRate: 48_000, channels: 1 })

    const over = guest.level((level) => level > 2000).then(() => guest.level((level) => level < 50))
    for (const frame of tone(200)) call.connection.play(frame)
    await over
    // To the sample.
    expect(call.connection.played?.()).toBe(200)

    const late: number[] = []
    for (let round = 0; round < 5; round++) {
      // What was thrown away before never comes, and what comes after it is heard.
      const loud = guest.level((level) => level > 2000)
      for (const frame of tone(2000)) call.connection.play(frame)
      await loud
      const heldMs = await guest.held()
      const cleared = rig.clock.wall()
      call.connection.clear()
      const { at, stillMs } = await guest.silence(cleared)
      // Of that some 70 ms are the jitter buffer of the caller's page. What it holds above 100 ms, and the time for
      // which that page got no turn, is others' use of this machine.
      late.push(at - cleared - Math.max(0, (await heldMs()) - 100) - stillMs)
    }
    expect(Math.max(...late)).toBeLessThan(250)
    expect(call.connection.played?.()).toBeLessThan(5 * 1000)

    await guest.leave()
    expect(await call.end).toBeUndefined()
    const closing = call.connection.close('once')
    await call.connection.close('twice')
    await closing
    expect(rig.standIn.rooms.has(room.name)).toBe(false)
    expect(rig.logs.filter((text) => text.includes('not deleted'))).toEqual([])
    expect(rig.places.taken).toBe(0)
  })

  it('carries messages, keys and typed words, and says which message was too long', async () => {
    const { guest, call } = await rig.join(await rig.open())
    call.connection.send(message({ name: 'order', data: { no: 7 }, lane: 'bot' }))
    expect(await guest.message()).toEqual({ type: 'message', name: 'order', data: { no: 7 } })
    call.connection.send(dtmf({ digit: '4', lane: 'bot' }))
    expect(await guest.message()).toEqual({ type: 'dtmf', digit: '4' })
    call.connection.send(message({ name: 'big', data: 'x'.repeat(5000), lane: 'bot' }))
    call.connection.send(message({ name: 'small', data: '', lane: 'bot' }))
    expect(await guest.message()).toMatchObject({ name: 'small' })
    expect(rig.logs.join('\n')).toContain('Message data too large. Max size is 4096')

    const last = call.frame(({ type }) => type === 'transcript')
    await guest.send({ type: 'message', name: 'seat', data: 'A4' })
    await guest.send({ type: 'message', name: 'participant-left', data: 'a lie' })
    await guest.send({ type: 'dtmf', digit: '#' })
    await guest.send({ type: 'dtmf', digit: 'x' })
    await guest.send({ type: 'text', text: ' a table for two ' })
    expect(await last).toMatchObject({ text: 'a table for two', final: true, typed: true })
    expect(call.frames.filter(({ type }) => type !== 'audio')).toMatchObject([
      { name: 'seat', data: 'A4' },
      { name: 'app-message' },
      key('#'),
      { type: 'transcript' },
    ])
  })

  it('listens to its caller and to nobody else', async () => {
    const { guest, call, room } = await rig.join(await rig.open())
    const came = call.frame(({ type }) => type === 'message')
    const other = await rig.guest(room, { name: 'other' })
    expect(await came).toMatchObject({
      name: 'participant-joined',
      data: { id: other.id, name: 'other' },
    })
    const sound = rig.standIn.sound(await readFile('test/fixtures/audio/jfk.wav'))
    await other.send({ type: 'message', name: 'mine', data: '' })
    await other.play(sound)
    await guest.level((level) => level > 500)
    const before = call.frames.length
    await call.frame((frame) => frame.type === 'audio' && call.frames.length > before + 10)
    expect(call.frames.some(isLoud)).toBe(false)
    const gone = call.frame(({ type }) => type === 'message')
    await other.leave()
    expect(await gone).toMatchObject({ name: 'participant-left' })
  })

  it('ends in order when the bot is put out, and when the room expires', async () => {
    const listener = await rig.open()
    const ends = ['ejected', 'exp-room', 'connection-error'].map(async (kind) => {
      const { call, room } = await rig.join(listener)
      rig.standIn.putOut(room.name, 'bot', kind)
      return (await call.end) as { readonly code: string } | undefined
    })
    const codes = (await Promise.all(ends)).map((end) => end?.code)
    expect(codes).toEqual([undefined, undefined, 'room-failed'])
  })
})

graphCases(() => rig)
listenCases(() => rig)
telephoneCases(() => rig)
transferCases(() => rig)

describe('what breaks', () => {
  it('a page that crashes ends its call with a code, and no other', async () => {
    const listener = await rig.open()
    const first = await rig.join(listener)
    const second = await rig.join(listener)
    void rig.botPages[0]!.goto('chrome://crash').catch(() => undefined)
    expect(await first.call.end).toMatchObject({ code: 'page-crashed' })
    await first.call.connection.close('the call is over')
    expect(rig.standIn.rooms.has(first.room.name)).toBe(false)

    const heard = second.guest.level((level) => level > 2000)
    for (const frame of tone(200)) second.call.connection.play(frame)
    await heard
    expect(rig.server.pages).toBe(1)
  })

  it('a page that hangs, and one that talks nonsense, end their calls with a code', async () => {
    const listener = await rig.open()
    const first = await rig.join(listener)
    const second = await rig.join(listener)
    const [hangs, raves] = rig.botPages
    // Nobody will answer: it hangs.
    void hangs!.evaluate('for (;;);').catch(() => undefined)
    await raves!.evaluate(`
      const send = WebSocket.prototype.send
      WebSocket.prototype.send = function () { send.call(this, '{"type":') }
    `)
    expect(await second.call.end).toMatchObject({ code: 'room-failed' })
    expect(await first.call.end).toMatchObject({ code: 'page-stuck' })
    await first.call.connection.close('the call is over')
    await expect.poll(() => rig.server.pages, patient).toBe(0)
  })

  it('a browser that is killed ends its calls, and the next call gets a new one', async () => {
    const listener = await rig.open()
    const { call } = await rig.join(listener)
    // The one process whose parent is not a browser: the others go with it.
    process.kill(Math.min(...browserProcesses()), 'SIGKILL')
    expect(await call.end).toMatchObject({ code: 'page-crashed' })
    await call.connection.close('the call is over')
    await rig.clean()
    expect(rig.pool.figures).toEqual({ pages: 0, browsers: 0 })
    const { call: next } = await rig.join(await rig.open())
    await next.frame(({ type }) => type === 'audio')
  })

  it('ten joins and leaves leave no process, page, socket or room behind', async () => {
    const listener = await rig.open()
    const round = async (): Promise<void> => {
      const { body } = await rig.invite(listener)
      const { pathname } = new URL(body.room_url)
      const leave = rig.standIn.enter(pathname.slice(1))
      const call = await rig.next()
      await call.frame(({ type }) => type === 'audio')
      leave()
      expect(await call.end).toBeUndefined()
      await call.connection.close('the call is over')
    }
    await round()
    const before = browserProcesses().length
    for (let index = 0; index < 10; index++) await round()
    // Processes of pages that were closed end in their own time; one may be kept for the next.
    await expect.poll(() => browserProcesses().length, patient).toBeLessThanOrEqual(before + 1)
    expect(rig.server.pages).toBe(0)
    expect(rig.standIn.rooms.size).toBe(0)
    await expect.poll(() => rig.standIn.sockets, patient).toBe(0)
    expect(rig.places.taken).toBe(0)
    expect(rig.botPages.every((page) => page.isClosed())).toBe(true)
  })

  it('makes no room for pages of other sites that bring no token', async () => {
    const { address } = await rig.open()
    const headers = { origin: 'https://evil.example' }
    expect((await fetch(address, { method: 'POST', headers })).status).toBe(403)
    expect(rig.standIn.rooms.size).toBe(0)
  })

  it('says what it cannot do to whoever asks for a room', async () => {
    const listener = await rig.open({ token: 'right' })
    expect(await rig.invite(listener, 'wrong')).toMatchObject({ status: 401 })
    rig.places.most = 0
    expect(await rig.invite(listener, 'right')).toMatchObject({
      status: 503,
      body: { error: 'full' },
    })
    rig.places.most = 1
    rig.standIn.failing = 500
    expect(await rig.invite(listener, 'right')).toMatchObject({ status: 502 })
    expect(rig.places.taken).toBe(0)
    expect(rig.logs.join('\n')).not.toContain('daily-stand-in-key')
  })

  it('gives up a room into which nobody comes', async () => {
    const listener = await rig.open({ callerTimeoutMs: 50 })
    const deleted = rig.standIn.wait('DELETE /rooms/:name')
    expect(await rig.invite(listener)).toMatchObject({ status: 200 })
    await deleted
    await expect.poll(() => rig.places.taken, patient).toBe(0)
    expect(rig.standIn.rooms.size).toBe(0)
  })
})

it('sits in a fixed room, for one caller after the other', async () => {
  const room = rig.standIn.open('front-desk')
  const listener = await rig.open({
    room: { url: room.url, token: rig.standIn.ticket({ room: 'front-desk' }) },
  })
  expect(listener.address).toBe(room.url)
  for (const name of ['ann', 'bob']) {
    const [guest, call] = await Promise.all([rig.guest(room, { name }), rig.next()])
    await call.frame(({ type }) => type === 'audio')
    await guest.leave()
    expect(await call.end).toBeUndefined()
    await call.connection.close('the call is over')
  }
  expect(rig.standIn.rooms.has('front-desk')).toBe(true)
})
