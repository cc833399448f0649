import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadGraph, runProgram, type SessionSummary } from 'voxgraph'
import type { Frame } from 'voxgraph/plugin'
import { patient, type Guest, type Rig } from './rig.ts'
import type { StandInRoom } from './stand-in.ts'

const graph = `version: 1
nodes:
  phone: daily
  vad: webrtc-vad
  stt: { use: pocketsphinx-stt, with: { phrases: [goodbye] } }
  llm:
    use: script-llm
    with:
      tools: [transfer_call]
      start: Hello.
      rules:
        - on: a human
          tool: { name: transfer_call, with: { destination: warm } }
          failed: Nobody is free.
        - on: move me
          tool: { name: transfer_call, with: { destination: cold } }
          failed: Nobody is free.
        - on: are you there
          say: I am here, and it will not take long.
      otherwise: Sorry?
  tts: flite-tts
tools:
  transfer_call:
    to:
      warm: { to: "+15550005", brief: "Ann wants her money back, and she has been waiting for a while." }
      cold: { to: "+15550006" }
flow: phone -> vad -> stt -> llm -> tts -> phone
`

/** A call that a whole agent is in. */
interface AgentCall {
  readonly guest: Guest
  readonly room: StandInRoom
  readonly frames: readonly Frame[]
  readonly summary: Promise<SessionSummary>
  close(): Promise<void>
}

/** @param kind how the caller is in the room: empty for a browser */
async function callAgent(rig: Rig, kind = ''): Promise<AgentCall> {
  const folder = await mkdtemp(join(tmpdir(), 'voxgraph-daily-'))
  await writeFile(join(folder, 'bot.yaml'), graph)
  const program = await loadGraph(join(folder, 'bot.yaml'), { env: { DAILY_API_KEY: 'a key' } })
  const frames: Frame[] = []
  const calls = runProgram(program, {
    clock: rig.clock,
    log: { debug() {}, info() {}, warn: (text) => void rig.logs.push(text) },
    observe(event) {
      if (event.type === 'frame') frames.push(event.frame)
    },
  })
  const summary = Promise.withResolvers<SessionSummary>()
  const listener = await rig.open({}, (connection, place) => {
    void calls.take(connection, place).then(summary.resolve)
  })
  const { body } = await rig.invite(listener)
  const room = [...rig.standIn.rooms.values()].find(({ url }) => url === body.room_url)!
  const token =
    kind === '' ? body.token : rig.standIn.ticket({ room: room.name, kind, id: 'phone-1' })
  const guest = await rig.guest(room, { token })
  // From then on there is a voice that can tell somebody else, too.
  await guest.level((level) => level > 500)
  return {
    ...{ guest, room, frames, summary: summary.promise },
    async close() {
      await calls.close('the test is over')
      await rm(folder, { recursive: true })
    },
  }
}

/** The human that a call is given to warm: comes into the room when asked, and hears the bot alone. */
async function human(rig: Rig, room: StandInRoom, come: () => Promise<void>): Promise<Guest> {
  rig.standIn.answers.set('dialout-start', () => ({ session: { sessionId: 'human' } }))
  const asked = rig.standIn.wait('dialout-start')
  await come()
  const { permissions } = (await asked).body as { permissions: { canReceive: object } }
  const { canReceive } = permissions
  const kind = 'pstn-dial-out'
  const token = rig.standIn.ticket({ room: room.name, kind, id: 'human', canReceive })
  return rig.guest(room, { token })
}

/** Calls that a whole agent gives to somebody else. */
export function transferCases(rig: () => Rig): void {
  describe('an agent that gives a call away', () => {
    const asks = (guest: Guest, text: string) => (): Promise<void> =>
      guest.send({ type: 'text', text })

    it('tells the human, leaves the two of them in the room, and hangs up on nobody', async () => {
      const { guest, room, summary, close } = await callAgent(rig())
      const other = await human(rig(), room, asks(guest, 'a human'))
      const told = other.level((level) => level > 500)
      const before = guest.levels.length
      rig().standIn.tell(room.name, { action: 'dialout-answered', sessionId: 'human' })
      await told
      // It is still being told when the caller speaks up, and hears no word of an answer to that.
      await guest.send({ type: 'text', text: 'are you there' })
      const { reason, error } = await summary
      expect([reason, error]).toEqual(['transferred to +15550005', undefined])
      const heard = guest.levels.slice(before).map(({ level }) => level)
      expect(Math.max(...heard)).toBeLessThan(200)
      await close()
      const asked = rig().standIn.asked.map(({ what }) => what)
      expect(asked).not.toContain('dialout-stop')
      expect(rig().standIn.rooms.has(room.name)).toBe(true)
      // They are there, and hear each other.
      const talk = other.level((level) => level > 500)
      await guest.play(rig().standIn.sound(await readFile('test/fixtures/audio/jfk.wav')))
      await talk
    })

    it('goes on with the caller when the human hangs up before the end of the brief', async () => {
      const { guest, room, frames, close } = await callAgent(rig())
      const other = await human(rig(), room, asks(guest, 'a human'))
      const told = other.level((level) => level > 500)
      rig().standIn.tell(room.name, { action: 'dialout-answered', sessionId: 'human' })
      await told
      const heard = guest.level((level) => level > 500)
      await other.leave()
      await heard
      const said = (): string =>
        frames.map((frame) => (frame.type === 'text' ? frame.text : '')).join('')
      expect(said()).toContain('Nobody is free')
      await close()
    })

    it('lets the human go when the caller has gone', async () => {
      const { guest, room, summary, close } = await callAgent(rig())
      const other = await human(rig(), room, asks(guest, 'a human'))
      const told = other.level((level) => level > 500)
      rig().standIn.tell(room.name, { action: 'dialout-answered', sessionId: 'human' })
      await told
      const stopped = rig().standIn.wait('dialout-stop')
      await guest.leave()
      expect((await stopped).body).toMatchObject({ sessionId: 'human' })
      expect((await summary).error).toBeUndefined()
      await close()
      await expect.poll(() => rig().standIn.rooms.has(room.name), patient).toBe(false)
    })

    it('knows that a telephone which leaves while Daily moves it was given away', async () => {
      const { guest, summary, close } = await callAgent(rig(), 'pstn-dial-in')
      const moving = rig().standIn.wait('sip-call-transfer')
      // It leaves, and no answer ever comes.
      rig().standIn.answers.set('sip-call-transfer', () => new Promise(() => undefined))
      await guest.send({ type: 'text', text: 'move me' })
      expect((await moving).body).toMatchObject({ toEndPoint: '+15550006' })
      await guest.leave()
      const { reason, error } = await summary
      expect([reason, error]).toEqual(['transferred to +15550006', undefined])
      await close()
    })
  })
}
