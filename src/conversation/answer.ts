import type { InferenceFrame } from '../frames/index.ts'
import type { PlanEnter } from '../graph/plan-agents.ts'
import type { Job } from './scheduler.ts'
import type { Reason } from './turn-state.ts'

/** How a question to the model ended. */
export type Outcome = Exclude<InferenceFrame['outcome'], ''>

/** One answer on its way: from the question to the last of its text. */
export class Answer {
  readonly id: number
  readonly reason: Reason
  /** A sentence that is to be said as it is, before anything else; `{{var}}` in it is expanded then. */
  readonly sentence: string | undefined
  /** The model is asked; not where a sentence is all there is to say. */
  readonly isAsked: boolean
  /** What the model is to do, where that is not to answer what was said last. */
  readonly instruction: string | undefined
  /** What the caller seems to have said and is not on record yet; empty once it is. */
  provisional: string
  /** Number of its response; 0 before that begins. */
  response = 0
  /** The brain has ended the call: this is the last answer. */
  hasToEnd = false
  /** The model is not asked again, whatever its tools answer. */
  isLast = false
  /** What is said before the call is handed over, with `{{var}}` in it; undefined when it is not. */
  farewell: string | undefined
  readonly #farewell = Promise.withResolvers<void>()
  readonly #asking = new AbortController()
  /** The question to the model that has not been answered yet. */
  open: { readonly inference: number; readonly reason: Reason } | undefined
  #isGuess: boolean
  readonly #wanted = Promise.withResolvers<void>()
  readonly #controller = new AbortController()

  /** `enter`: what an agent has to do with the first thing that it says. */
  constructor(job: Job, provisional: string, enter?: PlanEnter) {
    const { id, reason, sentence } = job
    this.id = id
    this.reason = reason
    const entry = enter?.kind === 'say' ? enter.text : undefined
    this.sentence = sentence ?? entry
    this.isAsked = sentence === undefined && (entry === undefined || reason === 'turn')
    this.instruction = enter?.kind === 'instruct' ? enter.text : undefined
    this.provisional = provisional
    this.#isGuess = job.isGuess
    if (!job.isGuess) this.#wanted.resolve()
  }

  /** It was asked before anybody could know that it would be wanted, and nobody knows yet. */
  get isGuess(): boolean {
    return this.#isGuess
  }

  /** Aborted when nobody wants it any more. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Resolves when it is certain that it is wanted, or that it is not: see `signal`. */
  get decided(): Promise<void> {
    return this.#wanted.promise
  }

  /** Aborted when the brain is asked no more: nobody wants the answer, or the call is handed over. */
  get asking(): AbortSignal {
    return this.#asking.signal
  }

  /** Resolves when the call is handed over: nothing is asked or waited for any more. */
  get handedOver(): Promise<void> {
    return this.#farewell.promise
  }

  /** The call is handed over: this is the last it says. */
  sayFarewell(text: string): void {
    this.farewell = text
    this.#farewell.resolve()
    this.#asking.abort(new DOMException('the call is handed over', 'AbortError'))
  }

  promote(): void {
    this.provisional = ''
    this.#isGuess = false
    this.#wanted.resolve()
  }

  abort(reason: string): void {
    const why = new DOMException(reason, 'AbortError')
    this.#controller.abort(why)
    this.#asking.abort(why)
    this.#wanted.resolve()
  }
}
