import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVirtualClock, loadGraph, runProgram } from 'voxgraph'
import { audio, type AudioFrame, type Connection, type Frame } from 'voxgraph/plugin'
import { Observable } from 'rxjs'
import { openProgram } from '../src/cli/live-program.ts'

const graph = `version: 1
nodes:
  phone: { use: file, with: { in: ./silence.wav, sample_rate: 8000 } }
  vad: webrtc-vad
  stt:
    use: pocketsphinx-stt
    with: { phrases: [what time is it] }
  llm:
    use: script-llm
    with: { start: Hello there., rules: [{ on: what time is it, say: Tea time. }], otherwise: Sorry? }
  tts: flite-tts
flow: phone -> vad -> stt -> llm -> tts -> phone
`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-telephone-'))
  await writeFile(join(folder, 'bot.yaml'), graph)
  await writeFile(join(folder, 'silence.wav'), '')
})
afterAll(() => rm(folder, { recursive: true }))

describe('a graph between two audio formats', () => {
  it('has code for every node, converters too, however it is loaded', async () => {
    const terminal = {
      out: process.stdout,
      err: process.stderr,
      cwd: folder,
      signal: new AbortController().signal,
    }
    const file = join(folder, 'bot.yaml')
    for (const program of [await loadGraph(file), await openProgram(file, terminal)]) {
      const ids = program?.plan.nodes.map(({ id }) => id) ?? []
      expect(ids).toContain('vad~stt')
      expect(ids.filter((id) => !program?.definitions.has(id))).toEqual([])
    }
  })

  it('hears and speaks at the rate of the telephone', async () => {
    const program = await loadGraph(join(folder, 'bot.yaml'))
    const clock = createVirtualClock()
    const played: AudioFrame[] = []
    const rates = new Set<string>()
    const nothing = (): void => undefined
    const calls = runProgram(program, {
      clock,
      log: { debug: nothing, info: nothing, warn: nothing },
      observe: (event) => {
        if (event.type !== 'frame' || event.frame.type !== 'audio') return
        rates.add(`${event.frame.source} ${event.frame.sampleRate}`)
      },
    })
    const samples = new Int16Array(160)
    const frames = new Observable<Frame>((caller) => {
      let left = 100
      const next = (): void => {
        caller.next(audio({ role: 'user', samples, sampleRate: 8000 }))
        if (--left > 0) clock.after(20, next)
        else caller.complete()
      }
      clock.after(20, next)
    })
    const connection: Connection = {
      call: {},
      frames,
      play: (frame) => void played.push(frame),
      send: nothing,
      clear: nothing,
      close: nothing,
    }
    const over = calls.take(connection)
    let isOver = false
    void over.then(() => (isOver = true))
    await clock.settle({ isDone: () => isOver })
    const { figures, error } = await over
    expect(error).toBeUndefined()
    expect(figures.stale).toBe(0)
    expect([...rates].toSorted()).toEqual([
      'phone 8000',
      'tts 16000',
      'tts~phone 8000',
      'vad~stt 16000',
    ])
    expect(played.every(({ sampleRate }) => sampleRate === 8000)).toBe(true)
    expect(Math.max(...played.flatMap((frame) => [...frame.samples]))).toBeGreaterThan(1000)
    await calls.close('done')
  })
})
