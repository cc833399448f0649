import type { PlayoutFrame } from '../frames/index.ts'

/** Knows whether the caller hears the bot: what was given to the voice, and what the transport tells of it. */
export class LineSound {
  /** When anything was heard last, on the clock of the call; 0 before. */
  lastAt = 0
  readonly #isTold: boolean
  readonly #now: () => number
  /** Last span that was given to the voice, and last one that has begun to sound. */
  #given = 0
  #begun = 0
  #waiting: (() => void)[] = []

  /** `isTold`: a transport tells what is heard; otherwise what is given counts as heard at once. */
  constructor(isTold: boolean, now: () => number) {
    this.#isTold = isTold
    this.#now = now
  }

  /** Something was given to the voice of which nothing has been heard. */
  get isAwaited(): boolean {
    return this.#begun < this.#given
  }

  /** Text of a span goes to the voice. */
  gives(span: number): void {
    this.#given = span
    if (this.#isTold) return
    this.#begun = span
    this.lastAt = this.#now()
  }

  /** What was given so far is cut: nothing more of it will be heard. */
  cut(): void {
    this.#begun = this.#given
  }

  /** The transport says what is heard: while a span sounds it does so five times in a second. */
  hears({ span }: PlayoutFrame): void {
    this.#begun = Math.max(this.#begun, span)
    this.lastAt = this.#now()
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves when the transport says something. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
