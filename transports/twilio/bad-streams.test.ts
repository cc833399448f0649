import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { audio, type AudioFrame, type Site, type Web } from 'voxgraph/plugin'
import {
  createVirtualClock,
  createWeb,
  emulateTwilio,
  type TwilioCall,
  type TwilioEmulator,
} from 'voxgraph/testing'
import twilioSdk from 'twilio'
import { WebSocket } from 'ws'
import { createRigs, until, type Rig } from './rig.ts'

const rigs = createRigs({
  clock: createVirtualClock,
  web: createWeb(),
  twilio: (clock) => emulateTwilio({ clock }),
})
const { open } = rigs
const { getExpectedTwilioSignature } = twilioSdk
afterEach(rigs.close)

/** A call that was announced, whose stream has not been opened. */
async function announced(rig: Rig<TwilioEmulator>): Promise<TwilioCall> {
  const { twilio, desk } = rig
  const call = twilio.call({ url: desk.url, holdsStream: true })
  await until(() => call.done.includes('connect'))
  return call
}

/** The first sample of each piece that was heard, as µ-law. */
const heardCodes = (frames: readonly unknown[]): readonly number[] =>
  (frames as readonly AudioFrame[]).map(({ samples }) => samples[0] ?? -1)

const media = (chunk: number, timestamp: number, code: number): string =>
  JSON.stringify({
    event: 'media',
    media: {
      track: 'inbound',
      chunk: String(chunk),
      timestamp: String(timestamp),
      payload: Buffer.alloc(160, code).toString('base64'),
    },
  })

describe('a webhook', () => {
  it('that was not signed, or by somebody else, is refused, and takes no place', async () => {
    const { twilio, desk } = await open()
    const call = twilio.newCall({ url: desk.url })
    expect((await call.post(desk.url, {}, 'missing')).status).toBe(403)
    expect((await call.post(desk.url, {}, 'forged')).status).toBe(403)
    expect((await call.post(`${desk.url}?a=b`, {}, 'forged')).status).toBe(403)
    expect(
      (await call.post(`${desk.url}/status`, { CallStatus: 'completed' }, 'forged')).status,
    ).toBe(403)
    expect((await call.post(desk.url, { AccountSid: 'AC0' })).status).toBe(403)
    expect((await call.post(desk.url, {}, 'right')).status).toBe(200)
    expect(desk.taken()).toBe(1)
  })

  it('is judged by the address that was configured, not by the one that was asked', async () => {
    const sites: Site[] = []
    const web: Web = {
      async open(at) {
        const site = await createWeb().open(at)
        sites.push(site)
        return site
      },
    }
    const behindProxy = createRigs({
      clock: createVirtualClock,
      web,
      twilio: (clock) => emulateTwilio({ clock }),
    })
    const options = { public_url: 'https://voice.example.com/' }
    const { desk, twilio } = await behindProxy.open({ options })
    expect(desk.url).toBe('https://voice.example.com/twilio')
    const form = { AccountSid: twilio.accountSid, CallSid: 'CA1', From: '+1', To: '+2' }
    const ask = async (signed: string): Promise<Response> => {
      const signature = getExpectedTwilioSignature(twilio.key, signed, form)
      const headers = { 'x-twilio-signature': signature, 'x-forwarded-host': 'evil.example.com' }
      const body = new URLSearchParams(form)
      return fetch(`${sites[0]?.address}/twilio`, { method: 'POST', headers, body })
    }
    expect((await ask(`${sites[0]?.address}/twilio`)).status).toBe(403)
    expect((await ask('https://evil.example.com/twilio')).status).toBe(403)
    const answer = await ask('https://voice.example.com/twilio')
    expect(await answer.text()).toContain('url="wss://voice.example.com/twilio/stream"')
    await behindProxy.close()
  })

  it('that is asked twice takes one place, and the first token is worth nothing', async () => {
    const rig = await open()
    const { twilio, desk } = rig
    const call = await announced(rig)
    const again = await call.post(desk.url)
    expect(again.text).toContain('<Stream')
    expect(desk.taken()).toBe(1)
    expect((await call.connect().closed).code).toBe(1008)
    expect(twilio.violations).toEqual([])
  })

  it('is answered by the busy tone, another number or a sentence where there is no room', async () => {
    const answers = await Promise.all(
      (['reject', { redirect: '+15551230000' }, { say: 'All <lines> are busy.' }] as const).map(
        async (busy) => {
          const { twilio, desk } = await open({ options: { busy }, busy: () => 'full' })
          const call = twilio.call({ url: desk.url })
          await until(() => call.done.length > 0)
          return call.done[0]
        },
      ),
    )
    expect(answers).toEqual(['reject busy', 'dial +15551230000', 'say: All <lines> are busy.'])
  })

  it('whose stream does not come gives its place back after ten seconds', async () => {
    const rig = await open()
    await announced(rig)
    await rig.clock.advance(9999)
    expect(rig.desk.taken()).toBe(1)
    await rig.clock.advance(1)
    expect(rig.desk.taken()).toBe(0)
  })

  it('whose caller hangs up meanwhile gives its place back at once', async () => {
    const rig = await open()
    const call = await announced(rig)
    await call.post(`${rig.desk.url}/status`, { CallStatus: 'completed' })
    expect(rig.desk.taken()).toBe(0)
  })
})

describe('a stream is refused', () => {
  it.each(['missing', 'forged'] as const)('whose signature is %s', async (signing) => {
    const rig = await open()
    const call = await announced(rig)
    const { closed } = call.connect({ signing })
    expect((await closed).code).toBe(1006)
    expect(rig.desk.calls).toEqual([])
    // The right one is still awaited.
    call.connect()
    await rig.desk.next()
  })

  it('that names another call, brings another token, or none', async () => {
    const rig = await open()
    const [mine, other] = [await announced(rig), await announced(rig)]
    const reason = { code: 1008, reason: 'no such call was announced' }
    expect(await mine.connect({ callSid: other.sid }).closed).toEqual(reason)
    expect(await mine.connect({ parameters: {} }).closed).toEqual(reason)
    expect(await mine.connect({ parameters: { voxgraph_token: 'guessed' } }).closed).toEqual(reason)
    expect(rig.desk.calls).toEqual([])
    mine.connect()
    await rig.desk.next()
    expect(await mine.connect().closed).toEqual(reason)
  })

  it('that begins with anything but its start', async () => {
    const rig = await open()
    const call = await announced(rig)
    const starts = [
      ['a stream must begin with start', media(1, 0, 0)],
      ['a message is no JSON', 'hello'],
      ['a stream begins without its names', '{"event":"start","start":{}}'],
      ['a message has no event', '[]'],
    ] as const
    for (const [reason, text] of starts) {
      const stream = call.connect({ mangle: () => [] })
      await stream.opened
      stream.say(text)
      expect(await stream.closed).toEqual({ code: 1008, reason })
    }
    expect(rig.desk.calls).toEqual([])
  })

  it('that says nothing for ten seconds, and one of two hundred and one that wait', async () => {
    const rig = await open()
    const call = await announced(rig)
    const silent = (): ReturnType<TwilioCall['connect']> =>
      call.connect({ mangle: () => [], parameters: {} })
    const first = silent()
    const others = Array.from({ length: 200 }, silent)
    expect((await first.closed).reason).toBe('too many sockets wait')
    await rig.clock.advance(10_000)
    const ends = await Promise.all(others.map(({ closed }) => closed))
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['no stream began in time']))
  })

  it('of another path, or another method', async () => {
    const rig = await open()
    const socket = new WebSocket(`${rig.desk.url.replace('http', 'ws')}/elsewhere`)
    const [thrown] = (await once(socket, 'error')) as [Error]
    expect(thrown.message).toContain('404')
    expect((await fetch(rig.desk.url)).status).toBe(404)
  })
})

describe('a stream that runs', () => {
  it('is put in order where pieces come twice, late, early or not at all', async () => {
    const rig = await open()
    const call = await announced(rig)
    const stream = call.connect({ mangle: (message) => ('media' in message ? [] : [message]) })
    const { frames } = await rig.desk.next()
    const come: readonly (readonly [number, number])[] = [
      [1, 1],
      [3, 3],
      [2, 2],
      [2, 2],
      [3, 3],
      [1, 1],
      [5, 5],
      [6, 6],
      [7, 7],
      [8, 8],
      [4, 4],
    ]
    for (const [chunk, code] of come) stream.say(media(chunk, (chunk - 1) * 20, code))
    await until(() => frames.length >= 8)
    // The fourth is lost: there is silence in its place, and it comes too late.
    expect(heardCodes(frames)).toEqual([1, 2, 3, 0xff, 5, 6, 7, 8])
  })

  it('is cut off for a message of a megabyte, unread', async () => {
    const rig = await open()
    const call = rig.twilio.call({ url: rig.desk.url })
    const { end } = await rig.desk.next()
    call.stream?.say(`{"event":"media","media":{"payload":"${'A'.repeat(1_000_000)}"}}`)
    expect(await end).toBe('The caller was cut off: a message is longer than this transport takes.')
    expect((await call.stream?.closed)?.code).toBe(1009)
  })

  it.each([
    ['a message is no JSON', '{"event":'],
    ['a piece of sound is none', '{"event":"media","media":{"chunk":"x","payload":"AAAA"}}'],
    [
      'a piece of sound is empty',
      '{"event":"media","media":{"chunk":"1","timestamp":"0","payload":""}}',
    ],
    ['a key is none', '{"event":"dtmf","dtmf":{"digit":"11"}}'],
    ['a mark has no name', '{"event":"mark"}'],
  ])('is cut off: %s', async (reason, text) => {
    const rig = await open()
    const call = rig.twilio.call({ url: rig.desk.url })
    const { end } = await rig.desk.next()
    call.stream?.say(text)
    expect(await end).toBe(`The caller was cut off: ${reason}.`)
  })

  it('is cut off for a flood, but not for what piled up in a stall', async () => {
    const rig = await open()
    const call = rig.twilio.call({ url: rig.desk.url })
    const { end, frames } = await rig.desk.next()
    for (let chunk = 1; chunk <= 250; chunk++) call.stream?.say(media(chunk, chunk * 20, 1))
    await until(() => frames.length === 250)
    for (let count = 0; count < 2000; count++)
      call.stream?.say('{"event":"mark","mark":{"name":"x"}}')
    expect(await end).toBe('The caller was cut off: more messages came than Twilio sends.')
  })

  it('believes no mark that it has not sent', async () => {
    const rig = await open()
    const call = rig.twilio.call({ url: rig.desk.url })
    const { connection, frames } = await rig.desk.next()
    connection.play(
      audio({
        role: 'agent',
        samples: new Int16Array(1600).fill(255),
        sampleRate: 8000,
        encoding: 'mulaw',
      }),
    )
    call.stream?.say('{"event":"mark","mark":{"name":"1:99999:0:77"}}')
    call.stream?.press('1')
    await until(() => frames.length > 0)
    expect(connection.played?.()).toBe(0)
  })

  it('is given up where nothing is read of what is sent', async () => {
    const rig = await open()
    const call = rig.twilio.call({ url: rig.desk.url })
    const { connection, end } = await rig.desk.next()
    call.stream?.freeze()
    let isOver = false
    void end.then(() => (isOver = true))
    const second = audio({
      role: 'agent',
      samples: new Int16Array(8000).fill(1),
      sampleRate: 8000,
      encoding: 'mulaw',
    })
    while (!isOver) {
      connection.play(second)
      await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(await end).toBe('The caller was cut off: it does not read what is sent to it.')
    await rig.close(connection)
    // Twilio ends it, too: the socket is gone, but nobody knows what becomes of the call.
    expect(await call.ended).toBe('completed')
  })

  it('is lost where the network fails, and the call is hung up', async () => {
    const rig = await open()
    const call = rig.twilio.call({ url: rig.desk.url })
    const { connection, end } = await rig.desk.next()
    call.stream?.drop()
    expect(await end).toBe('The connection broke off without a goodbye.')
    await rig.close(connection)
    expect(await call.ended).toBe('completed')
  })

  it('is lost where nothing comes for half a minute', async () => {
    const rig = await open()
    const call = await announced(rig)
    call.connect({ mangle: (message) => ('media' in message ? [] : [message]) })
    const { end } = await rig.desk.next()
    await rig.clock.advance(30_000)
    expect(await end).toBe('The connection broke off without a goodbye.')
  })

  it('ends by what Twilio says elsewhere, where the socket does not', async () => {
    const rig = await open()
    const call = await announced(rig)
    call.connect()
    const { end } = await rig.desk.next()
    await call.post(`${rig.desk.url}/status`, { CallStatus: 'completed' })
    await rig.let(1000)
    expect(await end).toBe('complete')
  })
})
