import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import websocket from 'voxgraph/transports/websocket'
import { runCli } from '../../test/terminal.ts'
import { readWav } from '../audio/wav.ts'
import { defineProcessor } from '../define/index.ts'
import { audio, response } from '../frames/index.ts'
import { runProgram } from '../index.ts'
import type { Calls } from '../kernel/calls.ts'
import { createValidators } from '../schema/compile.ts'
import { programOf } from '../testing/program.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { voiceMs } from './live-yield.ts'

const tone = Int16Array.from({ length: 320 }, (_, index) => (index % 40 < 20 ? 4000 : -4000))

/** Greets with 400 ms of a tone and never says anything again. */
const greeter = defineProcessor({
  id: 'greeter',
  summary: 'Greets with a tone.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  setup: () => ({
    audio: () => undefined,
    *signal(frame) {
      if (frame.type !== 'start') return
      yield response({ state: 'started' })
      for (let count = 0; count < 20; count++) {
        yield audio({ role: 'agent', samples: tone, sampleRate: 16_000 })
      }
      yield response({ state: 'ended' })
    },
  }),
})

let folder: string
let calls: Calls
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-call-'))
  const options = { token: 'secret' }
  createValidators().of(websocket.options)(options)
  const program = programOf({
    nodes: { phone: { definition: websocket, options }, greeter },
    flow: ['phone -> greeter -> phone'],
    overflow: 'drop_oldest',
  })
  const log = { debug() {}, info() {}, warn() {} }
  calls = runProgram(program, { clock: createLiveClock(), log })
  url = (await calls.listen()).address
})
afterAll(async () => {
  await calls.close('the test is over')
  await rm(folder, { recursive: true })
})

async function call(lines: string, ...more: string[]) {
  const script = join(folder, 'caller.yaml')
  await writeFile(script, `{ version: 1, pause: 300ms, patience: 1s, lines: ${lines} }`)
  return runCli(['call', script, '--url', url, '--token', 'secret', ...more])
}

describe('voxgraph call', () => {
  it('says its lines and hangs up; both sides are in its recording', async () => {
    const wav = join(folder, 'heard.wav')
    const { code, out, err } = await call('[Hello, hangup]', '--out', wav)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^ +0\.\d s {2}Hello\n +1\.\d s {2}\(hangs up\)\n +1\.\d s {2}\(the call is over\)\n$/,
    )
    const sound = await readWav(wav)
    expect(voiceMs(sound, 0)).toBeGreaterThan(200)
    expect(voiceMs(sound, 1)).toBeGreaterThanOrEqual(380)
    expect(voiceMs(sound, 1)).toBeLessThanOrEqual(420)
  })

  it('gives up on a bot that does not answer, and says so', async () => {
    const { code, out, err } = await call('[Hello, Are you there?]', '--json')
    expect(code).toBe(1)
    expect(err).toMatch(
      /gone as it should: the bot was silent for 1(\.\d+)? s while I waited to say line 2\n$/,
    )
    const notes = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string })
    expect(notes.map(({ type }) => type)).toEqual(['bot', 'bot', 'say', 'give-up'])
  })

  it('says what is wrong with its arguments, its script or its voice', async () => {
    expect(await runCli(['call'])).toMatchObject({ code: 2 })
    expect(await runCli(['call', 'a.yaml'])).toMatchObject({ code: 2 })
    expect((await call('[Hi]', '--sample-rate', '1')).err).toContain('from 8000 to 48000')
    await expect(call('[3]')).rejects.toThrow('lines[1] must be object')
    await expect(call('[Hi], voice: sltt')).rejects.toThrow('voice.voice must be equal to one of')
    await expect(call('[Hi], voice: { use: nobody }')).rejects.toThrow('the voice cannot be used')
    await expect(runCli(['call', 'missing.yaml', '--url', url])).rejects.toThrow(
      'missing.yaml cannot be read: there is no such file',
    )
  })

  it('says why there is no connection', async () => {
    await expect(call('[Hi]', '--token', 'wrong')).rejects.toThrow('4401')
    const free = 'ws://127.0.0.1:9/'
    await expect(call('[Hi]', '--url', free)).rejects.toThrow(`No connection to ${free}`)
  })
})
