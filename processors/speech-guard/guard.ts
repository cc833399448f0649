import { derive, text as textOf, type TextFrame, type TranscriptFrame } from 'voxgraph/plugin'
import { Sieve } from './sieve.ts'
import { Watch, type Guarded, type WatchOptions } from './watch.ts'

/** Responses that are open at a time; of an older one nothing more is said. */
const mostOpen = 16

/**
 * Keeps a watch for each response whose beginning it was told of. Of a response that is cut, or whose
 * beginning it has missed, it gives no text.
 */
export class Guard {
  readonly #options: WatchOptions
  readonly #open = new Map<number, Watch>()
  #cutThrough = 0

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** A response begins. */
  begin(response: number): void {
    const open = this.#open
    open.set(response, new Watch(this.#options))
    for (const old of open.keys()) if (open.size > mostOpen) open.delete(old)
  }

  /** Responses are cut: what is held of them is forgotten. */
  cut(through: number): void {
    this.#cutThrough = Math.max(this.#cutThrough, through)
    for (const response of this.#open.keys()) {
      if (response <= this.#cutThrough) this.#open.delete(response)
    }
  }

  /** A response ends: gives what was held. */
  end(response: number): Iterable<Guarded> {
    const watch = this.#open.get(response)
    this.#open.delete(response)
    return watch === undefined ? [] : closing(watch, () => watch.over())
  }

  /** Takes a piece of text. */
  text(frame: TextFrame): Iterable<Guarded> {
    const { response } = frame
    if (response !== 0 && response <= this.#cutThrough) return []
    const known = this.#open.get(response)
    const watch = known ?? new Watch(this.#options)
    if (known !== undefined) return closing(watch, () => watch.text(frame), frame)
    if (response === 0) return [...watch.text(frame), ...watch.over()]
    // Its beginning went to the instance before this one, which failed and has said so.
    this.#open.set(response, watch)
    return watch.shut(frame, '')
  }

  /** Takes what is no text of a brain, as a sentence by itself. */
  transcript(frame: TranscriptFrame): TextFrame | TranscriptFrame | undefined {
    const sieve = new Sieve(this.#options.rules)
    const first = sieve.push(frame.text)
    const { text, masked, blocked } = first.blocked === undefined ? sieve.end() : first
    if (blocked !== undefined) {
      this.#options.report.blocked(blocked.name)
      return frame.final && blocked.say !== '' ? textOf({ text: blocked.say }) : undefined
    }
    const rules = [...first.masked, ...masked]
    for (const rule of rules) this.#options.report.masked(rule)
    return rules.length === 0 ? frame : derive(frame, { text: first.text + text, words: undefined })
  }
}

/** Gives what `work` does; where that fails, what is said instead goes out before the failure is known. */
function closing(
  watch: Watch,
  work: () => readonly Guarded[],
  frame?: TextFrame,
): Iterable<Guarded> {
  try {
    return work()
  } catch (thrown) {
    return thrownAfter(watch.shut(frame), thrown)
  }
}

function* thrownAfter(frames: readonly Guarded[], thrown: unknown): Generator<Guarded> {
  yield* frames
  throw thrown
}
