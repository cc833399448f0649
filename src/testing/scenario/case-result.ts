import type { TestEvent } from './events.ts'
import type { Step } from './scenario.ts'

/** How a case went. */
export interface CaseResult {
  readonly name: string
  /** As the user named the file, and the line of the case in it. */
  readonly file: string
  readonly line: number
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped, where the file says so. */
  readonly reason: string
  readonly failure: CaseFailure | undefined
  /** Length of the call in virtual time, and what it took in real time, in ms. */
  readonly virtualMs: number
  readonly realMs: number
  readonly events: readonly TestEvent[]
  readonly marks: readonly StepMark[]
}

/** Why a case failed. */
export interface CaseFailure {
  /** Undefined when it is about the call as a whole. */
  readonly step: Step | undefined
  readonly message: string
  /** What comes nearest to what was expected. */
  readonly candidates: readonly string[]
}

/** Where a step stands in the record of events: before event number `index`. */
export interface StepMark {
  readonly index: number
  readonly at: number
  readonly shown: string
  readonly failed: boolean
}

/** Thrown by a step that does not go as it should. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed'
  readonly candidates: readonly string[]

  constructor(message: string, candidates: readonly string[] = []) {
    super(message)
    this.candidates = candidates
  }
}
