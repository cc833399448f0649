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

/** The transport, open for calls on loopback. */
export interface RigDesk {
  readonly listener: Listener
  /** The webhook. */
  readonly url: string
  readonly calls: readonly RigCall[]
  /** Places that are taken now. */
  readonly taken: () => number
  readonly warnings: readonly string[]
  /** The next call that comes in. */
  next(): Promise<RigCall>
}

/** What `openRig` takes. */
export interface RigInit {
  readonly clock: Clock
  readonly web: Web
  readonly twilio: { readonly accountSid: string; readonly key: string; readonly endpoint: string }
  readonly options?: Partial<TwilioOptions>
  /** Why there is no room, as long as it says so. */
  readonly busy?: () => Busy['busy'] | undefined
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
export async function openRig(init: RigInit): Promise<RigDesk> {
  const calls: RigCall[] = []
  const waiting: ((call: RigCall) => void)[] = []
  const warnings: string[] = []
  let places = 0
  const admit = (): Place | Busy => {
    const busy = init.busy?.()
    if (busy !== undefined) return { busy }
    places++
    let isLeft = false
    const leave = (): void => {
      if (isLeft) throw new Error('a place was left twice')
      isLeft = true
      places--
    }
    return { leave }
  }
  const { accountSid: account_sid, key: auth_token, endpoint } = init.twilio
  const options = { ...defaults, account_sid, auth_token, endpoint, ...init.options }
  const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
  const { signal } = new AbortController()
  const { clock, web } = init
  const ctx = { options, clock, log, signal, web, graph: 'test', admit }
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
    taken: () => places,
    next() {
      const call = calls[given++]
      return call ? Promise.resolve(call) : new Promise((resolve) => void waiting.push(resolve))
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
