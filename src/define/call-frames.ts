import { Observable, type Subscriber } from 'rxjs'
import type { VoxgraphError } from '../errors/index.ts'
import type { Frame } from '../frames/index.ts'

/** Most frames that wait for the session to be ready: five seconds of sound. */
const mostWaiting = 250

/** How what a caller sends came to its end: in order, or by a failure. */
export interface CallEnd {
  readonly failure: VoxgraphError | undefined
}

/** What a caller sends, from before anybody listens: the `frames` of a `Connection`. */
export interface CallFrames {
  /**
   * Subscribed once. What came before is kept, 250 frames of it; of more the oldest are dropped. Completes or fails
   * as `finish` says, also for who comes later.
   */
  readonly frames: Observable<Frame>
  /** Undefined while they go on. */
  readonly end: CallEnd | undefined
  /** Nothing happens once they have ended. */
  emit(frame: Frame): void
  /** The caller is gone; without a failure in order. The first word counts. */
  finish(failure?: VoxgraphError): void
}

/** Makes the frames of one call. */
export function createCallFrames(): CallFrames {
  const waiting: Frame[] = []
  let taker: Subscriber<Frame> | undefined
  let end: CallEnd | undefined
  const tellEnd = (subscriber: Subscriber<Frame>): void => {
    if (end?.failure === undefined) subscriber.complete()
    else subscriber.error(end.failure)
  }
  return {
    frames: new Observable((subscriber) => {
      taker = subscriber
      for (const frame of waiting.splice(0)) subscriber.next(frame)
      if (end !== undefined) tellEnd(subscriber)
      return () => (taker = undefined)
    }),
    get end() {
      return end
    },
    emit(frame) {
      if (end !== undefined) return
      if (taker !== undefined) return taker.next(frame)
      waiting.push(frame)
      if (waiting.length > mostWaiting) waiting.shift()
    },
    finish(failure) {
      if (end !== undefined) return
      end = { failure }
      if (taker !== undefined) tellEnd(taker)
    },
  }
}
