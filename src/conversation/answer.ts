import type { InferenceFrame } from '../frames/index.ts'
import type { Job } from './scheduler.ts'
import type { Reason } from './turn-state.ts'

/** How a question to the model ended. */
export type Outcome = Exclude<InferenceFrame['outcome'], ''>

/** One answer on its way: from the question to the last of its text. */
export class Answer {
  readonly id: number
  readonly reason: Reason
  /** A sentence that is to be said as it is; undefined when the model is asked. */
  readonly sentence: string | undefined
  /** What the caller seems to have said and is not on record yet; empty once it is. */
  provisional: string
  /** Number of its response; 0 before that begins. */
  response = 0
  /** The brain has ended the call: this is the last answer. */
  hasToEnd = false
  /** The question to the model that has not been answered yet. */
  open: { readonly inference: number; readonly reason: Reason } | undefined
  #isGuess: boolean
  readonly #wanted = Promise.withResolvers<void>()
  readonly #controller = new AbortController()

  constructor(job: Job, provisional: string) {
    this.id = job.id
    this.reason = job.reason
    this.sentence = job.sentence
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

  promote(): void {
    this.provisional = ''
    this.#isGuess = false
    this.#wanted.resolve()
  }

  abort(reason: string): void {
    this.#controller.abort(new DOMException(reason, 'AbortError'))
    this.#wanted.resolve()
  }
}
