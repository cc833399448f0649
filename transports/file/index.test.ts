import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  audio,
  createWavWriter,
  dtmf,
  readWav,
  type AudioFrame,
  type Connection,
  type Frame,
  type Listener,
} from 'voxgraph/plugin'
import { createVirtualClock, type VirtualClock } from 'voxgraph/testing'
import file, { connectFile, type SoundSink } from './index.ts'

const rate = 16_000
const perMs = rate / 1000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-file-'))
})
afterAll(() => rm(folder, { recursive: true }))

const bot = (value: number, ms: number): AudioFrame =>
  audio({ role: 'agent', samples: new Int16Array(ms * perMs).fill(value), sampleRate: rate })

async function wavOf(
  name: string,
  samples: Int16Array,
  format = { sampleRate: rate, channels: 1 },
) {
  const path = join(folder, name)
  const writer = await createWavWriter({ path, ...format })
  void writer.write(samples)
  await writer.close()
  return path
}

interface Open {
  readonly clock: VirtualClock
  readonly connection: Connection
  readonly listener: Listener
  readonly logs: string[]
}

async function open(options: object): Promise<Open> {
  const clock = createVirtualClock()
  const logs: string[] = []
  const log = (text: string): void => void logs.push(text)
  const accepted: Connection[] = []
  const listener = await file.listen(
    {
      options: { sample_rate: rate, tail: 0, ...options },
      clock,
      log: { debug: log, info: log, warn: log },
      signal: new AbortController().signal,
    } as never,
    (connection) => void accepted.push(connection),
  )
  expect(accepted).toHaveLength(1)
  return { clock, connection: accepted[0]!, listener, logs }
}

/** What a subscriber sees: `at:samples` of each frame, and the end. */
function watch({ clock, connection }: Pick<Open, 'clock' | 'connection'>) {
  const seen: string[] = []
  const frames: AudioFrame[] = []
  const subscription = connection.frames.subscribe({
    next: (frame: Frame) => {
      frames.push(frame as AudioFrame)
      seen.push(`${clock.now()}:${(frame as AudioFrame).samples.length}`)
    },
    complete: () => void seen.push(`${clock.now()}:end`),
  })
  return { seen, frames, subscription }
}

describe('the file transport', () => {
  it('plays a file at the speed of the clock, then silence, then hangs up', async () => {
    const path = await wavOf('in.wav', new Int16Array(50 * perMs).fill(7))
    const call = await open({ in: path, tail: 40 })
    const { seen, frames } = watch(call)
    await call.clock.settle()
    expect(seen).toEqual(['20:320', '40:320', '60:320', '80:320', '100:320', '120:end'])
    const samples = frames.flatMap((frame) => [...frame.samples])
    expect(samples.filter((sample) => sample === 7)).toHaveLength(50 * perMs)
    expect(frames[0]).toMatchObject({
      role: 'user',
      sampleRate: rate,
      channels: 1,
      encoding: 'pcm',
    })
    expect(call.connection.call).toEqual({ from: 'in.wav', to: '', direction: 'inbound' })
  })

  it('begins when somebody listens, and stops when nobody does', async () => {
    const call = await open({ in: await wavOf('late.wav', new Int16Array(rate)) })
    await call.clock.advance(500)
    const { seen, subscription } = watch(call)
    await call.clock.advance(45)
    subscription.unsubscribe()
    await call.clock.settle()
    expect(seen).toEqual(['520:320', '540:320'])
  })

  it('brings any WAV file to the rate of the call', async () => {
    const stereo = await wavOf('stereo.wav', new Int16Array(2 * 4410).fill(1000), {
      sampleRate: 44_100,
      channels: 2,
    })
    const call = await open({ in: stereo })
    const { frames } = watch(call)
    await call.clock.settle()
    expect(frames).toHaveLength(5)
    expect(frames[2]?.samples.every((sample) => Math.abs(sample - 1000) < 20)).toBe(true)
  })

  it('writes what was heard, where it was heard', async () => {
    const out = join(folder, 'deep', 'out.wav')
    const call = await open({ in: await wavOf('a.wav', new Int16Array(rate)), out })
    await call.clock.advance(100)
    call.connection.play(bot(5, 40))
    call.connection.play(bot(6, 40))
    await call.clock.advance(200)
    call.connection.play(bot(7, 200))
    await call.clock.advance(50)
    call.connection.clear()
    call.connection.play(bot(8, 20))
    await call.clock.advance(150)
    let isDone = false
    void call.listener.done?.then(() => (isDone = true))
    await call.clock.advance(0)
    expect(isDone).toBe(false)
    void call.connection.close('bye')
    await call.clock.settle()
    await call.listener.done
    const { samples } = await readWav(out)
    const at = (ms: number): number => samples[ms * perMs] ?? -1
    expect(samples).toHaveLength(500 * perMs)
    expect([99, 100, 139, 140, 179, 180].map(at)).toEqual([0, 5, 5, 6, 6, 0])
    expect([299, 300, 349, 350, 369, 370, 499].map(at)).toEqual([0, 7, 7, 8, 8, 0, 0])
  })

  it('takes keys and messages and says so in the log', async () => {
    const call = await open({ in: await wavOf('b.wav', new Int16Array(320)) })
    call.connection.send(dtmf({ digit: '5', lane: 'bot' }))
    expect(call.logs).toEqual(['the bot sent a dtmf'])
  })

  it('says which file is missing or is no WAV file', async () => {
    const missing = join(folder, 'missing.wav')
    await expect(open({ in: missing })).rejects.toThrow(
      `${missing} cannot be read: there is no such file or folder.`,
    )
    const path = await wavOf('c.wav', new Int16Array(10))
    await expect(open({ in: path, out: join(path, 'x.wav') })).rejects.toThrow('is not a folder')
  })
})

describe('a call from code', () => {
  it('asks for what was spoken and tells what is heard', async () => {
    const clock = createVirtualClock()
    const asked: string[] = []
    const heard: string[] = []
    const sink: SoundSink = {
      write: (samples, atMs) => void heard.push(`${samples.length} at ${atMs}`),
      clear: (atMs) => void heard.push(`clear at ${atMs}`),
    }
    const connection = connectFile({
      clock,
      sampleRate: 11_025,
      sink,
      source: {
        read(samples) {
          asked.push(`${clock.now()}:${samples}`)
          if (asked.length === 4) return undefined
          return asked.length === 2 ? new Int16Array() : new Int16Array(samples)
        },
      },
    })
    const { seen } = watch({ clock, connection })
    await clock.settle()
    expect(asked).toEqual(['20:220', '40:221', '60:220', '80:221'])
    expect(seen).toEqual(['20:220', '60:220', '80:end'])
    const sound = audio({ role: 'agent', samples: new Int16Array(441), sampleRate: 11_025 })
    connection.play(sound)
    connection.play(sound)
    await clock.advance(10)
    connection.clear()
    connection.play(sound)
    expect(heard).toEqual(['441 at 80', '441 at 120', 'clear at 90', '441 at 90'])
  })
})
