import type { AudioEncoding, Json } from 'voxgraph/plugin'

/** Name of the protocol in `Sec-WebSocket-Protocol`. */
export const subprotocol = 'voxgraph.v1'
/** Version in the hello. */
export const protocolVersion = 1

/** Why a connection was closed; 1000, 1001 and 1009 have their usual meaning. */
export const closeCodes = {
  bye: 1000,
  goingAway: 1001,
  tooLarge: 1009,
  badMessage: 4400,
  unauthorized: 4401,
  unsupportedAudio: 4406,
  helloTimeout: 4408,
  idleTimeout: 4409,
  unsupportedVersion: 4426,
  tooFast: 4429,
  busy: 4503,
  tooSlow: 4504,
} as const

/** A name of `closeCodes`. */
export type CloseName = keyof typeof closeCodes

/** Sound on the wire; one channel. */
export interface WireAudio {
  readonly encoding: AudioEncoding
  /** In Hz. */
  readonly sampleRate: number
}

/** What binary messages are: `raw` samples, or `codec` frames of the runtime. */
export type WireFrames = 'raw' | 'codec'

/** First message of the client. */
export interface Hello {
  readonly type: 'hello'
  readonly version: number
  readonly audio: WireAudio
  /** `raw` unless given. */
  readonly frames?: WireFrames
  readonly token?: string
  /** True when the client will report with `played`; false unless given. */
  readonly played?: boolean
  /** Variables of the call: `from`, `to` and others, lower-case names and short texts. */
  readonly call?: Readonly<Record<string, string>>
}

/** Answer to a hello; from here on sound flows. */
export interface Ready {
  readonly type: 'ready'
  readonly version: number
  readonly session: string
  readonly audio: WireAudio
  readonly frames: WireFrames
}

/** A telephone key, either way. */
export interface DtmfMessage {
  readonly type: 'dtmf'
  readonly digit: string
}

/** A message of the application, either way. */
export interface AppMessage {
  readonly type: 'message'
  readonly name: string
  readonly data: Json
}

/**
 * Client: milliseconds of sound played since the connection began; what was cleared does not count. Sent at
 * once after a `clear`, too: sound that is only held goes on behind that.
 */
export interface PlayedMessage {
  readonly type: 'played'
  readonly ms: number
}

/** Either way: the call is over. */
export interface ByeMessage {
  readonly type: 'bye'
  readonly reason?: string
}

/**
 * Server: throw away all sound that has come and has not been played. What comes after it is played at once:
 * 5 ms in which the sound fades.
 */
export interface ClearMessage {
  readonly type: 'clear'
}

/** Server: why the connection is about to be closed. */
export interface ErrorMessage {
  readonly type: 'error'
  readonly code: CloseName
  readonly message: string
}

/** Text messages of a client after its hello. */
export type ClientMessage = DtmfMessage | AppMessage | PlayedMessage | ByeMessage
/** Text messages of the server. */
export type ServerMessage =
  | Ready
  | DtmfMessage
  | AppMessage
  | ClearMessage
  | ByeMessage
  | ErrorMessage

/** Why a peer is cut off. */
export interface Violation {
  readonly code: CloseName
  readonly message: string
}

const violation = (code: CloseName, message: string): Violation => ({ code, message })
const badMessage = (message: string): Violation => violation('badMessage', message)

/** True for what the readers of this file give instead of a message. */
export const isViolation = (read: object): read is Violation => 'code' in read && 'message' in read

/** Reads a hello; gives what is wrong with it instead. Unknown fields are left out. */
export function readHello(text: string, wanted: WireAudio): Required<Hello> | Violation {
  const hello = objectOf(text)
  if (hello?.type !== 'hello') return badMessage('the first message must be a hello')
  if (hello.version !== protocolVersion) {
    return violation('unsupportedVersion', `this server speaks version ${protocolVersion}`)
  }
  const { audio, frames = 'raw', token = '', played = false, call = {} } = hello
  if (!isRecord(audio)) return badMessage('the hello does not say what its audio is')
  if (audio.encoding !== wanted.encoding || audio.sampleRate !== wanted.sampleRate) {
    return violation(
      'unsupportedAudio',
      `this call is ${wanted.encoding} at ${wanted.sampleRate} Hz`,
    )
  }
  if (frames !== 'raw' && frames !== 'codec') return badMessage('frames is "raw" or "codec"')
  if (typeof token !== 'string') return badMessage('the token is not a text')
  if (typeof played !== 'boolean') return badMessage('played is true or false')
  if (!isCall(call)) return badMessage('call holds up to 16 short texts under lower-case names')
  const { encoding, sampleRate } = wanted
  return {
    type: 'hello',
    version: protocolVersion,
    audio: { encoding, sampleRate },
    frames,
    token,
    played,
    call,
  }
}

/** Reads a text message of a client after its hello; gives what is wrong with it instead. */
export function readClientMessage(text: string): ClientMessage | Violation {
  const message = objectOf(text)
  if (message === undefined) return badMessage('a text message is not a JSON object')
  const { digit, name, data, ms } = message
  switch (message.type) {
    case 'dtmf':
      if (typeof digit !== 'string' || !/^[0-9*#A-D]$/.test(digit)) {
        return badMessage('a key is one of 0-9, *, #, A-D')
      }
      return { type: 'dtmf', digit }
    case 'message':
      if (typeof name !== 'string' || name.length > longestName || data === undefined) {
        return badMessage('a message has a name and data')
      }
      return { type: 'message', name, data: data as Json }
    case 'played':
      if (typeof ms !== 'number' || !(ms >= 0)) return badMessage('played says how many ms')
      return { type: 'played', ms }
    case 'bye':
      return { type: 'bye' }
    default:
      return badMessage('a text message has no type that is known')
  }
}

/** Reads a text message of the server; undefined for what is none. */
export function readServerMessage(text: string): ServerMessage | undefined {
  const message = objectOf(text)
  const types = ['ready', 'dtmf', 'message', 'clear', 'bye', 'error']
  const isKnown = typeof message?.type === 'string' && types.includes(message.type)
  return isKnown ? (message as unknown as ServerMessage) : undefined
}

/** Longest name of a message and longest text of a call variable, in UTF-16 units. */
const longestName = 200
const mostVariables = 16

/** True for variables of a call as a client may send them: up to 16 short texts under lower-case names. */
export function isCall(call: unknown): call is Record<string, string> {
  if (!isRecord(call)) return false
  const entries = Object.entries(call)
  return (
    entries.length <= mostVariables &&
    entries.every(
      ([key, value]) =>
        /^[a-z][a-z0-9_]{0,39}$/.test(key) &&
        typeof value === 'string' &&
        value.length <= longestName,
    )
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) && !Object.hasOwn(value, '__proto__') ? value : undefined
  } catch {
    return undefined
  }
}
