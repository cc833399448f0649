/**
 * Messages of the protocol and its close codes; the page about it is `docs/websocket-protocol.md`. Nothing
 * is imported but types of this folder: servers, Node and browsers share this file.
 */
import type { CallEvent, EventLevel } from './events.ts'

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
  forbidden: 4403,
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

/** JSON as it travels in messages. */
export type WireJson =
  | string
  | number
  | boolean
  | null
  | readonly WireJson[]
  | { readonly [key: string]: WireJson }

/** Sound on the wire; one channel. */
export interface WireAudio {
  /** Linear 16-bit little-endian, or G.711 µ-law. */
  readonly encoding: 'pcm' | 'mulaw'
  /** In Hz. */
  readonly sampleRate: number
}

/** What binary messages are: `raw` samples, or `codec` frames of the runtime. */
export type WireFrames = 'raw' | 'codec'

/** Most variables of a call that a client may bring. */
export const mostVariables = 16

/** First message of the client. */
export interface Hello {
  readonly type: 'hello'
  readonly version: number
  /** `any`: what the server has; its `ready` tells. */
  readonly audio: WireAudio | 'any'
  /** `raw` unless given. */
  readonly frames?: WireFrames
  readonly token?: string
  /** True when the client will report with `played`; false unless given. */
  readonly played?: boolean
  /** Variables of the call: `from`, `to` and others, lower-case names and short texts. */
  readonly call?: Readonly<Record<string, string>>
  /** What the server is to tell of the call; `none` unless given. */
  readonly events?: EventLevel
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
  readonly data: WireJson
}

/** Client: what the caller has typed. It is a whole turn, and interrupts the bot. */
export interface TextMessage {
  readonly type: 'text'
  readonly text: string
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

/** Server: something has happened in the call; only where the hello asked for events. */
export interface EventMessage {
  readonly type: 'event'
  readonly event: CallEvent
}

/** Server: why the connection is about to be closed. */
export interface ErrorMessage {
  readonly type: 'error'
  readonly code: CloseName
  readonly message: string
}

/** Text messages of a client after its hello. */
export type ClientMessage = DtmfMessage | AppMessage | TextMessage | PlayedMessage | ByeMessage
/** Text messages of the server. */
export type ServerMessage =
  | Ready
  | DtmfMessage
  | AppMessage
  | ClearMessage
  | EventMessage
  | ByeMessage
  | ErrorMessage
