import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NEVER } from 'rxjs'
import { afterAll, expect, it } from 'vitest'
import { createVirtualClock, loadGraph, runProgram } from 'voxgraph'
import type { CallEvent, SaidEvent } from './events.ts'
import { Teller } from './teller.ts'

const graph = `version: 1
nodes:
  phone: { use: file, with: { in: ./silence.wav, sample_rate: 16000 } }
  vad: webrtc-vad
  stt: { use: pocketsphinx-stt, with: { phrases: [yes] } }
  llm:
    use: script-llm
    with:
      token_delay: 40ms
      start: Hello there. Project Falcon pays with 4111 1111 1111 1111 today. Is that all right? We owe you nothing.
      rules: [{ on: yes, say: Good. }]
  guard:
    use: speech-guard
    with: { mask: [card_number, { match: Project Falcon, with: that project }], block: [owe you] }
  say: spoken-text
  tts: flite-tts
flow: phone -> vad -> stt -> llm -> guard -> say -> tts -> phone
`

const folder = await mkdtemp(join(tmpdir(), 'voxgraph-guarded-'))
afterAll(() => rm(folder, { recursive: true }))

it('a client is told nothing that a guard in front of the voice has withheld', async () => {
  await writeFile(join(folder, 'bot.yaml'), graph)
  await writeFile(join(folder, 'silence.wav'), '')
  const clock = createVirtualClock()
  const nothing = (): void => undefined
  const log = { debug: nothing, info: nothing, warn: nothing }
  const calls = runProgram(await loadGraph(join(folder, 'bot.yaml')), { clock, log })
  const events: CallEvent[] = []
  const written: string[] = []
  const tell = (event: CallEvent): void => void events.push(event)
  const teller = new Teller({ level: 'inspect', clock, tell, isSlow: () => false })
  const over = calls.take({
    call: {},
    frames: NEVER,
    see(frame) {
      teller.see(frame)
      if (frame.type === 'text' && frame.source === 'llm') written.push(frame.text)
    },
    play: nothing,
    send: nothing,
    clear: nothing,
    close: nothing,
  })
  await clock.advance(20_000)
  for (const [, session] of calls.sessions) session.end('the test is over')
  let isOver = false
  void over.then(() => (isOver = true))
  await clock.settle({ isDone: () => isOver })
  // The brain has written it, and nobody outside was shown.
  expect(written.join('')).toMatch(/Falcon.*4111 1111 1111 1111.*owe you nothing/)
  const shown = events.filter(({ type }) => type === 'said' || type === 'heard')
  expect(JSON.stringify(shown)).not.toMatch(/Falcon|4111|four one one|owe/)
  const said = new Map(
    events
      .filter((event): event is SaidEvent => event.type === 'said')
      .map(({ span, text }) => [span, text]),
  )
  expect([...said.values()].join(' ')).toMatch(/^Hello there\. that project/i)
  expect([...said.values()].join(' ')).toContain('Is that all right?')
}, 60_000)
