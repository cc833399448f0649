import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audio, defineBrain, defineProcessor, speech, transcript } from 'voxgraph/plugin'
import { createProbe, testSession, type ProgramInit } from 'voxgraph/testing'
import { runCli } from '../../test/terminal.ts'
import smartTurn from './index.ts'
import { loudnessModel } from './testing.ts'

const rate = 16_000
const frameMs = 20
/** The caller speaks so long, and the detector hears the end of it so much later, in ms. */
const [spokenMs, latencyMs] = [1000, 200]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smart-turn-'))
  await writeFile(join(folder, 'loudness.onnx'), loudnessModel())
})
afterAll(() => rm(folder, { recursive: true }))

const ear = defineProcessor({
  id: 'ear',
  summary: 'Hears speech in what is loud.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  setup({ clock }) {
    const [from, to] = [clock.now(), clock.now() + spokenMs + latencyMs]
    let edges = 0
    return {
      *audio(frame) {
        yield frame
        if (edges === 0 && clock.now() >= from) yield speech({ state: 'started', latency: 0 })
        if (edges === 1 && clock.now() < to) return
        if (edges === 1) yield speech({ state: 'stopped', latency: latencyMs })
        edges += 1
      },
    }
  },
})

const stt = defineProcessor({
  id: 'stt',
  summary: 'Hears the same each time.',
  role: 'stt',
  ports: { in: { audio: 'audio' }, out: { transcript: 'transcript' } },
  setup: () => ({
    audio: () => undefined,
    signal: (frame) =>
      frame.type === 'speech' && frame.state === 'stopped'
        ? transcript({ text: 'hello there', final: true })
        : undefined,
  }),
})

const brain = defineBrain({
  id: 'brain',
  summary: 'Says yes.',
  options: { type: 'object', properties: {} },
  setup: () => ({
    async *respond() {
      yield 'Yes.'
    },
  }),
})

/** How long after the detector's word the turn is over; undefined when it is not within 4 s. */
async function endsAfter(turns: ProgramInit['turns']): Promise<number | undefined> {
  const probe = createProbe()
  const smart = {
    definition: smartTurn,
    options: { model: join(folder, 'loudness.onnx'), likely: 0, max_wait: 500 },
  }
  const test = testSession({
    nodes: { ear, smart, stt, brain: { definition: brain, options: {} }, end: probe.definition },
    flow: ['ear -> smart -> stt -> brain -> end'],
    ...(turns && { turns }),
  })
  await test.start()
  await test.clock.settle({ isDone: () => test.session.state === 'running' })
  for (let at = 0; at < 6000; at += frameMs) {
    const level = at < spokenMs ? 8000 : 0
    const samples = Int16Array.from(
      { length: (rate * frameMs) / 1000 },
      (_, i) => level * Math.sin((at * 16 + i) ** 2 * 1e-4),
    )
    test.session.feed('ear', 'audio', audio({ role: 'user', samples, sampleRate: rate }))
    await test.clock.advance(frameMs)
  }
  await test.end()
  const stopped = test.frames.find((frame) => frame.type === 'speech' && frame.state === 'stopped')
  const over = test.frames.find(
    (frame) => frame.type === 'turn' && frame.state === 'ended' && frame.source === 'brain',
  )
  return over && stopped && over.at - stopped.at
}

describe('a conversation that asks smart-turn', () => {
  it('ends the turn at once when the model is sure enough', async () => {
    expect(await endsAfter({ end: [{ smart: { threshold: 0.1 } }, { silence: 2000 }] })).toBe(0)
  })

  it('waits for silence when it is not', async () => {
    const end = [{ smart: { threshold: 0.999 } }, { silence: 2000 }]
    expect(await endsAfter({ end })).toBe(2000 - latencyMs)
  })

  it('waits for silence when nobody asked for its opinion', async () => {
    expect(await endsAfter({ end: [{ silence: 1000 }] })).toBe(1000 - latencyMs)
  })
})

it('stands in a graph that is right', async () => {
  const graph = `version: 1
name: smart
flow: phone -> vad -> smart -> stt -> llm -> tts -> phone
turns:
  end: [{ smart: { threshold: 0.7 } }, { silence: 2s }]
nodes:
  phone: { use: websocket, with: { port: 0 } }
  vad: { use: webrtc-vad, with: { stop: 200ms } }
  smart: { use: smart-turn, with: { max_wait: 300ms } }
  stt: { use: pocketsphinx-stt, with: { phrases: [hello there] } }
  llm: { use: script-llm, with: { start: Hello., rules: [{ on: hello, say: Hello. }] } }
  tts: flite-tts
`
  await writeFile(join(folder, 'smart.yaml'), graph)
  const { code, out, err } = await runCli(['check', '--strict', 'smart.yaml'], { cwd: folder })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('ok smart.yaml')
})
