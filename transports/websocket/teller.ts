import type { Cancel, Clock, Frame } from 'voxgraph/plugin'
import { ConversationEvents } from './conversation-events.ts'
import type { CallEvent } from './events.ts'
import { InspectEvents } from './inspect-events.ts'

/** What a teller works with. */
export interface TellerInit {
  readonly level: 'conversation' | 'inspect'
  readonly clock: Clock
  /** Sends an event to the client. Must not wait. */
  readonly tell: (event: CallEvent) => void
  /** True while the client lags behind: what only serves to inspect is left out then. */
  readonly isSlow: () => boolean
}

/** Shortest time between two pulses, in ms: what an eye sees as light that follows. */
const pulseMs = 100

/** Tells a client what happens in its call, as it happens. It keeps nothing for a client that is slow. */
export class Teller {
  readonly #init: TellerInit
  readonly #conversation: ConversationEvents
  #inspect: InspectEvents | undefined
  #startedAt: number | undefined
  #cancelPulse: Cancel | undefined
  #dropped = 0
  #isOver = false

  constructor(init: TellerInit) {
    this.#init = init
    this.#conversation = new ConversationEvents(init.level === 'inspect')
  }

  /** Looks at the next frame that was emitted in the call. */
  see(frame: Frame): void {
    if (this.#isOver) return
    const startedAt = (this.#startedAt ??= frame.at)
    const at = frame.at - startedAt
    for (const told of this.#conversation.see(frame)) this.#init.tell({ ...told, at })
    if (this.#init.level !== 'inspect') return
    this.#inspect ??= new InspectEvents(startedAt)
    for (const event of this.#inspect.see(frame)) this.#tellIfFast(event)
    this.#cancelPulse ??= this.#init.clock.after(pulseMs, () => this.#pulse())
  }

  /** The call is over. */
  end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    const now = this.#init.clock.now()
    this.#cancelPulse?.()
    for (const event of this.#inspect?.end(now) ?? []) this.#tellIfFast(event)
    this.#init.tell({ type: 'ended', at: now - (this.#startedAt ?? now), reason })
  }

  /** Nobody is left to be told. */
  close(): void {
    this.#isOver = true
    this.#cancelPulse?.()
  }

  /** While the client is slow, what passes is gathered for a later pulse. */
  #pulse(): void {
    if (this.#init.isSlow()) {
      this.#cancelPulse = this.#init.clock.after(pulseMs, () => this.#pulse())
      return
    }
    this.#cancelPulse = undefined
    const pulse = this.#inspect?.pulse(this.#init.clock.now(), this.#dropped)
    this.#dropped = 0
    if (pulse !== undefined) this.#init.tell(pulse)
  }

  #tellIfFast(event: CallEvent): void {
    if (this.#init.isSlow()) this.#dropped++
    else this.#init.tell(event)
  }
}
