import type { Frame } from '../frames/index.ts'
import type { CallCost } from './cost.ts'
import type { TurnRecord } from './turn-record.ts'

/** What an edge has carried in a session. */
export interface EdgeFigures {
  /** `stt.transcript -> llm.text` */
  readonly id: string
  /** Frames taken in. */
  readonly passed: number
  /** Frames lost because the input was full. */
  readonly dropped: number
  /** Frames of cut responses that it swallowed. */
  readonly cut: number
  readonly depth: number
  readonly maxDepth: number
  /** Time that frames have waited, in ms: in all, and the longest. */
  readonly waitMs: number
  readonly maxWaitMs: number
}

/** Figures of a whole session. */
export interface SessionFigures {
  /** Frames emitted, by type. */
  readonly frames: Readonly<Record<string, number>>
  readonly edges: readonly EdgeFigures[]
  /** Frames lost because an input was full. */
  readonly dropped: number
  /** Frames of cut responses swallowed on their way. */
  readonly cut: number
  /** Frames of cut responses that a transport would have played: always 0. */
  readonly stale: number
  readonly responses: number
  readonly interruptions: number
  /** From start to stop, in ms on the session clock. */
  readonly durationMs: number
}

/** How a session ended. */
export interface SessionSummary {
  readonly session: string
  readonly reason: string
  /** What ended it, where that was an error. */
  readonly error: Error | undefined
  readonly figures: SessionFigures
  /** What the vendors of the call will charge for it, as far as prices are known. */
  readonly cost: CallCost
}

/** Everything that can be seen of a session from outside, in the order in which it happened. */
export type Inspection =
  | {
      readonly type: 'session.started'
      readonly session: string
      readonly vars: Readonly<Record<string, unknown>>
    }
  /** A frame was emitted (not: passed on). */
  | { readonly type: 'frame'; readonly session: string; readonly frame: Frame }
  | { readonly type: 'node.ready'; readonly session: string; readonly node: string }
  | { readonly type: 'log'; readonly session: string; readonly record: LogRecord }
  /** An answer took longer than a budget of the graph allows. It stands behind the frame that shows it. */
  | {
      readonly type: 'over-budget'
      readonly session: string
      /** ms on the session clock. */
      readonly at: number
      /** Name of the budget. */
      readonly budget: string
      readonly limitMs: number
      readonly actualMs: number
      /** The answer, as it was known by then. */
      readonly turn: TurnRecord
    }
  /** The call has cost more than the graph allows. Told once. */
  | {
      readonly type: 'over-cost'
      readonly session: string
      /** ms on the session clock. */
      readonly at: number
      readonly limitUsd: number
      /** By then. */
      readonly usd: number
      /** The call ends for it. */
      readonly ends: boolean
    }
  | { readonly type: 'session.ended'; readonly session: string; readonly summary: SessionSummary }

/** A line of the log. */
export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn'
  /** ms on the session clock. */
  readonly at: number
  /** Empty for the session itself. */
  readonly node: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>> | undefined
}

/** Sees inspection events. What it throws is ignored; it must not wait. */
export type Observe = (event: Inspection) => void
