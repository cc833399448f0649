import { randomBytes } from 'node:crypto'
import type { Log, TransferInit } from 'voxgraph/plugin'
import type { Legs } from './legs.ts'
import type { TwilioRest } from './rest.ts'
import type { Twiml } from './twiml.ts'

/** What `createHandOver` takes. */
export interface HandOverInit {
  readonly rest: TwilioRest
  readonly legs: Legs
  readonly twiml: Twiml
  readonly log: Log
  /** Number that humans are called from, where the call has none of ours. */
  readonly from: string | undefined
}

/** The call that is given away. */
export interface GivenCall {
  readonly sid: string
  /** Our own number in it. */
  readonly ours: string
  /** Told before Twilio is asked to take the caller off the stream. */
  moves(): void
}

/** Gives a call to somebody else; see `Connection.transfer`. */
export type HandOver = (call: GivenCall, destination: string, init: TransferInit) => Promise<void>

/**
 * Cold: Twilio is told to dial, and the stream ends. Warm: a human is called and told; when they take the call
 * both meet in a conference, and until then the caller stays with the bot. Whatever goes wrong before that, the
 * call goes on as it was. A queue cannot be told anything: it gets the call cold.
 */
export function createHandOver({ rest, legs, twiml, log, from }: HandOverInit): HandOver {
  return async ({ sid, ours, moves }, destination, { brief, signal }) => {
    const isQueue = destination.startsWith('queue:')
    if (brief === undefined || isQueue) {
      if (brief !== undefined)
        log.warn(`${destination} is a queue: nobody there can be told of the call`)
      moves()
      return rest.redirect(sid, twiml.hand(destination))
    }
    const conference = `voxgraph-${randomBytes(12).toString('hex')}`
    const met = Promise.withResolvers<void>()
    // Nobody may be waiting for it any more when it is rejected.
    met.promise.catch(() => undefined)
    let hasMoved = false
    let hasGone = false
    // The conference ends with the human; one that never came to it leaves the caller there alone.
    const leaveNobody = (): void => {
      if (!hasMoved || !hasGone) return
      rest.hangUp(sid).catch((thrown: Error) => log.warn(thrown.message))
    }
    const leg = {
      to: destination,
      from: from ?? ours,
      answered: (_sid: string, _form: unknown, taken: string) => twiml.brief(brief, taken),
      async taken() {
        moves()
        try {
          await rest.redirect(sid, twiml.conference(conference))
        } catch (thrown) {
          met.reject(thrown)
          return twiml.hangUp()
        }
        hasMoved = true
        met.resolve()
        leaveNobody()
        return twiml.conference(conference)
      },
      ended() {
        hasGone = true
        leaveNobody()
      },
    }
    await legs.place(leg, met.promise, signal)
  }
}
