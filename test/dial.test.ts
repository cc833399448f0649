import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emulateTwilio, type TwilioEmulator } from 'voxgraph/testing'
import { runCli } from './terminal.ts'

const human = '+15551234567'

/** A reminder: says who it is for, and waits. */
const graph = (endpoint: string): string => `version: 1
name: reminder
vars:
  guest: { type: string, default: whoever is there }
  nights: { type: integer, default: 1 }
nodes:
  phone:
    use: twilio
    with: { endpoint: "${endpoint}", from: "+15559990000", machine_detection: answer }
  vad: webrtc-vad
  stt: { use: pocketsphinx-stt, with: { phrases: [goodbye] } }
  llm:
    use: script-llm
    with:
      start: "This is for {{guest}}. Your {{nights}} nights begin today."
      rules: [{ on: goodbye, say: Goodbye. }]
      otherwise: Sorry?
  tts: flite-tts
flow: phone -> vad -> stt -> llm -> tts -> phone
`

let folder: string
let twilio: TwilioEmulator
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-dial-'))
  twilio = await emulateTwilio({ key: 'a-token-that-nobody-may-see' })
  const { accountSid, key } = twilio
  await writeFile(
    join(folder, '.env'),
    `TWILIO_ACCOUNT_SID=${accountSid}\nTWILIO_AUTH_TOKEN=${key}\n`,
  )
  await writeFile(join(folder, 'reminder.yaml'), graph(twilio.endpoint))
  const other = graph(twilio.endpoint).replace(/use: twilio\n.*\n/, 'use: websocket\n')
  await writeFile(join(folder, 'websocket.yaml'), other)
})
afterAll(async () => {
  await twilio.close()
  await rm(folder, { recursive: true })
})

const dial = (...more: readonly string[]) =>
  runCli(['dial', 'reminder.yaml', '--to', human, ...more], { cwd: folder })

/** Somebody who listens until the bot has spoken for so long, and hangs up. */
function listener(forMs: number) {
  let heardMs = 0
  return {
    heard: () => heardMs,
    hear: (samples: Int16Array) =>
      void (heardMs += samples.some((one) => Math.abs(one) > 500) ? 20 : 0),
    speak: (count: number) => (heardMs >= forMs ? undefined : new Int16Array(count)),
  }
}

describe('voxgraph dial', () => {
  it('shows the call that was answered, and is content when it ends in order', async () => {
    const farEnd = listener(1500)
    twilio.answers(human, { farEnd })
    const { code, out, err } = await dial('--var', 'guest=Ada', '--var', 'nights=2')
    expect(err).toBe('')
    expect(out).toContain(`calling ${human}`)
    expect(out).toMatch(/^call \S+ to \+15551234567$/m)
    expect(out).toContain('This is for Ada.')
    expect(out).toContain('Your 2 nights begin today.')
    expect(out).toContain('is over: the caller hung up')
    expect(code).toBe(0)
    expect(farEnd.heard()).toBeGreaterThanOrEqual(1500)
    expect(twilio.violations).toEqual([])
  })

  it('survives, while the call lasts, what is thrown beside it', async () => {
    const nets = (): readonly number[] =>
      ['uncaughtException', 'unhandledRejection'].map((name) => process.listenerCount(name))
    const before = nets()
    const farEnd = listener(300)
    const seen: (readonly number[])[] = []
    const hear = (samples: Int16Array): void => {
      seen.push(nets())
      farEnd.hear(samples)
    }
    twilio.answers(human, { farEnd: { ...farEnd, hear } })
    expect(await dial()).toMatchObject({ code: 0 })
    expect(seen.at(-1)).toEqual(before.map((count) => count + 1))
    expect(nets()).toEqual(before)
  })

  it('says for programs what it says for people', async () => {
    twilio.answers(human, { farEnd: listener(300) })
    const { code, out } = await dial('--json')
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string })
    expect(code).toBe(0)
    expect(told[0]).toEqual({ type: 'dialling', to: human })
    expect(told[1]).toMatchObject({ type: 'started', call: { to: human, direction: 'outbound' } })
    expect(told.at(-1)).toMatchObject({ type: 'ended', reason: 'the caller hung up' })
  })

  it.each([
    [{ refuses: 'busy' }, 'the line is busy'],
    [{ refuses: 'no-answer' }, 'nobody answered'],
    [{ by: 'machine_start' }, 'a machine answered'],
  ] as const)('fails with a sentence: %j', async (answering, reason) => {
    twilio.answers(human, answering)
    const { code, err } = await dial()
    expect(err).toBe(`the call has not gone as it should: ${human} was not reached: ${reason}.\n`)
    expect(code).toBe(1)
  })

  it('fails where nobody can be called', async () => {
    const ran = await runCli(['dial', 'websocket.yaml', '--to', human], { cwd: folder })
    expect(ran.err).toContain(
      'Nobody can be called: websocket only takes calls. The transports twilio and',
    )
    expect(ran.err).toContain('--profile phone')
    expect(ran.code).toBe(1)
  })

  it('says what is wrong with the command line', async () => {
    const of = async (...argv: readonly string[]) => runCli(['dial', ...argv], { cwd: folder })
    expect((await of()).err).toContain('Which graph?')
    expect((await of('reminder.yaml')).err).toContain('Who is to be called?')
    const strange = await dial('--var', 'gest=Ada')
    expect(strange.err).toContain('no variable "gest". It has: guest, nights.')
    expect(strange.code).toBe(2)
    expect((await dial('--var', 'nights=two')).err).toContain(
      '--var nights: the value must be integer',
    )
  })
})
