import type { NodeDefinition } from '../define/index.ts'
import type { Host } from '../kernel/host.ts'
import type { Member } from '../kernel/members.ts'
import type { Keeper } from '../kernel/shared.ts'
import { createBreakers, type Breakers } from './breakers.ts'
import { Choice, type Try } from './choice.ts'
import { openMs, tellFailure, tooLate } from './trouble.ts'

/** What can be set up and closed: a voice, a recogniser, a brain. */
export interface Closable {
  close?(): void | Promise<void>
}

/** What a cast is made from. */
export interface CastInit<D extends NodeDefinition, T extends Closable> {
  readonly host: Host
  readonly members: readonly Member<D>[]
  readonly process: Keeper
  setUp(member: Member<D>): Promise<T>
}

/**
 * The providers that a node may be. Each is set up when it is needed for the first time and kept for the
 * call; one that could not be set up is tried again when it is its turn.
 */
export class Cast<D extends NodeDefinition, T extends Closable> {
  readonly #init: CastInit<D, T>
  readonly #breakers: Breakers
  readonly #opened = new Map<Member<D>, Promise<T>>()

  constructor(init: CastInit<D, T>) {
    this.#init = init
    const { clock } = init.host
    this.#breakers = init.process.keep('breakers', () => createBreakers(clock))
  }

  /** Who does the next piece of work. */
  choose(): Choice<D> {
    return new Choice(this.#init.members, this.#breakers)
  }

  /**
   * Sets up the first that can be: a call does not begin without.
   * @throws the failure of the last one, when none can
   */
  async openFirst(): Promise<void> {
    const { host } = this.#init
    const choice = this.choose()
    for (let now: Try<D> | undefined = choice.first(); ;) {
      const asked: Try<D> = now
      try {
        await this.open(asked, host.signal)
        choice.opened()
        return
      } catch (thrown) {
        now = choice.after(thrown)
        // Whoever is alone says so by failing the node.
        if (this.#init.members.length > 1) tellFailure(host, asked, thrown, now)
        if (now === undefined || host.signal.aborted) throw thrown
      }
    }
  }

  /**
   * The one that is to be asked, ready, after the pause that it is to have.
   * @throws what its set-up throws; `timeout` when that takes too long; the signal's reason
   */
  async open({ member, afterMs }: Try<D>, signal: AbortSignal): Promise<T> {
    if (afterMs > 0) await this.#init.host.clock.sleep(afterMs, signal)
    const known = this.#opened.get(member)
    if (known !== undefined) return known
    const opening = this.inTime(member, this.#init.setUp(member))
    this.#opened.set(member, opening)
    opening.catch(() => this.#opened.delete(member))
    return opening
  }

  /** Closes everything that was set up. */
  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#opened.values())
    await Promise.all(all.map(async (one) => one.status === 'fulfilled' && one.value.close?.()))
  }

  /**
   * What is being opened, if it comes in time; closed when it comes later.
   * @throws `timeout`
   */
  async inTime<O extends Closable>(member: Member<D>, making: Promise<O>): Promise<O> {
    // What has no limit is embedded: the session's own deadline is enough.
    if (member.plan.limits.timeoutMs === undefined) return making
    const { clock } = this.#init.host
    const late = Promise.withResolvers<never>()
    const cancel = clock.after(openMs, () =>
      late.reject(tooLate(member, 'it was not ready', openMs)),
    )
    try {
      return await Promise.race([making, late.promise])
    } catch (thrown) {
      // It may still come, when nobody waits for it.
      making.then((made) => made.close?.()).catch(() => undefined)
      throw thrown
    } finally {
      cancel()
    }
  }
}
