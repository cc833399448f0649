import assert from 'node:assert/strict'
import type {
  Busy,
  Connection,
  Listener,
  Place,
  TransportDefinition,
  Web,
} from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import type { Json } from '../frames/index.ts'
import { createValidators } from '../schema/compile.ts'
import { createWeb } from '../server/own-web.ts'
import type { Clock } from '../time/clock.ts'
import { createLiveClock, sleepOn } from '../time/live-clock.ts'
import { formOf, rigCall, type Form, type RigCall } from './rig-call.ts'

/** The far end of one call: what a caller's telephone or browser does. Sound is linear and mono here. */
export interface FarEnd {
  /** Rate of what it says and hears, in Hz. */
  readonly sampleRate: number
  /** Says sound, at the pace that the transport asks for. Resolves when it has been sent. */
  say(samples: Int16Array): void | Promise<void>
  /** All that it has played so far, in order; pauses may be left out. `createFarEar` is one that plays. */
  heard(): Int16Array | Promise<Int16Array>
  /** Presses a key; left out where it has none. */
  press?(digit: string): void
  /** Keys that came for it. */
  readonly keys?: readonly string[]
  /** Sends a message of the application; left out where it has none. */
  send?(name: string, data: Json): void
  /** Messages that came for it. */
  readonly messages?: readonly { readonly name: string; readonly data: Json }[]
  /** Ends the call as one should. */
  hangUp(): unknown
  /** Is gone without a word; nothing when the call is over. */
  drop(): unknown
  /** Takes nothing more off the line, and stays; left out where that cannot be done. */
  stopReading?(): void
  /** Resolves when it knows that the call is over, however. */
  readonly over: Promise<unknown>
}

/** A transport that is open, as its rig sees it. */
export interface TransportStage {
  readonly listener: Listener
  readonly clock: Clock
  /** With the defaults of the transport. */
  readonly options: Readonly<Record<string, unknown>>
  /** Calls that the runtime has got so far: where a far end is not told that it was let in. */
  taken(): number
}

/** Whoever stands in for the world around a transport. One for each case. */
export interface TransportRig {
  /** As a graph file has them, but lengths of time in ms; defaults are filled in. */
  readonly options?: Readonly<Record<string, unknown>>
  /** HTTP, where `createWeb()` is not enough: another public origin, for example. */
  readonly web?: Web
  /** In the place of the definition's own, where callers do not come by a network. */
  readonly listen?: TransportDefinition['listen']
  /**
   * Calls. Resolves when the far end may speak; rejects with what the far end was told when it is not let in.
   */
  connect(stage: TransportStage): Promise<FarEnd>
  /** Asks for a call and goes before it begins; left out where that is one step. */
  abandon?(stage: TransportStage): Promise<void>
  /** Where a call can be given to, and what becomes of it there; left out where it cannot. */
  readonly transfers?: {
    readonly taken: string
    readonly refused: string
    /** Rings until it is let go. */
    readonly ringing: string
  }
  close?(): unknown
}

/** Cases of a contract, by name. */
export type TransportCases = Readonly<Record<string, (on: OpenTransport) => Promise<void>>>

/** What `OpenTransport.open` takes. */
interface OpenInit {
  readonly definition: TransportDefinition
  readonly rig: TransportRig
  /** By how much a length of sound may be another at its other end, in ms. */
  readonly slackMs: number
  /** How long is waited for something that must happen, in ms. */
  readonly patienceMs: number
}

/** Time between two looks, in ms. */
const lookMs = 5

/** A transport at work in a test, on the live clock. */
export class OpenTransport {
  readonly clock = createLiveClock()
  readonly rig: TransportRig
  readonly slackMs: number
  /** Everything that was logged, and what else a case has noted as told to somebody. */
  readonly told: string[] = []
  /** Calls that were handed to the runtime, and whether with a place. */
  readonly taken: { readonly hasPlace: boolean }[] = []
  /** Times that it has asked for room, and that it gave a place back itself. */
  asked = 0
  left = 0
  /** What is answered to whoever asks for room; undefined: there is some. */
  busy: Busy['busy'] | undefined
  #stage: TransportStage | undefined
  readonly #form: Form
  /** How long is waited for something that must happen, in ms. */
  readonly patienceMs: number
  readonly #timers = new Set<object>()
  readonly #socketsBefore = openSockets()
  readonly #controller = new AbortController()
  readonly #arrived: Connection[] = []
  readonly #connections: Connection[] = []
  readonly #calls: RigCall[] = []

  private constructor(init: OpenInit, options: TransportStage['options']) {
    this.rig = init.rig
    this.slackMs = init.slackMs
    this.patienceMs = init.patienceMs
    this.#form = formOf(init.definition, options)
  }

  static async open(init: OpenInit): Promise<OpenTransport> {
    const { definition, rig } = init
    const options: Record<string, unknown> = { ...rig.options }
    assert.deepEqual(createValidators().of(definition.options)(options), [])
    const open = new OpenTransport(init, options)
    const note = (message: string): void => open.note(message)
    const log = { debug: note, info: note, warn: note }
    const ctx = {
      ...{ options, log, graph: 'test', signal: open.#controller.signal },
      clock: countedClock(open.clock, open.#timers),
      web: rig.web ?? createWeb(log),
      admit: () => open.#admit(),
    }
    const listen = rig.listen ?? definition.listen
    const listener = await listen(ctx as never, (...call) => open.#accept(...call))
    open.#stage = { listener, clock: open.clock, options, taken: () => open.taken.length }
    return open
  }

  get stage(): TransportStage {
    assert(this.#stage)
    return this.#stage
  }

  note(told: string): void {
    this.told.push(told)
  }

  /** A call that is watched from the beginning, unless told otherwise. */
  async call(isWatched = true): Promise<RigCall> {
    const far = await this.rig.connect(this.stage)
    await this.until(() => this.#arrived.length > 0, 'a call that comes to the runtime')
    const connection = this.#arrived.shift()
    assert(connection)
    const call = rigCall(connection, far, this.clock, this.#form)
    this.#calls.push(call)
    if (isWatched) call.watch()
    return call
  }

  async until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const { clock } = this
    const lateAt = clock.now() + this.patienceMs
    while (!(await isSo())) {
      assert(clock.now() < lateAt, `waited ${this.patienceMs} ms for ${what}`)
      await clock.sleep(lookMs)
    }
  }

  /** Closes everything. Fails when a timer or a socket is left. */
  async close(): Promise<void> {
    for (const call of this.#calls) call.unwatch()
    for (const connection of this.#connections) await connection.close('the test is over')
    for (const { far } of this.#calls) await far.drop()
    await this.stage.listener.close()
    this.#controller.abort()
    await this.rig.close?.()
    await this.until(() => this.#timers.size === 0, 'the last timer to go')
    await this.until(() => openSockets() <= this.#socketsBefore, 'the last socket to go')
  }

  #admit(): Place | Busy {
    this.asked++
    if (this.busy !== undefined) return { busy: this.busy }
    return { leave: () => void this.left++ }
  }

  #accept(connection: Connection, place?: Place): void {
    this.#arrived.push(connection)
    this.#connections.push(connection)
    this.taken.push({ hasPlace: place !== undefined })
  }
}

/** The same clock, which notes its timers. */
function countedClock(live: Clock, timers: Set<object>): Clock {
  const after: Clock['after'] = (delayMs, fire) => {
    const timer = {}
    const cancel = live.after(delayMs, () => {
      timers.delete(timer)
      fire()
    })
    timers.add(timer)
    return () => {
      timers.delete(timer)
      cancel()
    }
  }
  return { ...live, after, sleep: (delayMs, signal) => sleepOn(after, delayMs, signal) }
}

/** Sockets and servers of this thread that are open. */
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length

/** What an attempt was answered with, where it must not work. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
  } catch (thrown) {
    return reasonOf(thrown)
  }
  return assert.fail('it was let in')
}
