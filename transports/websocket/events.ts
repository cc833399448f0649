/**
 * What a server tells of a call, message by message: `{ "type": "event", "event": … }`. Types only, and no
 * imports: the browser client reads them, too. `at` is in ms since the call began.
 */

/** How much a client is told. `inspect` holds all of `conversation`, and only some servers allow it. */
export type EventLevel = 'none' | 'conversation' | 'inspect'

/** What happens between the two who talk; nothing of how it comes about. */
export type ConversationEvent =
  | SpeechEvent
  | TranscriptEvent
  | TurnEvent
  | SaidEvent
  | SpeakingEvent
  | HeardEvent
  | InterruptedEvent
  | AgentEvent
  | CallErrorEvent
  | EndedEvent

/** How it comes about: for those who build an agent, not for its callers. */
export type InspectEvent =
  | PulseEvent
  | HoldEvent
  | ToolEvent
  | AskedEvent
  | AnsweredEvent
  | TurnRecordEvent

/** Anything a server tells. */
export type CallEvent = ConversationEvent | InspectEvent

/** A detector hears the caller's voice, or no longer. */
export interface SpeechEvent {
  readonly type: 'speech'
  readonly at: number
  readonly state: 'started' | 'stopped'
}

/** What the caller said. A later one takes the place of one that is not final. */
export interface TranscriptEvent {
  readonly type: 'transcript'
  readonly at: number
  readonly text: string
  readonly final: boolean
  /** The caller has typed it. */
  readonly typed: boolean
}

/** The caller's turn, as the conversation decided. `text`: what was said in it, once it has ended. */
export interface TurnEvent {
  readonly type: 'turn'
  readonly at: number
  readonly state: 'started' | 'ended'
  readonly text: string
}

/**
 * A sentence that the caller begins to hear, as the voice got it. Told again with the same `response` and
 * `span` when more of it is known: the later text takes the place of the earlier.
 */
export interface SaidEvent {
  readonly type: 'said'
  readonly at: number
  readonly response: number
  readonly span: number
  /** Who says it; in a graph without agents the name of the node. */
  readonly agent: string
  readonly text: string
}

/** The bot's sound of one response begins or ends at the caller's ear. */
export interface SpeakingEvent {
  readonly type: 'speaking'
  readonly at: number
  readonly state: 'started' | 'stopped'
  readonly response: number
  readonly agent: string
}

/** How much of a sentence has been heard by now; the last one of a span says whether it was `cut`. */
export interface HeardEvent {
  readonly type: 'heard'
  readonly at: number
  readonly response: number
  readonly span: number
  /** The part of the sentence that was heard, to the word. */
  readonly text: string
  readonly ms: number
  readonly state: 'progress' | 'stopped'
  readonly cut: boolean
}

/** The caller has cut the bot short: nothing more comes of responses up to `through`. */
export interface InterruptedEvent {
  readonly type: 'interrupted'
  readonly at: number
  readonly through: number
  readonly reason: string
}

/** One agent gives the call to another; `done` when the other has it, `returned` when it did not begin. */
export interface AgentEvent {
  readonly type: 'agent'
  readonly at: number
  readonly state: 'started' | 'done' | 'returned'
  readonly from: string
  readonly to: string
}

/** Something failed; the call may go on. */
export interface CallErrorEvent {
  readonly type: 'error'
  readonly at: number
  /** Of the catalogue of errors, or the kind of failure. */
  readonly code: string
  /** A sentence for people. */
  readonly message: string
}

/** The call is over; the last event. */
export interface EndedEvent {
  readonly type: 'ended'
  readonly at: number
  readonly reason: string
}

/** What has passed since the pulse before: every 100 ms at most, and only when something has. */
export interface PulseEvent {
  readonly type: 'pulse'
  readonly at: number
  /** Frames emitted, by node and type: `{ "stt": { "transcript": 2 } }`. */
  readonly nodes: { readonly [node: string]: { readonly [type: string]: number } }
  /** Newest value of each figure. */
  readonly metrics: readonly PulseMetric[]
  /** The response under way, 0 before the first. */
  readonly response: number
  /** Events that were left out since the pulse before, because the client is slow. */
  readonly dropped: number
}

/** A figure of a node. */
export interface PulseMetric {
  readonly node: string
  readonly name: string
  readonly value: number
  readonly unit: string
}

/** The bot's sound is held because the caller seems to speak (`suspect`), and plays on (`reject`) or is cut (`confirm`). */
export interface HoldEvent {
  readonly type: 'hold'
  readonly at: number
  readonly phase: 'suspect' | 'reject' | 'confirm'
  readonly through: number
  readonly reason: string
}

/** A tool is called, or has answered. Neither arguments nor results are told. */
export interface ToolEvent {
  readonly type: 'tool'
  readonly at: number
  readonly callId: string
  readonly name: string
  readonly state: 'called' | 'ok' | 'error' | 'timeout' | 'cancelled'
  /** How long it took, in ms; 0 when it is called. */
  readonly tookMs: number
}

/** A model is asked. */
export interface AskedEvent {
  readonly type: 'asked'
  readonly at: number
  readonly state: 'started' | 'promoted' | 'ended'
  readonly inference: number
  readonly agent: string
  readonly reason: string
  /** On a guess that the caller has finished. */
  readonly speculative: boolean
  /** Once it has ended: `answered`, `superseded`, `discarded`, `cut` or `failed`. */
  readonly outcome: string
}

/** The caller begins to hear an answer: what is known of it by now. Its `turn-record` follows. */
export interface AnsweredEvent {
  readonly type: 'answered'
  readonly at: number
  readonly record: AnswerRecord
}

/** Nothing more comes of an answer: where its time went. */
export interface TurnRecordEvent {
  readonly type: 'turn-record'
  readonly at: number
  readonly record: AnswerRecord
}

/** Parts of the time from the caller's last sound to the first of the answer, in the order of time. */
export type AnswerPart =
  | 'vad'
  | 'stt'
  | 'endpointing'
  | 'queue'
  | 'tools'
  | 'llm'
  | 'sentence'
  | 'tts'
  | 'playout'

/** One answer and what led to it; what did not happen is left out. See `TurnRecord` of `voxgraph`. */
export interface AnswerRecord {
  /** Which answer to the caller it is, from 1; 0 for what answers nothing. */
  readonly number: number
  readonly response: number
  readonly reason: string
  readonly heard: string
  /** When the caller's last sound was, in ms since the call began. */
  readonly speechEndedAt?: number
  /** When the caller began to hear it. */
  readonly heardAt?: number
  /** ms each; they add up to `totalMs`. */
  readonly parts: { readonly [Part in AnswerPart]?: number }
  readonly totalMs?: number
  /** How long the model had been at work before the turn ended. */
  readonly hiddenMs: number
  readonly tools: number
  readonly holds: number
  readonly cutAfterMs?: number
  readonly yieldMs?: number
}
