import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadGraph, runProgram, type Calls } from 'voxgraph'
import { encodeWav, type Frame } from 'voxgraph/plugin'
import { createWeb, openSpokenVoice } from 'voxgraph/testing'
import flite from 'voxgraph/processors/flite-tts'
import daily from 'voxgraph/transports/daily'
import { findChromium } from '../chromium.ts'
import { browserProcesses, patient, type Rig } from './rig.ts'
import { standInKey } from './stand-in.ts'

const long =
  'It is a quarter past four, and tea is served on the terrace until five, as on every day.'
const graph = `version: 1
nodes:
  phone: daily
  vad: webrtc-vad
  stt: { use: pocketsphinx-stt, with: { phrases: [what time is it] } }
  llm:
    use: script-llm
    with: { rules: [{ on: what time is it, say: "${long}" }], otherwise: Sorry? }
  tts: flite-tts
flow: phone -> vad -> stt -> llm -> tts -> phone
`

/** A whole agent behind the transport. */
export function graphCases(rig: () => Rig): void {
  describe('a graph with "use: daily"', () => {
    it('answers what a caller asks, and yields to one who speaks up', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'voxgraph-daily-'))
      await writeFile(join(folder, 'bot.yaml'), graph)
      const env = { DAILY_API_KEY: 'a key' }
      const program = await loadGraph(join(folder, 'bot.yaml'), { env })
      const nothing = (): void => undefined
      const { clock, standIn } = rig()
      const frames: Frame[] = []
      const interrupted = Promise.withResolvers<number>()
      const calls: Calls = runProgram(program, {
        clock,
        log: { debug: nothing, info: nothing, warn: nothing },
        observe(event) {
          if (event.type !== 'frame') return
          frames.push(event.frame)
          if (event.frame.type === 'interrupt') interrupted.resolve(clock.wall())
        },
      })
      const over = Promise.withResolvers<Awaited<ReturnType<Calls['take']>>>()
      const listener = await rig().open({}, (connection, place) => {
        void calls.take(connection, place).then(over.resolve)
      })
      const { body } = await rig().invite(listener)
      const room = [...standIn.rooms.values()].find(({ url }) => url === body.room_url)!
      const guest = await rig().guest(room, { token: body.token })
      const question = standIn.sound(await spoken('What time is it?', clock))

      const answered = guest.level((level) => level > 1000)
      await guest.play(question)
      await answered
      // It is heard speaking up while the bot is in the middle of its answer.
      const heldMs = await guest.held()
      await guest.play(question)
      const at = await interrupted.promise
      const silent = await guest.silence(at)
      // As in daily.test.ts: what others' use of this machine makes of the jitter buffer does not count.
      const machineMs = silent.stillMs + Math.max(0, (await heldMs()) - 100)
      expect(silent.at - at - machineMs).toBeLessThan(250)
      await guest.leave()
      const { error, figures } = await over.promise
      expect(error).toBeUndefined()
      expect(figures.stale).toBe(0)
      const heard = frames.filter((frame) => frame.type === 'transcript' && frame.final)
      expect(heard[0]).toMatchObject({ text: 'what time is it' })
      expect(frames).toContainEqual(
        expect.objectContaining({
          type: 'interrupt',
          phase: 'confirm',
          reason: expect.any(String),
        }),
      )
      await calls.close('the test is over')
      await rm(folder, { recursive: true })
    })
  })
}

/** The transport as a graph opens it, with a browser of its own. */
export function listenCases(rig: () => Rig): void {
  describe('the transport', () => {
    const listen = (more: object) => {
      const { standIn, clock } = rig()
      const options = {
        ...{ api_key: standInKey, endpoint: standIn.api, call_machine: standIn.bundlePath },
        ...{ host: '127.0.0.1', port: 0, path: '/daily', token: '', room_token: '' },
        ...{ queues: {}, dial_out: false, refer: false, bot_name: 'bot', calls_per_browser: 1 },
        ...{ chromium: findChromium() ?? '', caller_timeout: 60_000, max_call: 60_000, ...more },
      }
      const log = { debug() {}, info() {}, warn() {} }
      const { signal } = new AbortController()
      const admit = () => ({ leave() {} })
      const ctx = { options, clock, log, signal, web: createWeb(), graph: 'test', admit }
      return daily.listen(ctx as never, () => undefined)
    }

    it('starts its browser with the first call, and ends it and what waits when it closes', async () => {
      await rig().pool.close()
      const listener = await listen({})
      await expect.poll(() => browserProcesses().length, patient).toBe(0)
      expect(await rig().invite(listener)).toMatchObject({ status: 200 })
      expect(browserProcesses().length).toBeGreaterThan(0)
      await listener.close()
      await expect.poll(() => browserProcesses().length, patient).toBe(0)
      expect(rig().standIn.rooms.size).toBe(0)
      await expect(fetch(listener.address, { method: 'POST' })).rejects.toThrow('fetch failed')
    })

    it('says before any call that there is no browser, or that the room is wrong', async () => {
      await expect(listen({ chromium: '/no/such/browser' })).rejects.toMatchObject({
        code: 'browser-missing',
      })
      const room_url = `${rig().standIn.bundlePath}/nowhere`
      await expect(listen({ room_url })).rejects.toMatchObject({ code: 'room-failed' })
      await expect.poll(() => browserProcesses().length, patient).toBe(0)
    })
  })
}

/** A sentence as a WAV file, in a voice of this machine. */
async function spoken(text: string, clock: Rig['clock']): Promise<Uint8Array> {
  const voice = await openSpokenVoice({ definition: flite as never, voices: {}, usual: {}, clock })
  const { samples } = await voice.speak(text, '')
  await voice.close()
  return encodeWav(samples, 16_000)
}
