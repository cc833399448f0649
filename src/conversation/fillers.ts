import type { Filler } from '../graph/plan.ts'
import type { Host } from '../kernel/host.ts'
import type { LineSound } from './line-sound.ts'

/** A tool call that an answer waits for. */
export interface AwaitedCall {
  /** What is said meanwhile; undefined: nothing. */
  readonly filler: Filler | undefined
  /** Resolves when nobody has to wait for it any more. */
  readonly done: Promise<unknown>
}

/** What is waited for, and since when. */
export interface Wait {
  readonly calls: readonly AwaitedCall[]
  /** When the first of them was made. */
  readonly since: number
  /** The model has said something itself: that counts as the first sentence. */
  readonly hasWords: boolean
  /** Resolves when the wait is over. */
  readonly over: Promise<unknown>
}

/**
 * Words for the time in which tools are at work. They are said when nothing has been heard for as long as the
 * filler says, in turn, so that none comes twice in a row; several tools that are waited for share one sentence.
 */
export class Fillers {
  readonly #host: Host
  readonly #sound: LineSound
  /** Sentences said so far, by filler. */
  readonly #said = new WeakMap<Filler, number>()

  constructor(host: Host, sound: LineSound) {
    this.#host = host
    this.#sound = sound
  }

  /**
   * Sentences to be said, each when its time has come, until the wait is over. Nothing is decided ahead: a
   * tool that answers first has none said for it.
   */
  async *during({ calls, since, hasWords, over }: Wait): AsyncGenerator<string> {
    const open = new Set(calls.filter(({ filler }) => filler !== undefined))
    for (const call of open) void call.done.then(() => open.delete(call))
    let isRepeat = hasWords
    for (;;) {
      const next = this.#next([...open], since, isRepeat)
      const what = await this.#until(next?.at, over)
      if (what === 'over') return
      if (what === 'moved' || next === undefined) continue
      if (this.#next([...open], since, isRepeat)?.filler !== next.filler) continue
      // Nobody is asked for patience in a call that is about to end.
      if (this.#host.isEnding()) return
      isRepeat = true
      yield this.#sentence(next.filler)
    }
  }

  /** Which filler is due first, and when; undefined when none is, or something is about to be heard. */
  #next(
    calls: readonly AwaitedCall[],
    since: number,
    isRepeat: boolean,
  ): { readonly filler: Filler; readonly at: number } | undefined {
    if (this.#sound.isAwaited) return undefined
    const from = Math.max(since, this.#sound.lastAt)
    return calls
      .flatMap(({ filler }) => {
        const afterMs = isRepeat ? filler?.everyMs : filler?.afterMs
        return filler === undefined || afterMs === undefined ? [] : [{ filler, at: from + afterMs }]
      })
      .toSorted((one, other) => one.at - other.at)[0]
  }

  async #until(at: number | undefined, over: Promise<unknown>): Promise<'over' | 'moved' | 'due'> {
    const { clock } = this.#host
    const due = Promise.withResolvers<'due'>()
    const cancel =
      at === undefined
        ? undefined
        : clock.after(Math.max(0, at - clock.now()), () => due.resolve('due'))
    try {
      const moved = this.#sound.moved().then(() => 'moved' as const)
      return await Promise.race([over.then(() => 'over' as const), moved, due.promise])
    } finally {
      cancel?.()
    }
  }

  #sentence(filler: Filler): string {
    const count = this.#said.get(filler) ?? 0
    this.#said.set(filler, count + 1)
    return filler.say[count % filler.say.length] ?? ''
  }
}
