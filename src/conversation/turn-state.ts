import type { Thresholds } from './turn-policy.ts'

/** Why the model is asked to speak. */
export type Reason = 'start' | 'turn' | 'tool-result' | 'idle' | 'handoff' | 'budget' | 'trouble'

/** What the caller has said in the turn under way. */
export interface OpenTurn {
  readonly since: number
  /** Final transcripts so far. */
  readonly finals: readonly string[]
  /** What was heard after them and may still be revised. */
  readonly interim: string
  /** Least confidence of the finals; undefined where none is given. */
  readonly confidence: number | undefined
  /** True end of the speech in it; undefined while the caller speaks, and when no detector said so. */
  readonly endedAt: number | undefined
  /** When the newest final came, and the newest text of any kind. */
  readonly finalAt: number | undefined
  readonly textAt: number | undefined
  /** Somebody is sure that it is over, though the words may not all be there. */
  readonly isOver: boolean
  /** Somebody thinks that it is probably over. */
  readonly isLikelyOver: boolean
  /** The recogniser is known to be late: its words are waited for longer than usual. */
  readonly isLate: boolean
  /** Some of it was typed: it is neither noise nor a listener's word. */
  readonly isTyped: boolean
}

/** What the bot says, from the moment it sets out to say it until the caller has heard it. */
export interface Floor {
  readonly response: number
  /** Undefined: it cannot be interrupted. */
  readonly thresholds: Thresholds | undefined
}

/** The bot is held because the caller may be taking the floor. */
export interface Suspicion {
  readonly since: number
  /** Finals that the turn had by then: they are no reason. */
  readonly from: number
  /** True beginning of the voice that raised it. */
  readonly voiceSince: number
}

/** Who has the floor, and everything that it depends on. Times are ms on the session clock. */
export interface TurnState {
  readonly now: number
  readonly startedAt: number | undefined
  /** True beginning of what the detector hears now. */
  readonly voiceSince: number | undefined
  /** Somebody has asked whether that voice is an interruption. */
  readonly isVoiceJudged: boolean
  /** True end of what it heard last. */
  readonly voiceEndedAt: number | undefined
  readonly turn: OpenTurn | undefined
  readonly suspicion: Suspicion | undefined
  readonly floor: Floor | undefined
  /** The model was asked and has not begun to answer. */
  readonly isAsking: boolean
  /** What a speculative question was about; undefined when there is none. */
  readonly guess: string | undefined
  /** Words that were taken for final before the recogniser said so. */
  readonly provisional: { readonly text: string; readonly at: number } | undefined
  /** The first thing the bot had to say is over. */
  readonly hasSpoken: boolean
  /** Sentence that the caller hears or has just heard, for the echo rule. */
  readonly playing: { readonly text: string; readonly until: number | undefined }
  readonly tools: number
  /** Tools have answered, and the model has not been told. */
  readonly isOwed: boolean
  readonly keys: { readonly digits: string; readonly at: number } | undefined
  /** Since when nobody has said anything, and how many steps have been taken about it. */
  readonly idle: { readonly since: number; readonly done: number } | undefined
  /** How long the last final transcripts took, newest last. */
  readonly finalDelays: readonly number[]
  readonly isEnding: boolean
  /** Since when the call has cost as much as it may, and what is said before it ends. */
  readonly overspent: { readonly since: number; readonly say: string | undefined } | undefined
  /** The floor is on its way to somebody else: what the caller says waits for whoever gets it. */
  readonly isHandingOver: boolean
  /** Whoever has got the floor has something to say as soon as the caller leaves room for it. */
  readonly mayEnter: boolean
}

/** A turn in which nothing has been said. */
export const newTurn = (since: number): OpenTurn => ({
  since,
  finals: [],
  interim: '',
  confidence: undefined,
  endedAt: undefined,
  finalAt: undefined,
  textAt: undefined,
  isOver: false,
  isLikelyOver: false,
  isLate: false,
  isTyped: false,
})

/** Before anything has happened. */
export const initialTurns: TurnState = {
  now: 0,
  startedAt: undefined,
  voiceSince: undefined,
  isVoiceJudged: false,
  voiceEndedAt: undefined,
  turn: undefined,
  suspicion: undefined,
  floor: undefined,
  isAsking: false,
  guess: undefined,
  provisional: undefined,
  hasSpoken: false,
  playing: { text: '', until: undefined },
  tools: 0,
  isOwed: false,
  keys: undefined,
  idle: undefined,
  finalDelays: [],
  isEnding: false,
  overspent: undefined,
  isHandingOver: false,
  mayEnter: false,
}

/** What happens in a conversation; `at` in ms on the session clock, never less than before. */
export type TurnEvent = { readonly at: number } &
  /** The call begins; `waits`: for the caller to speak. */
  (
    | { readonly type: 'start'; readonly waits?: boolean }
    /** The detector's edges of the caller's voice; `latency` as in the `speech` fact. */
    | { readonly type: 'speech'; readonly state: 'started' | 'stopped'; readonly latency: number }
    | { readonly type: 'interim'; readonly text: string }
    /** Empty when there was sound and no words in it. */
    | {
        readonly type: 'final'
        readonly text: string
        readonly confidence?: number | undefined
        /** It is all that the caller has to say: typed, for example. */
        readonly isWhole?: boolean
      }
    /** What a recogniser or an end-of-turn model thinks of the caller's turn. */
    | {
        readonly type: 'opinion'
        readonly state: 'eager' | 'resumed' | 'ended'
        readonly probability?: number | undefined
      }
    | { readonly type: 'key'; readonly digit: string }
    /** The bot has set out to say something. */
    | {
        readonly type: 'responding'
        readonly response: number
        readonly reason: string
        readonly thresholds: Thresholds | undefined
      }
    /** The caller begins to hear a sentence. */
    | { readonly type: 'sounding'; readonly response: number; readonly text: string }
    /** A response has been heard to its end, or there was nothing in it to hear. */
    | { readonly type: 'finished'; readonly response: number }
    /** The model has been told everything there is. */
    | { readonly type: 'asked' }
    /** The brain was replaced in the middle of the call; `isOwed`: the caller waits for an answer. */
    | { readonly type: 'resumed'; readonly isOwed: boolean }
    /** Whoever has the floor is about to give it away: nobody is asked anything. */
    | { readonly type: 'handing-over' }
    /** Somebody has the floor, and answers the caller; `speaks`: even when there is nothing to answer. */
    | { readonly type: 'seated'; readonly speaks: boolean }
    /** How many tools are at work. */
    | { readonly type: 'tools'; readonly running: number }
    /** Tools whose response is over have answered. */
    | { readonly type: 'results' }
    /** The call has cost as much as it may: nobody is asked anything, and it ends when nobody speaks. */
    | { readonly type: 'overspent'; readonly say: string | undefined }
    /** The caller has stopped, and nobody has said what was said: the caller is asked to wait. */
    | { readonly type: 'unheard' }
    /** The call is to end: nothing new is begun. */
    | { readonly type: 'ending' }
    /** Time has passed. */
    | { readonly type: 'tick' }
  )

/** An event as whoever tells of it knows it: the conversation puts in the time. */
export type TurnFact = TurnEvent extends infer E
  ? E extends TurnEvent
    ? Omit<E, 'at'>
    : never
  : never

/** What is to be done about it, in this order. */
export type TurnCommand =
  /** Tells everybody how the caller's turn goes. */
  | {
      readonly type: 'turn'
      readonly state: 'started' | 'eager' | 'resumed' | 'ended'
      readonly text: string
    }
  /** Puts what the caller said on record. */
  | { readonly type: 'heard'; readonly text: string }
  /** What was put on record as `was` is better known now. */
  | { readonly type: 'amend'; readonly was: string; readonly text: string }
  | { readonly type: 'suspect'; readonly response: number; readonly reason: string }
  | { readonly type: 'confirm'; readonly response: number; readonly reason: string }
  | { readonly type: 'reject'; readonly response: number; readonly reason: string }
  | { readonly type: 'infer'; readonly reason: Reason }
  /** Asks the model before it is certain that the turn is over; `interim` is not on record yet. */
  | { readonly type: 'speculate'; readonly interim: string }
  /** The guess was wrong. */
  | { readonly type: 'discard' }
  | { readonly type: 'say'; readonly text: string; readonly reason: Reason }
  | { readonly type: 'end'; readonly reason: string }

/** The same for whoever gets the floor next: nothing is said or asked, and the caller's turn goes on. */
export const handedOn = (state: TurnState): TurnState => ({
  ...state,
  suspicion: undefined,
  floor: undefined,
  isAsking: false,
  guess: undefined,
  tools: 0,
  isOwed: false,
  mayEnter: false,
  idle: undefined,
})
