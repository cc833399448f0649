/**
 * What Node and the page of a call say to each other over their socket. Text messages are JSON of these; binary
 * ones are sound, mono, 16 bits, little endian, 48 kHz: what the bot says in one direction, what the caller says
 * in the other. Types only: the page and Node both read this file.
 */

/** Samples per second of sound between Node and the page, in Hz: what WebRTC and its codec Opus work with. */
export type WireRate = 48_000

/** From Node to the page. */
export type ToPage =
  | JoinMessage
  /** Whose sound is to be heard; nobody's before. */
  | { readonly type: 'listen'; readonly to: string }
  /** Throws away what was not played. */
  | { readonly type: 'clear' }
  | CallMessage
  /** Leaves the room; answered with `left`. */
  | { readonly type: 'leave' }

/** How the page joins its room. Said once. */
export interface JoinMessage {
  readonly type: 'join'
  readonly url: string
  readonly token: string
  /** Name of the bot in the room. */
  readonly name: string
  /** Folder of Daily's call machine; Daily's own unless given. */
  readonly bundlePath: string | undefined
}

/** Methods of Daily's call object that are called by name. */
export type CallMethod =
  | 'sendAppMessage'
  | 'sendDTMF'
  | 'sipCallTransfer'
  | 'sipRefer'
  | 'startDialOut'
  | 'stopDialOut'
  | 'updateParticipants'

/** Calls a method of the call object; answered with `result` of the same id. */
export interface CallMessage {
  readonly type: 'call'
  readonly id: number
  readonly method: CallMethod
  readonly args: readonly unknown[]
}

/** Somebody in the room, as the page tells of them. */
export interface Participant {
  readonly id: string
  readonly name: string
  /** `pstn-dial-in`, `sip-dial-out`, `remote-media-player` …; empty for a browser or an app. */
  readonly kind: string
}

/** Events of calls that come or go over the telephone, as Daily tells them. */
export type DialEvent =
  | 'dialin-ready'
  | 'dialin-connected'
  | 'dialin-stopped'
  | 'dialin-error'
  | 'dialin-warning'
  | 'dialout-connected'
  | 'dialout-answered'
  | 'dialout-stopped'
  | 'dialout-error'
  | 'dialout-warning'

/** From the page to Node. */
export type FromPage =
  /** It waits for `join`. */
  | { readonly type: 'ready' }
  /** The bot is in the room; `participant` follows for everybody who is there already. */
  | { readonly type: 'joined'; readonly session: string }
  | { readonly type: 'participant'; readonly state: 'joined' | 'left'; readonly who: Participant }
  /** Samples of the bot's sound that were played, ever; how many are left; how many had no room, ever. */
  | {
      readonly type: 'played'
      readonly samples: number
      readonly waiting: number
      readonly dropped: number
    }
  | { readonly type: 'message'; readonly from: string; readonly data: unknown }
  | { readonly type: 'dtmf'; readonly from: string; readonly tone: string }
  | {
      readonly type: 'dial'
      readonly event: DialEvent
      readonly session: string
      readonly sip: string
      readonly reason: string
    }
  | {
      readonly type: 'result'
      readonly id: number
      readonly value?: unknown
      readonly error?: string
    }
  /** Daily says that the call cannot go on: `ejected`, `exp-room`, `no-room`, `connection-error` … */
  | { readonly type: 'failed'; readonly kind: string; readonly reason: string }
  /** The bot is out of the room. */
  | { readonly type: 'left' }
