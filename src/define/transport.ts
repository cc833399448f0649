import type { Observable } from 'rxjs'
import type { AudioFrame, DtmfFrame, Frame, MessageFrame } from '../frames/index.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Clock } from '../time/clock.ts'
import type { Ports } from './ports.ts'
import { noOptions, type Log } from './processor.ts'
import type { VerifyContext } from './vendor.ts'
import type { Web } from './web.ts'

/** How a call is given to somebody else. */
export interface TransferInit {
  /** Aborts when the caller has gone, or nobody has taken the call in time: whoever rings is let go. */
  readonly signal: AbortSignal
  /**
   * Warm: what the human who answers is told before the caller comes. Undefined is cold: the carrier takes
   * the call at once.
   */
  readonly brief: string | undefined
  /**
   * The brief in the bot's voice, in the format of the input port `audio`, for transports whose carrier
   * cannot speak. Made when it is asked for.
   */
  readonly speak?: (text: string) => Promise<readonly AudioFrame[]>
}

/** Room for one call. */
export interface Place {
  /** Gives it back; only where no call came of it. */
  leave(): void
}

/** Why there is no room: so many calls as there may be, a process that cannot keep up, or one that is going down. */
export interface Busy {
  readonly busy: 'full' | 'overloaded' | 'draining'
}

/** Why there is no room, as whoever calls is told. */
export const busyTexts: Readonly<Record<Busy['busy'], string>> = {
  full: 'all lines are busy',
  overloaded: 'the server cannot take more calls now',
  draining: 'the server is going down',
}

/** Whom a transport is to call. */
export interface DialInit {
  /** A number (`+15551234567`) or what else the transport can ring (`sip:…`). */
  readonly to: string
  /** Variables of the call, beside those that the transport knows. */
  readonly call?: Readonly<Record<string, unknown>>
  /** Stops ringing when it is aborted. */
  readonly signal: AbortSignal
}

/** One caller, as a transport hands it to the runtime. */
export interface Connection {
  /** Variables of the call: `from`, `to`, `direction`, and what else the transport knows of it. */
  readonly call: Readonly<Record<string, unknown>>
  /**
   * What the caller sends: audio (role `user`, in the format of the output port), keys and messages. A final
   * transcript is what the caller has typed: it goes past the nodes between to whoever has the floor, and is
   * a whole turn.
   * Subscribed once, when the session is ready. Completes when the caller is gone, fails when the
   * connection breaks.
   */
  readonly frames: Observable<Frame>
  /**
   * Takes sound to be played next. The runtime paces it: at most the lead (200 ms) is handed over ahead
   * of what the caller hears. Must not wait.
   */
  play(frame: AudioFrame): void
  /** Sends a key or a message. Must not wait. */
  send(frame: DtmfFrame | MessageFrame): void
  /**
   * Throws away sound that was handed over and has not been heard; also when it is only held. What is
   * played after it is heard at once: first the 5 ms in which the sound fades.
   */
  clear(): void
  /**
   * Milliseconds of the sound handed over since the connection began that the far end says it has
   * played. Left out where the far end does not say; then the pacer's own time counts.
   */
  played?(): number
  /**
   * How far ahead of hearing sound is handed over, in ms; 200 unless given, 20 at least. Less where the far end
   * cannot throw away what it has got: so long it sounds on after an interruption.
   */
  readonly leadMs?: number
  /**
   * Gives the call to somebody else: a phone number (`+1555…`), `sip:…` or `queue:<name>`. Resolves when the far end
   * has taken it; rejects when it does not, and the call goes on. `frames` do not end before that because the caller
   * is taken away: it would be taken for hanging up. Left out where the transport has no means:
   * then the far end gets a message `transfer` with `{ to }`, and `{ brief }` where there is one, and the call ends.
   */
  transfer?(destination: string, init: TransferInit): Promise<void>
  /**
   * Shown every frame that is emitted in the call, as it is emitted, for those who tell the far end what
   * happens (transcripts, who speaks). Must not wait; what it throws is ignored. It is shown everything, the
   * caller's own secrets and the model's included: choose what leaves the process.
   */
  see?(frame: Frame): void
  /** Ends the call from our side. Called once; has a deadline. */
  close(reason: string): void | Promise<void>
}

/** A transport that is open for calls. */
export interface Listener {
  /** Where callers reach it, for people to read. */
  readonly address: string
  /** Resolves when there will be no more calls (a file was played to its end). */
  readonly done?: Promise<void>
  /**
   * Calls somebody. Resolves when the call is answered: it has come by `accept` then, with `direction`
   * `outbound`. Left out where the transport cannot.
   * @throws VoxgraphError `dial-failed`: busy, no answer, refused
   */
  dial?(init: DialInit): Promise<void>
  /** Takes no more calls and frees the address. Calls under way are not touched. */
  close(): Promise<void>
}

/** What `listen` gets. */
export interface ListenContext<Options> {
  readonly options: Options
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the process lets go of the transport. */
  readonly signal: AbortSignal
  /** HTTP of the process, for sockets and webhooks. */
  readonly web: Web
  /** Name of the graph. */
  readonly graph: string
  /** Callers may be shown how answers come about (figures, tools, times); they may not unless it is true. */
  readonly inspect?: boolean
  /**
   * Asks for room for one more call before the caller is answered; where there is none the caller is told so
   * in the transport's own language.
   */
  admit(): Place | Busy
}

/** Takes a call. `place` is given back when the call is over; without one the call is taken however full it is. */
export type Accept = (connection: Connection, place?: Place) => void

/** What the author of a transport writes. */
export interface TransportSpec<I extends Ports, O extends Ports, S extends JsonSchema> {
  readonly id: string
  readonly summary: string
  /** Inputs: what it takes to the caller (`audio`, `dtmf`, `message`). Outputs: what the caller sends. */
  readonly ports: { readonly in: I; readonly out: O }
  readonly options?: S
  readonly realTime?: true
  /**
   * The far end brings back what is played (a telephone without echo cancellation): text that repeats the
   * bot's own words is nobody's, unless the graph says otherwise.
   */
  readonly echoes?: true
  /** Whose network calls come over: `twilio`. What it charges for a minute is found by it. */
  readonly vendor?: string
  /** Asks that vendor, before calls are taken, whether it accepts the keys. @throws ProviderError */
  readonly verify?: (ctx: VerifyContext<Infer<S>>) => Promise<void>
  /**
   * Opens for calls; each caller is given to `accept` once. `accept` never throws; the runtime closes a
   * connection that it cannot serve.
   */
  readonly listen: (ctx: ListenContext<Infer<S>>, accept: Accept) => Promise<Listener>
}

/** A transport as the runtime holds it. */
export interface TransportDefinition {
  readonly kind: 'transport'
  readonly id: string
  readonly summary: string
  readonly role: 'transport'
  readonly ports: { readonly in: Ports; readonly out: Ports }
  readonly options: JsonSchema
  readonly frames: readonly []
  readonly safety: false
  readonly realTime: boolean
  readonly echoes: boolean
  readonly vendor?: string | undefined
  readonly verify?: ((ctx: VerifyContext<never>) => Promise<void>) | undefined
  readonly listen: (ctx: ListenContext<never>, accept: Accept) => Promise<Listener>
}

/** Defines a transport: the edge of a graph, where callers come in. */
export function defineTransport<
  const I extends Ports,
  const O extends Ports,
  const S extends JsonSchema = typeof noOptions,
>(spec: TransportSpec<I, O, S>): TransportDefinition {
  return {
    kind: 'transport',
    id: spec.id,
    summary: spec.summary,
    role: 'transport',
    ports: spec.ports,
    options: spec.options ?? noOptions,
    frames: [],
    safety: false,
    realTime: spec.realTime ?? false,
    echoes: spec.echoes ?? false,
    vendor: spec.vendor,
    verify: spec.verify,
    listen: spec.listen as TransportDefinition['listen'],
  }
}
