import type { Cancel, TransferInit } from 'voxgraph/plugin'
import type { CallerInit } from './connect-caller.ts'
import { destinationOf } from './destination.ts'
import type { Mouth } from './mouth.ts'
import { isOnPhone, transferCall } from './transfer.ts'

/** How one call is given to somebody else. */
export interface HandOver {
  /** Daily moves a telephone out of the room: a caller who leaves now has not hung up. */
  readonly isMoving: boolean
  /** @throws VoxgraphError `dial-failed` or `room-failed`; the call goes on */
  transfer(destination: string, init: TransferInit): Promise<void>
  /** The call is over: lets go of whoever was called for it. True when caller and human go on in the room. */
  windUp(): Promise<boolean>
}

/** @param moved the caller is gone, and the runtime has been told why: from a timer, behind whoever waits for it */
export function createHandOver(call: CallerInit, mouth: Mouth, moved: () => void): HandOver {
  const { bot, caller, clock } = call
  const closed = new AbortController()
  let isMoving = false
  let isKept = false
  let underWay: Promise<unknown> | undefined
  let cancelMoved: Cancel = () => undefined
  return {
    get isMoving() {
      return isMoving
    },
    async transfer(destination, init) {
      isMoving = init.brief === undefined && isOnPhone(caller)
      try {
        const transferring = transferCall({
          ...{ ...init, bot, caller, clock },
          signal: AbortSignal.any([init.signal, closed.signal]),
          to: destinationOf(destination, call.queues),
          mayStay: call.mayStay,
          callerId: call.callerId,
          refer: call.refer,
          onBrief: (from) => mouth.brief(from),
        })
        // Nothing can be called off where Daily moves the caller.
        if (!isMoving) underWay = transferring.catch(() => undefined)
        isKept = await transferring
      } finally {
        isMoving = false
        if (!bot.people.has(caller.id)) cancelMoved = clock.after(0, moved)
      }
    },
    async windUp() {
      cancelMoved()
      closed.abort(new DOMException('the call is over', 'AbortError'))
      await underWay
      // Nobody is left alone in a room with whoever was called for somebody who has gone.
      return isKept && bot.people.has(caller.id)
    },
  }
}
