import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dtmf, encodeWav } from 'voxgraph/plugin'
import { patient, tone, type Rig } from './rig.ts'

/** Calls that come by the telephone, go there, and are given to somebody there. */
export function telephoneCases(rig: () => Rig): void {
  describe('the telephone', () => {
    const secret = Buffer.from('a secret of the number').toString('base64')
    const post = (url: string, body: object, secretUsed = secret, at = rig().clock.wall()) => {
      const text = JSON.stringify(body)
      const time = String(at)
      const hmac = createHmac('sha256', Buffer.from(secretUsed, 'base64'))
      return fetch(`${url}/dialin`, {
        method: 'POST',
        body: text,
        headers: {
          'x-pinless-timestamp': time,
          'x-pinless-signature': hmac.update(`${time}.${text}`).digest('base64'),
        },
      })
    }
    const held = { callId: 'c1', callDomain: 'd1', From: '+15550001', To: '+15550002' }

    it('fetches a caller on hold, takes and sends keys, and gives the call away cold', async () => {
      const { address } = await rig().open({ dialInSecret: secret })
      const opened = rig().standIn.wait('POST /rooms')
      const joined = rig().standIn.wait('POST /meeting-tokens')
      const through = rig().standIn.wait('POST /dialin/pinlessCallUpdate')
      expect(await post(address, held)).toMatchObject({ status: 200 })
      expect((await opened).body['properties']).toMatchObject({ sip: { sip_mode: 'dial-in' } })
      await joined
      const [room] = rig().standIn.rooms.values()
      // Daily says that it is ready when the bot is there; to a bot that is not it says nothing.
      await expect
        .poll(() => {
          rig().standIn.tell(room!.name, { action: 'dialin-ready', sipEndpoint: 'sip:1@room.test' })
          return rig().standIn.asked.at(-1)?.what
        }, patient)
        .toBe('POST /dialin/pinlessCallUpdate')
      expect((await through).body).toEqual({
        callId: 'c1',
        callDomain: 'd1',
        sipUri: 'sip:1@room.test',
      })
      const token = rig().standIn.ticket({ room: room!.name, kind: 'pstn-dial-in', id: 'phone-1' })
      const [, call] = await Promise.all([rig().guest(room!, { token }), rig().next()])
      expect(call.connection.call).toMatchObject({ from: '+15550001', to: '+15550002' })

      const pressed = call.frame(({ type }) => type === 'dtmf')
      rig().standIn.tell(room!.name, { action: 'dtmf-event', tone: '5', sessionId: 'phone-1' })
      expect(await pressed).toMatchObject({ digit: '5', lane: 'user' })
      const sent = rig().standIn.wait('send-dtmf')
      call.connection.send(dtmf({ digit: '9', lane: 'bot' }))
      expect((await sent).body).toMatchObject({ sessionId: 'phone-1', tones: '9' })

      const moved = rig().standIn.wait('sip-call-transfer')
      const { signal } = new AbortController()
      await call.connection.transfer?.('+15550009', { signal, brief: undefined })
      expect((await moved).body).toMatchObject({
        sessionId: 'phone-1',
        toEndPoint: '+15550009',
        useSipRefer: false,
      })
    })

    it('believes only what Daily has signed, lately', async () => {
      const { address } = await rig().open({ dialInSecret: secret })
      const wrong = Buffer.from('another').toString('base64')
      expect(await post(address, held, wrong)).toMatchObject({ status: 401 })
      const old = rig().clock.wall() - 600_000
      expect(await post(address, held, secret, old)).toMatchObject({ status: 401 })
      expect(await post(address, { test: 'test' })).toMatchObject({ status: 200 })
      expect(await post(address, { callId: 7 })).toMatchObject({ status: 400 })
      rig().places.most = 0
      expect(await post(address, held)).toMatchObject({ status: 503 })
      expect(rig().standIn.rooms.size).toBe(0)
    })

    it('calls somebody, and says why nobody answers', async () => {
      const listener = await rig().open()
      const { signal } = new AbortController()
      rig().standIn.answers.set('dialout-start', () => ({ session: { sessionId: 'phone-2' } }))
      const asked = rig().standIn.wait('dialout-start')
      const dialled = listener.dial?.({ to: '+15550003', call: { about: 'order' }, signal })
      expect((await asked).body).toMatchObject({ phoneNumber: '+15550003' })
      const [room] = rig().standIn.rooms.values()
      expect(room!.properties).toMatchObject({ enable_dialout: true })
      const token = rig().standIn.ticket({ room: room!.name, kind: 'pstn-dial-out', id: 'phone-2' })
      await rig().guest(room!, { token })
      rig().standIn.tell(room!.name, { action: 'dialout-answered', sessionId: 'phone-2' })
      await dialled
      const call = await rig().next()
      expect(call.connection.call).toEqual({
        from: '',
        to: '+15550003',
        about: 'order',
        direction: 'outbound',
      })
      await call.frame(({ type }) => type === 'audio')
      await rig().clean()

      const other = await rig().open()
      rig().standIn.answers.set('dialout-start', () => ({ error: 'this number cannot be called' }))
      await expect(other.dial?.({ to: '+15550004', signal })).rejects.toMatchObject({
        code: 'dial-failed',
      })
      expect(rig().places.taken).toBe(0)
      expect(rig().standIn.rooms.size).toBe(0)
    })

    it('tells a human first, whom the caller does not hear, and leaves the two of them in the room', async () => {
      const listener = await rig().open({ queues: { support: '+15550005' } })
      const { guest, call, room } = await rig().join(listener)
      rig().standIn.answers.set('dialout-start', () => ({ session: { sessionId: 'human' } }))
      const asked = rig().standIn.wait('dialout-start')
      const briefs: string[] = []
      const { signal } = new AbortController()
      const transferred = call.connection.transfer?.('queue:support', {
        signal,
        brief: 'Ann wants her money back.',
        speak: async (text) => {
          briefs.push(text)
          return tone(400)
        },
      })
      const { phoneNumber, permissions } = (await asked).body as {
        phoneNumber: string
        permissions: { canReceive: object }
      }
      expect(phoneNumber).toBe('+15550005')
      const token = rig().standIn.ticket({
        room: room.name,
        kind: 'pstn-dial-out',
        id: 'human',
        canReceive: permissions.canReceive,
      })
      const human = await rig().guest(room, { token })
      const told = human.level((level) => level > 2000)
      const before = guest.levels.length
      rig().standIn.tell(room.name, { action: 'dialout-answered', sessionId: 'human' })
      await told
      await transferred
      expect(briefs).toEqual(['Ann wants her money back.'])
      const heard = guest.levels.slice(before).map(({ level }) => level)
      expect(heard.length).toBeGreaterThan(0)
      expect(Math.max(...heard)).toBeLessThan(200)
      expect(call.connection.played?.()).toBe(0)

      const talk = human.level((level) => level > 500)
      await call.connection.close('the call is over')
      const samples = Int16Array.from(tone(500).flatMap((frame) => [...frame.samples]))
      await guest.play(rig().standIn.sound(encodeWav(samples, 48_000)))
      await talk
      expect(rig().standIn.rooms.has(room.name)).toBe(true)
    })
  })
}
