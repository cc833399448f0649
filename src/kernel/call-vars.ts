import { VoxgraphError } from '../errors/index.ts'
import type { Json } from '../frames/index.ts'
import type { PlanVar } from '../graph/plan.ts'
import type { Validators } from '../schema/compile.ts'

type Vars = Readonly<Record<string, unknown>>

/** Longest value of a variable that may be set in a call, in characters of JSON. */
export const longestValue = 10_000

/**
 * The variables of one call: what the graph declares, what the connection told, and what tools and
 * hand-offs have set since. What is
 * remembered from an earlier call has been set in that one, and counts so. Everybody in the call sees the same ones.
 */
export class CallVars {
  readonly #declared: Readonly<Record<string, PlanVar>>
  readonly #validators: Validators
  readonly #listeners = new Set<(name: string) => void>()
  readonly #set = new Set<string>()
  #current: Vars

  constructor(initial: Vars, declared: Readonly<Record<string, PlanVar>>, validators: Validators) {
    this.#current = Object.freeze({ ...initial })
    this.#declared = declared
    this.#validators = validators
  }

  /** All of them now: a frozen object, another one after each change. */
  get current(): Vars {
    return this.#current
  }

  /** True for a variable that was set in the call: whoever reads it must take it for data. */
  wasSet(name: string): boolean {
    return this.#set.has(name)
  }

  /**
   * Sets a variable that the graph declares.
   * @throws VoxgraphError `unknown-var` or `bad-var`; nothing is set then
   */
  set(name: string, value: Json): void {
    const declared = Object.hasOwn(this.#declared, name) ? this.#declared[name] : undefined
    if (declared === undefined) {
      const vars = Object.keys(this.#declared).join(', ') || 'none'
      throw new VoxgraphError('unknown-var', { name, vars })
    }
    const [issue] = this.#validators.of(declared.schema)(value)
    const isLong = JSON.stringify(value).length > longestValue
    if (issue !== undefined || isLong) {
      const reason = issue?.message ?? `is longer than ${longestValue} characters`
      throw new VoxgraphError('bad-var', { name, reason })
    }
    this.#current = Object.freeze({ ...this.#current, [name]: value })
    this.#set.add(name)
    for (const listener of this.#listeners) listener(name)
  }

  /** Says that the caller is known from an earlier call: `call.known`. */
  know(): void {
    const call = this.#current['call'] as Vars | undefined
    this.#current = Object.freeze({ ...this.#current, call: { ...call, known: true } })
  }

  /** Calls `listener` after each change, with the name of the variable. */
  onChange(listener: (name: string) => void): void {
    this.#listeners.add(listener)
  }
}
