import type { CallEvent, EventLevel } from '../events.ts'
import type { WireAudio, WireJson } from '../wire.ts'
import type { ClientError } from './client-error.ts'

/** What `connect` takes. */
export interface ConnectInit {
  /** `ws:` or `wss:`; `http:` and `https:` are taken for these. Relative to the page. */
  readonly url: string
  /** Where the server asks for one. It goes in the first message, not in the address. */
  readonly token?: string
  /** Variables of the call: up to 16, lower-case names, texts of up to 200 characters. */
  readonly call?: Readonly<Record<string, string>>
  /** What the server is to tell; `conversation` unless given. */
  readonly events?: EventLevel
  /**
   * True (the default): the microphone is asked for, with echo cancellation, noise suppression and gain control.
   * False: none; it can be turned on later. Constraints are added to the usual ones; a stream is taken as it is,
   * and left open at the end.
   */
  readonly microphone?: boolean | MediaTrackConstraints | MediaStream
  /** False: what the bot says is not played, and nobody asks the page for a gesture; true unless given. */
  readonly speaker?: boolean
  /** Loudness from 0 to 1 at the beginning; 1 unless given. */
  readonly volume?: number
  /** False: a call whose connection breaks is over; true unless given. See `docs/browser-client.md`. */
  readonly reconnect?: boolean
  /**
   * Address of the worklet's module, for pages whose policy forbids `blob:` scripts: `worklet.js` of this folder
   * with the modules beside it, or a bundle of it.
   */
  readonly workletUrl?: string
  /** Ends the call, and gives up on beginning one. */
  readonly signal?: AbortSignal
  /** Listeners that are there from the beginning. */
  readonly on?: { readonly [Name in ClientEventName]?: Listener<Name> }
}

/**
 * - `connecting`: the microphone is asked for, the server is called.
 * - `blocked`: the page may not sound before it is clicked or a key is pressed. It goes on by itself then.
 * - `open`: in a call.
 * - `reconnecting`: the connection broke; a new call is tried.
 * - `closed`: for good.
 */
export type ClientState = 'connecting' | 'blocked' | 'open' | 'reconnecting' | 'closed'

/** A change of state. */
export interface StateChange {
  readonly state: ClientState
  /** Of the call, once it is open. */
  readonly session?: string
  /** Why it is closed: in the words of whoever ended it. */
  readonly reason?: string
  /** Why it is closed or reconnecting, where that was not wished for. */
  readonly error?: ClientError
  /** While reconnecting: which try comes next, from 1, and in how many ms. */
  readonly attempt?: number
  readonly inMs?: number
}

/** How loud both sides are, 0 to 1 (root mean square), ten times a second. */
export interface Levels {
  readonly microphone: number
  readonly bot: number
}

/** What a client tells of itself; events of the call come under their own types. */
export interface OwnEvents {
  readonly state: StateChange
  /** Every event of the call, whatever its type. */
  readonly event: CallEvent
  /** A message of the application. */
  readonly message: { readonly name: string; readonly data: WireJson }
  /** A telephone key that the bot presses. */
  readonly key: { readonly digit: string }
  readonly levels: Levels
}

/** Name of anything that can be listened to: `state`, `transcript`, `said` … */
export type ClientEventName = keyof OwnEvents | CallEvent['type']

/** What comes under a name. */
export type ClientEvent<Name extends ClientEventName> = Name extends keyof OwnEvents
  ? OwnEvents[Name]
  : Extract<CallEvent, { readonly type: Name }>

/** Takes what comes under a name. What it throws is reported to the page and disturbs nobody else. */
export type Listener<Name extends ClientEventName> = (event: ClientEvent<Name>) => void

/** Figures of the sound, for whoever looks into it. */
export interface SoundFigures {
  /** How often the sound ran out in the middle of a sentence. */
  readonly underruns: number
  /** How much sound is waited for before it plays, in ms. */
  readonly bufferMs: number
  /** Sound that waits to be played, in ms. */
  readonly waitingMs: number
  /** Sound played in this call, in ms: what the server is told. */
  readonly playedMs: number
}

/** A call from a browser. What is sent while it is not open is dropped. */
export interface VoiceClient {
  readonly state: ClientState
  /** Id of the call on the server; empty before it is open. */
  readonly session: string
  /** The sound of the call; undefined before it is open. */
  readonly audio: WireAudio | undefined
  readonly levels: Levels
  readonly figures: SoundFigures
  /** True when the server gets silence instead of the microphone. */
  muted: boolean
  /** True when there is a microphone. */
  readonly hasMicrophone: boolean
  /** Loudness of the bot, 0 to 1. */
  volume: number
  /** Listens. Gives what ends that. */
  on<Name extends ClientEventName>(name: Name, listener: Listener<Name>): () => void
  /**
   * Asks for the microphone, where the call began without.
   * @throws ClientError `microphone-denied`, `microphone-missing` or `no-audio`
   */
  useMicrophone(): Promise<void>
  /** Says something by typing: a turn of its own; a bot that speaks is interrupted. Up to 4000 characters. */
  sendText(text: string): void
  /** Presses a telephone key: `0`–`9`, `*`, `#`, `A`–`D`. */
  sendKey(digit: string): void
  sendMessage(name: string, data: WireJson): void
  /** Hangs up and lets go of everything: socket, microphone, sound. Resolves when that is done. */
  close(): Promise<void>
}
