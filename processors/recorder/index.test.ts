import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  audio,
  decodeWav,
  interrupt,
  playout,
  readWav,
  type AudioFrame,
  type Frame,
  type PlayoutInit,
} from 'voxgraph/plugin'
import { createVirtualClock, type VirtualClock } from 'voxgraph/testing'
import recorder from './index.ts'

const rate = 16_000
const perMs = rate / 1000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-rec-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Handlers {
  caller(frame: AudioFrame): Promise<void> | undefined
  bot(frame: AudioFrame): void
  signal(frame: Frame): Promise<void> | undefined
  close(): Promise<void>
}

interface Rig {
  readonly path: string
  readonly clock: VirtualClock
  readonly warnings: string[]
  readonly node: Handlers
  /** The caller says `value` for `ms`; the frame arrives now. */
  say(value: number, ms?: number): Promise<void> | undefined
  bot(value: number, ms: number, span?: number, response?: number): void
  fact(init: PlayoutInit): void
  /** Ends the recording and gives its channels. */
  finish(): Promise<{ readonly caller: Int16Array; readonly bot: Int16Array }>
}

/** Waits for something that waits for the clock. */
async function driven<T>(clock: VirtualClock, result: Promise<T>): Promise<T> {
  let isDone = false
  result.finally(() => (isDone = true)).catch(() => {})
  await clock.settle({ isDone: () => isDone })
  return result
}

let files = 0
const shared = new Set<string>()

async function rig(path = join(folder, `${++files}`, 'call.wav')): Promise<Rig> {
  const clock = createVirtualClock()
  await clock.advance(1000)
  const warnings: string[] = []
  const signal = new AbortController().signal
  const setUp = Promise.resolve(
    recorder.setup({
      options: { path, sample_rate: rate },
      shared,
      node: 'rec',
      clock,
      log: { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) },
      signal,
      metric() {},
    } as never),
  )
  const node = (await driven(clock, setUp)) as Handlers
  return {
    path,
    clock,
    warnings,
    node,
    say: (value, ms = 20) => {
      const samples = new Int16Array(ms * perMs).fill(value)
      return node.caller({ ...audio({ role: 'user', samples, sampleRate: rate }), at: clock.now() })
    },
    bot(value, ms, span = 1, response = 1) {
      const samples = new Int16Array(ms * perMs).fill(value)
      node.bot({
        ...audio({ role: 'agent', samples, sampleRate: rate, span }),
        response,
        at: clock.now(),
      })
    },
    fact: (init) => void node.signal({ ...playout(init), at: clock.now() }),
    async finish() {
      await driven(clock, node.close())
      const { samples, channels, sampleRate } = await readWav(path)
      expect([channels, sampleRate]).toEqual([2, rate])
      return {
        caller: samples.filter((_, index) => index % 2 === 0),
        bot: samples.filter((_, index) => index % 2 === 1),
      }
    },
  }
}

/** A track as runs: `100x40` is 40 ms of the value 100. */
function runs(track: Int16Array): string {
  const found: { value: number; length: number }[] = []
  for (const value of track) {
    const last = found.at(-1)
    if (last?.value === value) last.length++
    else found.push({ value, length: 1 })
  }
  return found.map(({ value, length }) => `${value}x${length / perMs}`).join(' ')
}

async function sayFor(rigged: Rig, value: number, ms: number): Promise<void> {
  for (let time = 0; time < ms; time += 20) {
    await rigged.clock.advance(20)
    void rigged.say(value)
  }
}

describe('the recorder', () => {
  it('puts the caller where the sound was spoken, before the frame arrived', async () => {
    const call = await rig()
    await call.clock.advance(100)
    void call.say(500, 60)
    await call.clock.advance(40)
    expect(runs((await call.finish()).caller)).toBe('0x40 500x60 0x40')
  })

  it('counts samples through jitter', async () => {
    const call = await rig()
    for (const wait of [20, 35, 5, 70, 1, 0, 9, 20]) {
      await call.clock.advance(wait)
      void call.say(500)
    }
    expect(runs((await call.finish()).caller)).toBe('500x160')
  })

  it('makes no gap of a stall that ends in a burst', async () => {
    const call = await rig()
    await sayFor(call, 500, 100)
    await call.clock.advance(160)
    for (let count = 0; count < 8; count++) void call.say(600)
    await sayFor(call, 700, 100)
    expect(runs((await call.finish()).caller)).toBe('500x100 600x160 700x100')
  })

  it('keeps a gap in which nothing came', async () => {
    const call = await rig()
    await sayFor(call, 500, 100)
    await call.clock.advance(5000)
    await sayFor(call, 600, 400)
    expect(runs((await call.finish()).caller)).toBe('500x100 0x5000 600x400')
  })

  it('keeps every word and catches up in a pause when sound comes too fast', async () => {
    const call = await rig()
    await call.clock.advance(20)
    for (let count = 0; count < 20; count++) {
      void call.say(500)
      await call.clock.advance(10)
    }
    await sayFor(call, 0, 400)
    await sayFor(call, 600, 100)
    const { caller } = await call.finish()
    const [first, pause, second] = runs(caller).split(' ')
    expect([first, second]).toEqual(['500x400', '600x100'])
    expect(Number(pause?.slice(2))).toBeGreaterThan(200)
    expect(caller.length / perMs).toBeLessThanOrEqual(720 + 60)
  })

  it('records the bot when it was heard, not when it was made', async () => {
    const call = await rig()
    call.bot(300, 500)
    await call.clock.advance(250)
    call.fact({ state: 'started', span: 1, of: 1, heardMs: 0 })
    await call.clock.advance(200)
    call.fact({ state: 'progress', span: 1, of: 1, heardMs: 200 })
    await call.clock.advance(300)
    call.fact({ state: 'stopped', span: 1, of: 1, heardMs: 500 })
    expect(runs((await call.finish()).bot)).toBe('0x250 300x500')
  })

  it('records of a cut span exactly what was heard', async () => {
    const call = await rig()
    call.bot(300, 900)
    call.bot(400, 900, 2)
    call.fact({ state: 'started', span: 1, of: 1, heardMs: 0 })
    await call.clock.advance(120)
    void call.node.signal(interrupt({ through: 1 }))
    call.fact({ state: 'stopped', span: 1, of: 1, heardMs: 120, cut: true })
    await call.clock.advance(30)
    call.bot(500, 100, 3, 2)
    call.fact({ state: 'started', span: 3, of: 2, heardMs: 0 })
    await call.clock.advance(100)
    call.fact({ state: 'stopped', span: 3, of: 2, heardMs: 100 })
    expect(runs((await call.finish()).bot)).toBe('300x120 0x30 500x100')
  })

  it('keeps a long pause within a span, and lets the two voices overlap', async () => {
    const call = await rig()
    call.bot(300, 400)
    call.fact({ state: 'started', span: 1, of: 1, heardMs: 0 })
    await sayFor(call, 500, 200)
    call.fact({ state: 'progress', span: 1, of: 1, heardMs: 200 })
    await call.clock.advance(600)
    call.fact({ state: 'stopped', span: 1, of: 1, heardMs: 400 })
    const { caller, bot } = await call.finish()
    expect(runs(bot)).toBe('300x200 0x400 300x200')
    expect(runs(caller)).toBe('500x200 0x600')
  })

  it('is silent while the bot is held, and goes on where it went on', async () => {
    const call = await rig()
    call.bot(300, 60)
    call.bot(400, 240)
    call.fact({ state: 'started', span: 1, of: 1, heardMs: 0 })
    await call.clock.advance(60)
    call.fact({ state: 'progress', span: 1, of: 1, heardMs: 60 })
    await call.clock.advance(100)
    call.fact({ state: 'progress', span: 1, of: 1, heardMs: 60 })
    await call.clock.advance(200)
    call.fact({ state: 'progress', span: 1, of: 1, heardMs: 260 })
    call.fact({ state: 'progress', span: 1, of: 1, heardMs: 260 })
    await call.clock.advance(30)
    call.fact({ state: 'stopped', span: 1, of: 1, heardMs: 260, cut: true })
    expect(runs((await call.finish()).bot)).toBe('300x60 0x100 400x200 0x30')
  })

  it('records five minutes in pieces that can be read all the while', async () => {
    const call = await rig()
    for (let minute = 0; minute < 5; minute++) {
      for (let count = 0; count < 60; count++) {
        await call.clock.advance(1000)
        void call.say(500, 1000)
      }
      // The file grows while it is read: what its header says now must be there afterwards.
      const header = (await readFile(call.path)).subarray(0, 44)
      const length = 44 + header.readUInt32LE(40)
      const bytes = await readFile(call.path)
      expect(bytes.length).toBeGreaterThanOrEqual(length)
      expect(decodeWav(Buffer.concat([header, bytes.subarray(44, length)])).channels).toBe(2)
    }
    expect(runs((await call.finish()).caller)).toBe('500x300000')
  })

  it('forgets what was never heard, and never keeps more than ten minutes', async () => {
    const call = await rig()
    for (let count = 0; count < 13; count++) call.bot(300, 60_000, 1)
    call.bot(300, 100, 2)
    expect(call.warnings).toHaveLength(1)
    call.fact({ state: 'started', span: 9, of: 2, heardMs: 0 })
    call.bot(400, 60, 9, 2)
    await call.clock.advance(60)
    call.fact({ state: 'stopped', span: 9, of: 2, heardMs: 60 })
    expect(runs((await call.finish()).bot)).toBe('400x60')
  })

  it('cannot begin where it cannot write, and says so', async () => {
    const blocker = join(folder, 'blocker')
    await writeFile(blocker, '')
    await expect(rig(join(blocker, 'call.wav'))).rejects.toThrow(
      'cannot be written: a part of its path is not a folder.',
    )
  })

  it('fails once when the file cannot grow, keeps what there is, and does not write over it', async () => {
    const call = await rig()
    await sayFor(call, 500, 6000)
    await call.clock.advance((2 ** 31 / rate) * 1000)
    const thrown: unknown[] = []
    for (let after = 0; after < 5; after += thrown.length) {
      await call.clock.advance(2000)
      try {
        void call.say(600)
      } catch (reason) {
        thrown.push(reason)
      }
      await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(thrown.map(String)).toEqual([expect.stringContaining('cannot be longer than 4 GiB')])
    await driven(call.clock, call.node.close())
    const { samples } = await readWav(call.path)
    expect(samples.subarray(0, 4000 * perMs).filter((_, index) => index % 2 === 0)).toEqual(
      new Int16Array(2000 * perMs).fill(500),
    )
    await expect(rig(call.path)).rejects.toThrow('what was recorded then is kept')
  })
})
