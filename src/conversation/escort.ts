import { handoff, interrupt, type Json, type ToolOutcome } from '../frames/index.ts'
import { expand } from '../kernel/expand.ts'
import type { Host } from '../kernel/host.ts'
import { nobodyTook, ring } from './transfer.ts'
import type { Destination } from './destinations.ts'

/** How long a summary for a human may take, in ms; then what was passed on takes its place. */
const longestSummaryMs = 5000

/** How long the announcement may take to be heard, in ms; then it rings all the same. */
const longestAnnouncementMs = 30_000

/** What it takes to bring somebody outside to the caller. */
export interface EscortInit {
  readonly host: Host
  /** Whoever gives the call away. */
  readonly from: string
  readonly to: Destination
  /** What the model passes on. */
  readonly pass: { readonly [key: string]: Json }
  /** What has been said, in short; undefined when nobody has anything to say about it. */
  readonly summarise: (signal: AbortSignal) => Promise<string | undefined>
  /** Nobody wants it any more. */
  readonly signal: AbortSignal
  /** The last thing that the caller has said. */
  readonly lastWords: () => string
  /** What the bot is saying, or about to say, is over. */
  readonly cut: () => void
}

/**
 * A warm transfer: when the caller has heard that it is to come (`heard`), somebody outside is rung and told what it is
 * about, and the caller goes on with the bot. When that one takes the call, whatever the bot is saying is cut, and
 * the call ends here.
 */
export class Escort {
  /** What the model is told in the end; never rejects. */
  readonly outcome: Promise<ToolOutcome>
  readonly #init: EscortInit
  readonly #settled = Promise.withResolvers<ToolOutcome>()
  readonly #cancelWait: () => void
  #letGo: ((reason: string) => void) | undefined
  #isOver = false

  constructor(init: EscortInit) {
    this.#init = init
    this.outcome = this.#settled.promise
    this.#tell('started', init.to.reason)
    this.#cancelWait = init.host.clock.after(longestAnnouncementMs, () => this.heard())
    const leave = (): void => this.letGo('nobody wants it any more')
    init.signal.addEventListener('abort', leave, { once: true })
  }

  /** The caller has heard what the bot had to say about it. */
  heard(): void {
    if (this.#letGo !== undefined || this.#isOver) return
    this.#cancelWait()
    const { host, to } = this.#init
    this.#letGo = ring(host, {
      ...to,
      brief: (signal) => briefOf(this.#init, signal),
      taken: (destination) => this.#taken(destination),
      failed: (reason) => this.#failed(reason),
    })
  }

  /** Whoever rings is let go. */
  letGo(reason: string): void {
    this.#cancelWait()
    if (this.#letGo === undefined) this.#failed(reason)
    else this.#letGo(reason)
  }

  #taken(destination: string): void {
    const { host, to } = this.#init
    this.#isOver = true
    host.emit(interrupt({ reason: `${to.name} has taken the call` }))
    this.#tell('done', to.reason)
    this.#settled.resolve({ status: 'ok', value: null })
    host.end(`transferred to ${destination}`)
    // Now that the call ends it begins nothing else.
    this.#init.cut()
  }

  #failed(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    const { host, to } = this.#init
    host.log.warn(`${to.name} did not take the call: ${reason}`)
    this.#tell('returned', reason)
    this.#settled.resolve({ status: 'error', message: nobodyTook(to.name) })
  }

  #tell(state: 'started' | 'done' | 'returned', reason: string): void {
    const { host, from, to, pass } = this.#init
    host.emit(handoff({ state, from, to: to.name, pass, context: 'brief', reason }))
  }
}

/** What the human is told: as the graph says it, a summary, or what is known without one. */
async function briefOf(init: EscortInit, signal: AbortSignal): Promise<string> {
  const { host, to, pass, summarise, lastWords } = init
  const { brief = '' } = to
  if (brief !== 'summary') return expand(brief, host.vars.current)
  const hurry = new AbortController()
  const tooLate = Promise.withResolvers<undefined>()
  const cancel = host.clock.after(longestSummaryMs, () => {
    hurry.abort()
    tooLate.resolve(undefined)
  })
  const asked = summarise(AbortSignal.any([signal, hurry.signal])).catch(() => undefined)
  const summary = await Promise.race([asked, tooLate.promise])
  cancel()
  if (summary !== undefined) return summary
  const passed = Object.entries(pass).filter(([key]) => key !== 'destination')
  const told = passed.map(([key, value]) => `${key}: ${plain(value)}`)
  return told.length > 0 ? `${told.join('. ')}.` : lastWords()
}

const plain = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))
