import type { Seat } from './seat.ts'

/** Things that happen while whoever has the floor is being replaced, and wait for it. */
const mostWaiting = 10_000

/** The conversations of all agents, those that are over included, until another comes in their place. */
export class Seats {
  readonly #seats = new Map<string, Seat>()
  readonly #closed = new WeakSet<Seat>()
  readonly #waiting: ((seat: Seat) => unknown)[] = []

  has(agent: string): boolean {
    return this.#seats.has(agent)
  }

  /** The conversation of an agent, at work or over; undefined when it has had none. */
  get(agent: string): Seat | undefined {
    return this.#seats.get(agent)
  }

  /** @throws Error for an agent that has had no conversation */
  of(agent: string): Seat {
    const seat = this.#seats.get(agent)
    if (seat === undefined) throw new Error(`${agent} is not there`)
    return seat
  }

  /** The conversation of an agent, if it is at work. */
  open(agent: string): Seat | undefined {
    const seat = this.#seats.get(agent)
    return seat === undefined || this.isClosed(seat) ? undefined : seat
  }

  isClosed(seat: Seat): boolean {
    return this.#closed.has(seat)
  }

  take(agent: string, seat: Seat): void {
    this.#seats.set(agent, seat)
    this.#closed.delete(seat)
  }

  /** A conversation is over. @returns whether all of them are */
  close(seat: Seat): boolean {
    this.#closed.add(seat)
    return [...this.#seats.values()].every((one) => this.isClosed(one))
  }

  /** Gives something to an agent; it waits while that one is being replaced. */
  deliver(agent: string, what: (seat: Seat) => unknown): void {
    const seat = this.open(agent)
    if (seat !== undefined) what(seat)
    else if (this.#waiting.length < mostWaiting) this.#waiting.push(what)
  }

  /** What waits goes to whoever has the floor now. */
  flush(seat: Seat): void {
    if (this.isClosed(seat)) return
    for (const waiting of this.#waiting.splice(0)) waiting(seat)
  }
}
