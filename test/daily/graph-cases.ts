import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadGraph, runProgram, type Calls } from 'voxgraph'
import { encodeWav, type Frame } from 'voxgraph/plugin'
import { openSpokenVoice } from 'voxgraph/testing'
import flite from 'voxgraph/processors/flite-tts'
import type { Rig } from './rig.ts'

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
          if (event.frame.type === 'interrupt') interrupted.resolve(clock.now())
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
      await guest.play(question)
      const at = await interrupted.promise
      const silent = (await guest.level((level) => level < 100)) - at
      expect(silent).toBeLessThan(250)
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

/** A sentence as a WAV file, in a voice of this machine. */
async function spoken(text: string, clock: Rig['clock']): Promise<Uint8Array> {
  const voice = await openSpokenVoice({ definition: flite as never, voices: {}, usual: {}, clock })
  const { samples } = await voice.speak(text, '')
  await voice.close()
  return encodeWav(samples, 16_000)
}
