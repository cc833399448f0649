import type { Busy, Clock, Connection, Frame, Listener, Place, Web } from 'voxgraph/plugin'
import twilio from './index.ts'
import type { TwilioOptions } from './options.ts'

/** A call as the tests of this folder see it. */
export interface RigCall {
  readonly connection: Connection
  readonly frames: Frame[]
  /** Resolves to how the frames ended: `complete`, or the message of the error. */
  readonly end: Promise<string>
}

/** A clock that is moved by hand. */
export interface RigClock extends Clock {
  advance(forMs: number): Promise<void>
}

/** The transport, open for calls on loopback. */
export interface RigDesk {
  readonly listener: Listener
  /** The webhook. */
  readonly url: string
  readonly calls: readonly RigCall[]
  /** Places that are taken now. */
  taken(): number
  readonly warnings: readonly string[]
  /** The next call that comes in. */
  next(): Promise<RigCall>
}

/** The account of an emulator. */
export interface RigAccount {
  readonly accountSid: string
  readonly key: string
  readonly endpoint: string
  close(): Promise<void>
}

/** The transport, Twilio, and the time of both. */
export interface Rig<T extends RigAccount> {
  readonly clock: RigClock
  readonly twilio: T
  readonly desk: RigDesk
  /** Moves time in steps of 20 ms until it is so; messages pass between two steps. */
  pass(isSo: () => boolean): Promise<void>
  /** Moves time on by so much, in the same way. */
  let(ms: number): Promise<void>
  /** Ends a call from our side, and lets the time pass that this takes. */
  close(connection: Connection): Promise<void>
}

/** What a rig is opened with. */
export interface RigInit {
  readonly options?: Partial<TwilioOptions>
  /** Why there is no room, as long as it says so. */
  readonly busy?: () => Busy['busy'] | undefined
}

/** Makes rigs for the tests of a file, closed after each test. */
export function createRigs<T extends RigAccount>(parts: {
  readonly clock: () => RigClock
  readonly web: Web
  readonly twilio: (clock: RigClock) => Promise<T>
}): { open(init?: RigInit): Promise<Rig<T>>; close(): Promise<void> } {
  const closing: (() => unknown)[] = []
  return {
    async open(init = {}) {
      const clock = parts.clock()
      const twilio = await parts.twilio(clock)
      closing.push(() => twilio.close())
      const desk = await openDesk(clock, parts.web, twilio, init)
      closing.push(() => desk.listener.close())
      const pass = async (isSo: () => boolean): Promise<void> => {
        for (let step = 0; !isSo(); step++) {
          if (step > 5000) throw new Error('it did not come to pass within 100 s')
          await clock.advance(20)
          await turns()
        }
      }
      const let_ = async (ms: number): Promise<void> => {
        const until = clock.now() + ms
        await pass(() => clock.now() >= until)
      }
      const close = async (connection: Connection): Promise<void> => {
        let isClosed = false
        const closed = Promise.resolve(connection.close('over')).then(() => (isClosed = true))
        await pass(() => isClosed)
        await closed
      }
      return { clock, twilio, desk, pass, let: let_, close }
    },
    async close() {
      for (const close of closing.splice(0).toReversed()) await close()
    },
  }
}

/** A message over loopback takes a few turns of the loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => void setImmediate(resolve))
}

const defaults: TwilioOptions = {
  host: '127.0.0.1',
  port: 0,
  path: '/twilio',
  endpoint: 'https://api.twilio.com',
  ring_timeout: 30_000,
  machine_detection: 'off',
  machine_detection_async: false,
  on_machine: 'hang_up',
  transfer_accept: 'key',
  busy: 'reject',
  max_message: 65_536,
  max_unread: 262_144,
  max_speed: 4,
  stream_timeout: 10_000,
  idle_timeout: 30_000,
}

/** Opens the transport, with the defaults of its schema. */
async function openDesk(
  clock: Clock,
  web: Web,
  { accountSid: account_sid, key: auth_token, endpoint }: RigAccount,
  init: RigInit,
): Promise<RigDesk> {
  const calls: RigCall[] = []
  const waiting: ((call: RigCall) => void)[] = []
  const warnings: string[] = []
  const places = createPlaces(init)
  const options = { ...defaults, account_sid, auth_token, endpoint, ...init.options }
  const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
  const { signal } = new AbortController()
  const ctx = { options, clock, log, signal, web, graph: 'test', admit: places.admit }
  const listener = await twilio.listen(ctx as never, (connection, place) => {
    const call = watch(connection)
    void call.end.then(() => place?.leave())
    calls.push(call)
    waiting.shift()?.(call)
  })
  let given = 0
  return {
    listener,
    url: listener.address,
    calls,
    warnings,
    taken: places.taken,
    next() {
      const call = calls[given++]
      return call ? Promise.resolve(call) : new Promise((resolve) => void waiting.push(resolve))
    },
  }
}

/** Counts who is there; a place that is left twice is an error. */
function createPlaces({ busy }: RigInit): { admit(): Place | Busy; taken(): number } {
  const places = new Set<Place>()
  return {
    taken: () => places.size,
    admit() {
      const why = busy?.()
      if (why !== undefined) return { busy: why }
      const place: Place = {
        leave() {
          if (!places.delete(place)) throw new Error('a place was left twice')
        },
      }
      places.add(place)
      return place
    },
  }
}

function watch(connection: Connection): RigCall {
  const frames: Frame[] = []
  const end = new Promise<string>((resolve) => {
    connection.frames.subscribe({
      next: (frame) => void frames.push(frame),
      complete: () => resolve('complete'),
      error: (thrown: Error) => resolve(thrown.message),
    })
  })
  return { connection, frames, end }
}

/** Waits until `isTrue` holds, turn by turn of the loop. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => void setImmediate(resolve))
}
