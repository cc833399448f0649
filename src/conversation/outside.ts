import type { ToolOutcome } from '../frames/index.ts'
import type { CallMemory } from './call-memory.ts'
import { Departure } from './departure.ts'
import type { Destination, Escorted } from './destinations.ts'
import { Escort } from './escort.ts'
import type { Seat } from './seat.ts'
import type { ToolCall } from './tools.ts'
import { nobodyTook } from './transfer.ts'

const isRinging = 'Somebody is being rung for this call already.'
const isEnding = 'The call is ending.'

/** How one conversation gives the call to somebody outside: cold, by a `Departure`, and warm, by an `Escort`. */
export class Outside {
  readonly #seat: Seat
  readonly #name: string
  readonly #memory: CallMemory
  #departure: Departure | undefined
  /** Response that tells the caller of it, until that has been heard. */
  #announced: { readonly response: number; readonly escort: Escort } | undefined

  /** `name`: of whoever sits there. */
  constructor(seat: Seat, name: string, memory: CallMemory) {
    this.#seat = seat
    this.#name = name
    this.#memory = memory
  }

  /** Why nobody outside may get the call now; undefined when somebody may. */
  get refusal(): string | undefined {
    // A call that was told to end goes on until its last words have been heard.
    if (this.#seat.host.isEnding()) return isEnding
    return this.#memory.letGo === undefined ? undefined : isRinging
  }

  /** Whoever is at the far end of `to` gets the call when the last words have been heard: `said`. */
  depart({ callId }: ToolCall, to: Destination): void {
    const seat = this.#seat
    const failed = (): void => {
      this.#departure = undefined
      seat.stay()
      seat.settle(callId, { status: 'error', message: nobodyTook(to.name) })
    }
    this.#departure = new Departure(seat.host, { from: this.#name, to, failed })
  }

  /** The last words have been heard. @returns false when nobody outside is to get the call */
  said(): boolean {
    this.#departure?.said()
    return this.#departure !== undefined
  }

  /** The same for somebody who is told about it first; the conversation goes on. */
  escort(
    { arguments: pass }: ToolCall,
    { to, handoff }: Escorted,
    signal: AbortSignal,
    response: number,
  ): Promise<ToolOutcome> | string {
    const memory = this.#memory
    const seat = this.#seat
    const from = this.#name
    const { host, record } = seat
    const summarise = (late: AbortSignal): Promise<string | undefined> => seat.summarise(late)
    const refusal = this.refusal ?? (handoff && memory.floor?.use(from, handoff))
    if (refusal !== undefined) return refusal
    const lastWords = (): string => {
      const last = record.messages(host.isCut).findLast(({ role }) => role === 'user')
      return last?.role === 'user' ? last.text : ''
    }
    // The interruption comes from here, so nobody else tells this conversation of it.
    const cut = (): void => seat.wasCut(Infinity)
    const escort = new Escort({ host, from, to, pass, summarise, signal, lastWords, cut })
    this.#announced = { response, escort }
    memory.letGo = (reason) => escort.letGo(reason)
    return escort.outcome.finally(() => (memory.letGo = undefined))
  }

  /** Something has happened: `response` is what the caller is hearing. */
  hears(response: number | undefined): void {
    if (this.#announced === undefined || this.#announced.response === response) return
    const { escort } = this.#announced
    this.#announced = undefined
    escort.heard()
  }

  /** Nobody is left to give the call away. */
  close(): void {
    this.#departure?.close()
  }

  /** The call is to end: whoever rings is let go. */
  end(): void {
    this.#departure?.close()
    this.#memory.letGo?.('the call is over')
  }
}
