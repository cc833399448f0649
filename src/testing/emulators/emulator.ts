import type { Clock } from '../../time/clock.ts'

/**
 * What can go wrong at a vendor.
 *
 * - `refuse`: the connection is reset before anything is said
 * - `unauthorized`, `rate-limit`, `overloaded`: 401, 429 with `retry-after`, 529 (503 where a vendor has no 529)
 * - `error-mid-stream`: the vendor's own error message, in the middle of an answer
 * - `clean-end`: the stream ends as if all were well, and the answer is not complete
 * - `stall`: the connection is accepted (headers are sent), and nothing comes
 * - `drip`: what comes, comes much too slowly
 * - `half-open`: the connection stays open; nothing is read and nothing is sent any more
 * - `abrupt-close`: the socket is gone, in the middle of a word
 * - `garbage`: what comes is no JSON, or no message of the vendor's
 * - `wrong-order`: what comes is out of order
 * - `duplicate`: every message comes twice
 * - `huge`: a message of 20 MB
 */
export const faultNames = [
  'refuse',
  'unauthorized',
  'rate-limit',
  'overloaded',
  'error-mid-stream',
  'clean-end',
  'stall',
  'drip',
  'half-open',
  'abrupt-close',
  'garbage',
  'wrong-order',
  'duplicate',
  'huge',
] as const
/** One of `faultNames`. */
export type FaultName = (typeof faultNames)[number]

/**
 * When it goes wrong: when the next connection or request is `open`ed, in the middle of the next `answer`, or
 * `now`, on every connection that is open.
 */
export type FaultMoment = 'open' | 'answer' | 'now'

/** Something that will go wrong. */
export interface Fault {
  readonly fault: FaultName
  readonly when: FaultMoment
  /** How often: once unless given. `Infinity` until `heal`. */
  readonly times?: number
  /** How many connections or answers go well before that; none unless given. Not for `now`. */
  readonly after?: number
  /** Seconds that `retry-after` says; 1 unless given. */
  readonly retryAfterS?: number
}

/** One thing that reached an emulator: a request, the opening of a socket, or a message on it. */
export interface Received {
  readonly kind: 'request' | 'socket' | 'message'
  /** Ms on the emulator's clock. */
  readonly at: number
  /** Counts connections of the emulator; every request is one of its own. */
  readonly connection: number
  /** Path with its query. */
  readonly path: string
  /** JSON as it came; the length in bytes of what is not JSON. */
  readonly body: unknown
  /** Bytes that had been sent on this connection by then. */
  readonly sentBytes: number
}

/** An answer to a request whose connection was gone before all of it was sent. */
export interface Abandoned {
  /** Ms on the emulator's clock. */
  readonly at: number
  /** That of its request. */
  readonly connection: number
  /** Bytes of it that had been sent by then. */
  readonly sentBytes: number
}

/** What every emulator takes. */
export interface EmulatorInit {
  /** The one key that it accepts; `emulator-key` unless given. */
  readonly key?: string
  /** Its time: of delays and of what it notes. A live clock unless given. */
  readonly clock?: Clock
  /** Ms that it takes before the first part of an answer; 0 unless given. */
  readonly delayMs?: number
}

/** The key that emulators accept unless they are told another. */
export const emulatorKey = 'emulator-key'

/** A vendor on this machine: speaks its wire protocol on loopback, and does what a test wants. */
export interface Emulator {
  /** As in a processor's definition: `deepgram`. */
  readonly vendor: string
  /** For the option `endpoint`: `http://127.0.0.1:40123`. */
  readonly endpoint: string
  readonly key: string
  /** Everything that reached it, in order. */
  readonly received: readonly Received[]
  /** Answers that their client did not wait for, and those that a fault has cut, in order. */
  readonly abandoned: readonly Abandoned[]
  /** What the vendor would not have accepted: unknown fields, a wrong order. Empty in a good test. */
  readonly violations: readonly string[]
  /** Sockets that are open now, and answers to requests that are on their way. */
  readonly open: number
  /** Bytes of answers that it has sent, headers not counted. */
  readonly sentBytes: number
  /** Lets something go wrong. Faults for one moment are taken in the order in which they were given. */
  fail(fault: Fault): void
  /** Takes back what has not gone wrong yet, and lets what hangs go on or go. */
  heal(): void
  /** Ends it with all its connections. */
  close(): Promise<void>
}
