import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audio, durationMs, type AudioFrame, type PlayoutInit } from '../frames/index.ts'
import { createVirtualClock, type VirtualClock } from '../time/virtual-clock.ts'
import { createPacer, type Pacer } from './pacer.ts'

/** One sample per ms, so that a sample says its number in its response, from 1 on. */
const rate = 1000

/** What is heard of each sample: its response, its number, and whether a fade has changed it. */
interface Heard {
  readonly response: number
  readonly value: number
  readonly isFaded: boolean
}

/** A far end that plays what it has, without a gap, and knows what of it was heard. */
function farEnd(clock: VirtualClock, pushed: ReadonlySet<ArrayBufferLike>) {
  let ahead: { readonly at: number; readonly frame: AudioFrame }[] = []
  const heard: Heard[] = []
  let endsAt = 0
  function listen(): void {
    const now = clock.now()
    const kept: typeof ahead = []
    for (const { at, frame } of ahead) {
      const done = Math.min(frame.samples.length, Math.max(0, Math.round(now - at)))
      for (const value of frame.samples.subarray(0, done)) {
        if (frame.response === 0) continue
        const isFaded = !pushed.has(frame.samples.buffer)
        heard.push({ response: frame.response, value, isFaded })
      }
      const samples = frame.samples.subarray(done)
      if (samples.length > 0) kept.push({ at: at + done, frame: { ...frame, samples } })
    }
    ahead = kept
  }
  return {
    heard,
    listen,
    /** How much it has, in ms. */
    aheadMs: (): number => Math.max(0, endsAt - clock.now()),
    play(frame: AudioFrame): void {
      const at = Math.max(endsAt, clock.now())
      endsAt = at + durationMs(frame)
      ahead.push({ at, frame })
    },
    clear(): void {
      listen()
      ahead = []
      endsAt = clock.now()
    },
  }
}

type Step =
  | { readonly do: 'push'; readonly ms: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'respond' | 'cut' | 'hold' | 'release' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      ms: fc.constantFrom(1, 3, 20, 33, 250),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(200, 301, 500)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('respond', 'cut', 'hold', 'hold', 'release', 'release'),
    }),
  },
)

/** Sound that is held in its middle, and plays on after a while. */
const episode: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.integer({ min: 6, max: 260 }),
    fc.constantFrom(10, 300, 301, 900),
    fc.integer({ min: 6, max: 260 }),
  )
  .map(([before, held, after]) => [
    { do: 'push', ms: 250 },
    { do: 'wait', ms: before },
    { do: 'hold' },
    { do: 'wait', ms: held },
    { do: 'release' },
    { do: 'wait', ms: after },
  ])

/** Steps at random, with episodes among them. */
const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof({ weight: 4, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: episode }),
    { maxLength: 30, size: 'large' },
  )
  .map((parts) => parts.flat())

/** Steps in which no fade meets another, so that each sample can be told by its neighbours. */
const calmSteps: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      step.map((one) => [one]),
      episode,
    ),
    { maxLength: 30, size: 'large' },
  )
  .map((parts) =>
    parts.flatMap((part) =>
      part.length > 1 ? part : part.filter((one) => one.do !== 'hold' && one.do !== 'release'),
    ),
  )

interface Run {
  readonly heard: readonly Heard[]
  readonly facts: readonly PlayoutInit[]
  /** Samples pushed, by response. */
  readonly pushed: ReadonlyMap<number, number>
  readonly wasCut: ReadonlySet<number>
}

/** Plays random steps; every word is `wordMs` long, with 10 ms of pause before it, or there are none. */
async function run(taken: readonly Step[], wordMs: number | undefined, late = 0): Promise<Run> {
  const virtual = createVirtualClock()
  const clock = {
    ...virtual,
    after: (ms: number, fire: () => void) => virtual.after(ms === 0 ? 0 : ms + late, fire),
  }
  const buffers = new Set<ArrayBufferLike>()
  const far = farEnd(virtual, buffers)
  const facts: PlayoutInit[] = []
  const pacer: Pacer = createPacer({
    clock,
    play(frame) {
      far.play(frame)
      expect(far.aheadMs()).toBeLessThanOrEqual(200.001)
    },
    clear: () => far.clear(),
    onPlayout: (init) => void facts.push(init),
  })
  const pushed = new Map<number, number>()
  const wasCut = new Set<number>()
  let response = 1
  const push = (ms: number): void => {
    const from = pushed.get(response) ?? 0
    const samples = Int16Array.from({ length: ms }, (_, index) => from + index + 1)
    buffers.add(samples.buffer)
    pushed.set(response, from + ms)
    const words = wordMs === undefined ? undefined : wordsBetween(from, from + ms, wordMs)
    const frame = audio({ role: 'agent', samples, sampleRate: rate, span: 1, words })
    void pacer.push({ ...frame, response })
  }
  for (const one of taken) {
    if (one.do === 'push') push(one.ms)
    else if (one.do === 'wait') await virtual.advance(one.ms)
    else if (one.do === 'hold') pacer.hold(response)
    else if (one.do === 'release') pacer.release(response)
    else if (one.do === 'respond') pacer.finish(response++)
    else {
      wasCut.add(response)
      for (let cut = 1; cut < response; cut++) wasCut.add(cut)
      pacer.clear(response++)
    }
    far.listen()
  }
  pacer.release()
  pacer.finish(response)
  const rest = pacer.idle()
  await virtual.settle()
  await rest
  await virtual.settle()
  far.listen()
  return { heard: far.heard, facts, pushed, wasCut }
}

function wordsBetween(from: number, until: number, wordMs: number) {
  const words: { text: string; startMs: number; endMs: number }[] = []
  const stride = wordMs + 10
  for (let index = Math.ceil((from - 10) / stride); index * stride + 10 < until; index++) {
    const startMs = index * stride + 10
    if (startMs >= from) words.push({ text: `w${index}`, startMs, endMs: startMs + wordMs })
  }
  return words
}

/** What the last fact about a response says was heard of it. */
const final = ({ facts }: Run, response: number): PlayoutInit | undefined =>
  facts.find(({ of, state }) => of === response && state === 'stopped')

describe('whatever is held, let go and cut, the caller', () => {
  it('hears each sample once and in order, and the facts say how many', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const ran = await run(taken, undefined)
        for (const [response, length] of ran.pushed) {
          const heard = ran.heard.filter((one) => one.response === response)
          for (const [index, { value, isFaded }] of heard.entries()) {
            if (!isFaded) expect(value).toBe(index + 1)
            else expect(value).toBeLessThanOrEqual(index + 1)
          }
          if (!ran.wasCut.has(response)) expect(heard).toHaveLength(length)
          const fact = final(ran, response)
          expect(Math.round(fact?.heardMs ?? 0)).toBe(heard.length)
          expect(fact?.words).toBeUndefined()
        }
      }),
      { numRuns: 150 },
    )
  })

  it('hears a broken word again after a long hold, and it counts once', async () => {
    await fc.assert(
      fc.asyncProperty(calmSteps, fc.constantFrom(30, 90, 240), async (taken, wordMs) => {
        const ran = await run(taken, wordMs)
        for (const [response, length] of ran.pushed) {
          const heard = ran.heard.filter((one) => one.response === response)
          const { most, jumps } = readJumps(heard)
          for (const to of jumps) expect(to % (wordMs + 10)).toBe(10)
          const fact = final(ran, response)
          const heardMs = Math.round(fact?.heardMs ?? 0)
          // Within a fade it cannot be told which sample it is.
          expect(Math.abs(heardMs - most)).toBeLessThanOrEqual(5)
          if (!ran.wasCut.has(response)) expect(heardMs).toBe(length)
          if (fact === undefined) continue
          const begun = wordsBetween(0, heardMs, wordMs)
          const whole = fact.cut === true ? begun.filter(({ endMs }) => endMs <= heardMs) : begun
          expect(fact.words).toBe(whole.length)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('loses nothing and hears nothing twice when timers are late, and the lead is kept', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 700 }), async (taken, late) => {
        const ran = await run(taken, undefined, late)
        for (const [response, length] of ran.pushed) {
          const heard = ran.heard.filter((one) => one.response === response)
          for (const [index, { value, isFaded }] of heard.entries()) {
            if (!isFaded) expect(value).toBe(index + 1)
          }
          if (!ran.wasCut.has(response)) expect(heard).toHaveLength(length)
          expect(Math.round(final(ran, response)?.heardMs ?? 0)).toBe(heard.length)
        }
      }),
      { numRuns: 100 },
    )
  })
})

/** How far into the response was heard, and the positions at which it was begun again. */
function readJumps(heard: readonly Heard[]): { most: number; jumps: readonly number[] } {
  const jumps: number[] = []
  let position = 0
  let most = 0
  let faded = 0
  for (const { value, isFaded } of heard) {
    // A frame that fades in has its own samples again after 5 ms.
    const isOwn = !isFaded || faded === 5 || value === position + 1
    if (isOwn) {
      const expected = position + 1
      if (value !== expected) jumps.push(value - 1 - faded)
      position = value
      faded = 0
    } else {
      position++
      faded++
    }
    most = Math.max(most, position)
  }
  return { most, jumps }
}
