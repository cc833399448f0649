import { randomBytes } from 'node:crypto'
import { isSameSecret, type Cancel, type Clock, type Place } from 'voxgraph/plugin'

/** A call that Twilio has asked about, and whose stream is to come. */
export interface ExpectedCall {
  readonly sid: string
  /** Variables of the call. */
  readonly call: Readonly<Record<string, unknown>>
  readonly place: Place
  /** Told when its stream has begun: the call is with the runtime then. */
  readonly onStream?: () => void
  /** Told when none has come. Its place has been given back. */
  readonly onMissed?: () => void
}

interface Expected extends ExpectedCall {
  readonly token: string
  readonly cancel: Cancel
}

/** Where calls wait for their streams. Each has a token that works once, with the call that it was made for. */
export class Reception {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #expected = new Map<string, Expected>()

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Calls that wait. */
  get size(): number {
    return this.#expected.size
  }

  /** The place of a call that waits already: Twilio asks twice when an answer was slow. */
  placeOf(sid: string): Place | undefined {
    return this.#expected.get(sid)?.place
  }

  /**
   * Waits for the stream of a call, so long and no longer. A call that waits already has another token now.
   * @returns the token that its stream must bring
   */
  expect(call: ExpectedCall): string {
    this.#expected.get(call.sid)?.cancel()
    const token = randomBytes(24).toString('base64url')
    const cancel = this.#clock.after(this.#timeoutMs, () => this.miss(call.sid))
    this.#expected.set(call.sid, { ...call, token, cancel })
    return token
  }

  /** The call of a stream that brings its token; undefined for all others, and the call goes on waiting. */
  claim(sid: string, token: string): ExpectedCall | undefined {
    const expected = this.#expected.get(sid)
    if (expected === undefined || !isSameSecret(token, expected.token)) return undefined
    expected.cancel()
    this.#expected.delete(sid)
    return expected
  }

  /** No stream will come for a call. */
  miss(sid: string): void {
    const expected = this.#expected.get(sid)
    if (expected === undefined) return
    expected.cancel()
    this.#expected.delete(sid)
    expected.place.leave()
    expected.onMissed?.()
  }

  close(): void {
    for (const sid of [...this.#expected.keys()]) this.miss(sid)
  }
}
