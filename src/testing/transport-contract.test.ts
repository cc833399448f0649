import { concat, defer, from, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  audio,
  defineTransport,
  dtmf,
  message,
  VoxgraphError,
  type Accept,
  type Connection,
  type Frame,
  type Json,
  type ListenContext,
} from 'voxgraph/plugin'
import { createFarEar, tone, transportContract, type FarEnd } from 'voxgraph/testing'

const sampleRate = 16_000
const secret = 'canary-7f3a'

/** Ways in which a transport may be wrong, and the beginning of the case that finds it. */
const faults = {
  'plays nothing': 'plays what it is given to the caller',
  'speaks first': 'plays what it is given to the caller',
  'hears nothing': 'brings what the caller says',
  'claims too much': 'says what was played',
  'does not clear': 'throws away at once',
  'is silent once cleared': 'plays what it is given after a clear',
  'presses no keys': 'presses keys',
  'repeats keys': 'brings keys',
  'forgets what came early': 'keeps what comes before',
  'lets everybody in': 'tells whoever calls',
  'leaves the place': 'asks for room',
  'brings no place': 'asks for room',
  'fails when the caller hangs up': 'completes when',
  'has no code': 'says with a code',
  'ends all calls': 'goes on with a call when another',
  'does not hang up': 'ends the call from our side',
  'leaves a timer': 'completes when',
  'tells the secret': 'completes when',
  'is closed for those who talk': 'goes on with calls when it is closed',
} as const

type Fault = keyof typeof faults

/** A transport whose callers are in the same process. */
class Exchange {
  readonly #ctx: ListenContext<unknown>
  readonly #accept: Accept
  readonly #fault: Fault | undefined
  readonly #breaks = new Set<() => void>()
  #isClosed = false

  constructor(ctx: ListenContext<unknown>, accept: Accept, fault: Fault | undefined) {
    this.#ctx = ctx
    this.#accept = accept
    this.#fault = fault
  }

  close(): void {
    this.#isClosed = true
    if (this.#fault === 'is closed for those who talk') this.#breakAll()
  }

  #breakAll(): void {
    for (const end of this.#breaks) end()
  }

  ring(): FarEnd {
    const { clock, log, admit } = this.#ctx
    const fault = this.#fault
    if (this.#isClosed) throw new Error('nobody is there')
    const place = admit()
    if ('busy' in place && fault !== 'lets everybody in') throw new Error(place.busy)
    const ear = createFarEar(clock, sampleRate)
    const over = Promise.withResolvers<void>()
    const caller = new Subject<Frame>()
    const early: Frame[] = []
    const keys: string[] = []
    const messages: { readonly name: string; readonly data: Json }[] = []
    let isSilent = false
    const say = (frame: Frame): void => {
      if (caller.observed) caller.next(frame)
      else if (fault !== 'forgets what came early') early.push(frame)
    }
    const lost = fault === 'has no code' ? new Error('lost') : new VoxgraphError('connection-lost')
    const end = (failure?: Error): void => {
      over.resolve()
      if (failure === undefined) caller.complete()
      else caller.error(failure)
    }
    this.#breaks.add(() => end(lost))
    if (fault === 'leaves a timer') clock.after(60_000, () => undefined)
    if (fault === 'tells the secret') log.info(`the token is ${secret}`)
    if (fault === 'speaks first') ear.play(tone(1000, 100, sampleRate))
    const connection: Connection = {
      call: {},
      frames: concat(
        defer(() => from(early)),
        caller,
      ),
      play: ({ samples }) => {
        if (fault !== 'plays nothing' && !isSilent) ear.play(samples)
      },
      send(frame) {
        if (frame.type === 'message') messages.push(frame)
        else if (fault !== 'presses no keys') keys.push(frame.digit)
      },
      clear() {
        isSilent = fault === 'is silent once cleared'
        if (fault !== 'does not clear') ear.clear()
      },
      played: () => ear.playedMs + (fault === 'claims too much' ? 50 : 0),
      close() {
        if (fault === 'leaves the place' && 'leave' in place) place.leave()
        if (fault !== 'does not hang up') end()
      },
    }
    this.#accept(connection, fault === 'brings no place' || 'busy' in place ? undefined : place)
    return {
      ...{ sampleRate, keys, over: over.promise },
      get messages() {
        return messages.map(({ name, data }) => ({ name, data }))
      },
      say(samples) {
        if (fault !== 'hears nothing') say(audio({ role: 'user', samples, sampleRate }))
      },
      heard: () => ear.heard,
      press(digit) {
        for (let times = fault === 'repeats keys' ? 2 : 1; times > 0; times--) {
          say(dtmf({ digit, lane: 'user' }))
        }
      },
      send: (name, data) => say(message({ name, data, lane: 'user' })),
      hangUp: () => end(fault === 'fails when the caller hangs up' ? lost : undefined),
      drop: () => (fault === 'ends all calls' ? this.#breakAll() : end(lost)),
    }
  }
}

function casesFor(fault?: Fault) {
  const port = { type: 'audio', formats: [{ sampleRate, channels: 1 }] } as const
  let open: Exchange | undefined
  const definition = defineTransport({
    id: 'exchange',
    summary: 'Callers in the same process.',
    ports: { in: { audio: port }, out: { audio: port } },
    async listen(ctx, accept) {
      const exchange = new Exchange(ctx, accept, fault)
      open = exchange
      return { address: 'here', close: async () => exchange.close() }
    },
  })
  return transportContract({
    definition,
    secrets: [secret],
    lacks: ['stopReading', 'abandon', 'transfers'],
    patienceMs: fault === undefined ? undefined : 1000,
    rig: () => ({
      connect: async () => open?.ring() ?? Promise.reject(new Error('it is not open')),
    }),
  })
}

describe('the contract of transports', () => {
  it.each(casesFor())('is kept by one that is right: $name', ({ run }) => run())

  it.each(Object.entries(faults))('finds one that %s', async (fault, begins) => {
    const found = casesFor(fault as Fault).find(({ name }) => name.startsWith(begins))
    await expect(found?.run()).rejects.toThrow()
  })
})
