import type { Cancel, Clock } from '../time/clock.ts'

/** Longest that a caller is heard by the ears of an agent which has not the floor any more, in ms. */
const longestOverlapMs = 15_000

/**
 * Whose recogniser hears the caller, where agents have recognisers of their own: that of whoever has the
 * floor. A caller who is speaking when the floor moves is heard out by the old one first, so that no word is
 * heard in two halves.
 */
export class Ears {
  #agent: string | undefined
  #cancel: Cancel | undefined
  /** Agents take sound. Where they take words, everybody hears with the same ears. */
  areOwn = false

  /** The agent that the caller's sound goes to. */
  hearing(holder: string): string {
    return this.#agent ?? holder
  }

  /** The floor moves away from an agent; `isSpeaking`: the caller is. */
  left(agent: string, isSpeaking: boolean, clock: Clock): void {
    this.reset()
    if (!this.areOwn || !isSpeaking) return
    this.#agent = agent
    this.#cancel = clock.after(longestOverlapMs, () => this.reset())
  }

  /** An agent cannot hear any more: what the caller says goes to whoever has the floor. */
  lose(agent: string): void {
    if (this.#agent === agent) this.reset()
  }

  /** The caller has paused, or nobody is left to hear. */
  reset(): void {
    this.#agent = undefined
    this.#cancel?.()
    this.#cancel = undefined
  }
}
