import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { openRig, patient, tone, type Rig } from './rig.ts'

let rig: Rig
beforeAll(async () => (rig = await openRig()))
afterEach(() => rig.clean())
afterAll(() => rig.close())

it('a human who hangs up before the end of the brief has not taken the call', async () => {
  const listener = await rig.open()
  const { guest, call, room } = await rig.join(listener)
  rig.standIn.answers.set('dialout-start', () => ({ session: { sessionId: 'human' } }))
  const asked = rig.standIn.wait('dialout-start')
  const { signal } = new AbortController()
  const transferred = call.connection.transfer?.('+15550005', {
    signal,
    brief: 'Ann wants her money back.',
    speak: async () => tone(3000),
  })
  const fate = expect(transferred).rejects.toThrow('they hung up')
  await asked
  const token = rig.standIn.ticket({ room: room.name, kind: 'pstn-dial-out', id: 'human' })
  const human = await rig.guest(room, { token })
  const told = human.level((level) => level > 2000)
  rig.standIn.tell(room.name, { action: 'dialout-answered', sessionId: 'human' })
  await told
  await human.leave()
  await fate
  // And the caller hears the bot again.
  const heard = guest.level((level) => level > 2000)
  for (const frame of tone(1000)) call.connection.play(frame)
  await heard
})

it('a caller on hold of whom Daily tells twice is fetched once', async () => {
  const secret = Buffer.from('a secret of the number').toString('base64')
  const { address } = await rig.open({ dialInSecret: secret })
  const post = (): Promise<Response> => {
    const body = JSON.stringify({ callId: 'c1', callDomain: 'd1', From: '+15550001', To: '' })
    const time = String(rig.clock.wall())
    const hmac = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${time}.${body}`)
    const headers = {
      'x-pinless-timestamp': time,
      'x-pinless-signature': hmac.digest('base64'),
    }
    return fetch(`${address}/dialin`, { method: 'POST', body, headers })
  }
  const opened = rig.standIn.wait('POST /rooms')
  expect([(await post()).status, (await post()).status]).toEqual([200, 200])
  await opened
  expect(rig.places.taken).toBe(1)
})

it('a bot that is not in its room when its caller has been told so harms nobody', async () => {
  const listener = await rig.open({ bundlePath: 'http://127.0.0.1:1/none' })
  const asked = rig.standIn.wait('POST /meeting-tokens')
  const invited = rig.invite(listener)
  await asked
  rig.standIn.failing = 500
  expect(await invited).toMatchObject({ status: 502 })
  await expect.poll(() => rig.places.taken, patient).toBe(0)
})
