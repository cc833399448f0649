import type { Log } from '../define/index.ts'
import type { UsageFrame } from '../frames/index.ts'
import type { Plan } from '../graph/plan.ts'
import { createCostMeter, type CallCost, type CostMeter } from '../observe/cost.ts'
import { chargeOf, listPrices, type Prices } from '../observe/prices.ts'

/** What the spending of a call is followed with. */
export interface SpendingInit {
  readonly plan: Plan
  /** Own prices, which go before the list prices. */
  readonly prices: Prices | undefined
  readonly log: Log
  /** How long the call has lasted, in minutes. */
  minutes(): number
  /** The call has cost more than it may; called once. */
  over(usd: number): void
}

/** What a call costs, as it goes on: adds up what its nodes report, and watches the budget of the graph. */
export class Spending {
  readonly #init: SpendingInit
  readonly #prices: Prices
  readonly #meter: CostMeter
  /** Models of which has been told that they have no price. */
  readonly #unknown = new Set<string>()
  readonly #leavers = new Set<() => boolean>()
  #isOver = false
  #isLeaving = false

  constructor(init: SpendingInit) {
    this.#init = init
    this.#prices = [...(init.prices ?? []), listPrices]
    this.#meter = createCostMeter(init.plan, this.#prices)
  }

  /** By now. */
  get cost(): CallCost {
    return this.#meter.cost(this.#init.minutes())
  }

  /** Takes what a node reports, however late; the budget is looked at each time. */
  see({ source, vendor, model, usage }: UsageFrame): void {
    this.#meter.add(source, { vendor, model, usage })
    const { costBudget } = this.#init.plan
    if (costBudget === undefined || this.#isOver) return
    const { unpriced } = chargeOf(this.#prices, vendor, model, usage)
    if (unpriced.length > 0) this.#warn(`${vendor} ${model}`.trim(), unpriced)
    const { usd } = this.cost
    if (usd <= costBudget.usd) return
    this.#isOver = true
    this.#init.over(usd)
  }

  /** See `Host.whenOverspent`; `signal` is aborted when whoever asks is there no more. */
  whenOverspent(leaveOff: () => boolean, signal: AbortSignal): void {
    this.#leavers.add(leaveOff)
    signal.addEventListener('abort', () => this.#leavers.delete(leaveOff), { once: true })
    if (this.#isLeaving) leaveOff()
  }

  /** @returns whether somebody ends the call, once the bot has said what it has to say */
  leave(): boolean {
    this.#isLeaving = true
    return [...this.#leavers].filter((leaveOff) => leaveOff()).length > 0
  }

  #warn(model: string, unpriced: readonly string[]): void {
    if (this.#unknown.has(model)) return
    this.#unknown.add(model)
    const units = unpriced.join(', ').replaceAll('_', ' ')
    const remedy = 'Give its prices with --prices.'
    this.#init.log.warn(`the cost budget does not count ${model}: no price for ${units}. ${remedy}`)
  }
}
