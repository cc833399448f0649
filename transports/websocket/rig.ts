import { once } from 'node:events'
import type { Clock, Connection, Frame, Listener, Web } from 'voxgraph/plugin'
import { WebSocket, type ClientOptions } from 'ws'
import { connectClient, type Client, type ClientInit } from './client.ts'
import websocket from './index.ts'
import type { JwtRules } from './jwt.ts'
import type { Exposure } from './rtvi/told.ts'

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

/** A server on loopback, with its timeouts on a clock that is moved by hand. */
export interface RigServer {
  readonly clock: RigClock
  readonly listener: Listener
  readonly url: string
  readonly calls: RigCall[]
  /** The next call that comes in. */
  next(): Promise<RigCall>
}

/** Servers and clients for the tests of this folder, on real sockets. */
export interface Rig {
  /** `isWatched` false: nobody subscribes to the frames of calls. */
  serve(options?: Partial<RigOptions>, isWatched?: boolean): Promise<RigServer>
  join(url: string, init?: Partial<ClientInit>): Promise<Client>
  /** A client that says whatever it wants. */
  rude(url: string, options?: ClientOptions): Promise<WebSocket>
  /** Calls this at the end of the test. */
  later(close: () => unknown): void
  /** Closes what the test has opened. */
  close(): Promise<void>
}

/** Options of the transport; the defaults of its schema, and port 0. `inspect`: whether the process allows that. */
export type RigOptions = typeof defaults & { readonly jwt?: JwtRules; readonly inspect?: boolean }

const defaults = {
  host: '127.0.0.1',
  port: 0,
  path: '/',
  sample_rate: 16_000,
  encoding: 'pcm',
  token: '',
  origins: [] as string[],
  max_message: 65_536,
  max_sessions: 1000,
  max_pending: 200,
  max_unread: 262_144,
  max_speed: 4,
  hello_timeout: 5000,
  idle_timeout: 60_000,
  rtvi: {
    enabled: true,
    player_rate: 24_000,
    lead: 100,
    function_calls: {} as Record<string, Exposure>,
  },
}

/** Makes a rig: one per test file, closed after each test. Each server gets a clock of its own. */
export function createRig(createClock: () => RigClock, web: Web): Rig {
  const open: (() => unknown)[] = []
  const later = (close: () => unknown): void => void open.push(close)
  return {
    later,
    async serve(options = {}, isWatched = true) {
      const all = { ...defaults, ...options }
      const { server, close } = await openRigServer(createClock(), web, all, isWatched)
      later(close)
      return server
    },
    async join(url, init = {}) {
      const client = await connectClient(url, { sampleRate: 16_000, ...init })
      later(() => client.drop())
      return client
    },
    async rude(url, options = {}) {
      const socket = new WebSocket(url, 'voxgraph.v1', options)
      later(() => socket.terminate())
      socket.on('error', () => {})
      await once(socket, 'open')
      return socket
    },
    async close() {
      for (const close of open.splice(0)) await close()
    },
  }
}

async function openRigServer(
  clock: RigClock,
  web: Web,
  options: RigOptions,
  isWatched: boolean,
): Promise<{ readonly server: RigServer; close(): Promise<void> }> {
  const calls: RigCall[] = []
  const waiting: ((call: RigCall) => void)[] = []
  const log = { debug() {}, info() {}, warn() {} }
  const { signal } = new AbortController()
  const { inspect } = options
  const admit = (): object => ({ leave() {} })
  const listener = await websocket.listen(
    { options, clock, log, signal, web, graph: 'test', inspect, admit } as never,
    (connection) => {
      const call = isWatched
        ? watch(connection)
        : { connection, frames: [], end: Promise.resolve('') }
      calls.push(call)
      waiting.shift()?.(call)
    },
  )
  let taken = 0
  const next = (): Promise<RigCall> => {
    const call = calls[taken++]
    return call ? Promise.resolve(call) : new Promise((resolve) => void waiting.push(resolve))
  }
  return {
    server: { clock, listener, url: listener.address, calls, next },
    async close() {
      await listener.close()
      for (const { connection } of calls) await connection.close('the test is over')
    },
  }
}

/** Subscribes to the frames of a connection. */
export function watch(connection: Connection): RigCall {
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

/** A hello for 16 kHz PCM, and more. */
export const helloText = (more: object = {}): string =>
  JSON.stringify({
    type: 'hello',
    version: 1,
    audio: { encoding: 'pcm', sampleRate: 16_000 },
    ...more,
  })

/** Code and reason with which a socket is closed. */
export async function fate(socket: WebSocket): Promise<string> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return `${code} ${reason.toString()}`
}

/** Waits until `isTrue` holds, turn by turn of the loop. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => void setImmediate(resolve))
}
