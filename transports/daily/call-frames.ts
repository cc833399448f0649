import { Observable, type Subscriber } from 'rxjs'
import type { Frame, VoxgraphError } from 'voxgraph/plugin'

/** Most frames that wait for the session to be ready: five seconds of sound; the oldest are dropped. */
const mostWaiting = 250

/** What a caller sends, from before anybody listens. */
export interface CallFrames {
  /** Subscribed once. What came before is kept, 250 frames of it. Ends as `end` says. */
  readonly frames: Observable<Frame>
  emit(frame: Frame): void
  /** Completes, or fails; the first word counts. */
  end(failure: VoxgraphError | undefined): void
}

/** Makes the frames of one call. */
export function createCallFrames(): CallFrames {
  const waiting: Frame[] = []
  let taker: Subscriber<Frame> | undefined
  let end: { readonly failure: VoxgraphError | undefined } | undefined
  const finish = (subscriber: Subscriber<Frame>): void => {
    if (end?.failure === undefined) subscriber.complete()
    else subscriber.error(end.failure)
  }
  return {
    frames: new Observable((subscriber) => {
      taker = subscriber
      for (const frame of waiting.splice(0)) subscriber.next(frame)
      if (end !== undefined) finish(subscriber)
      return () => (taker = undefined)
    }),
    emit(frame) {
      if (end !== undefined) return
      if (taker !== undefined) return taker.next(frame)
      waiting.push(frame)
      if (waiting.length > mostWaiting) waiting.shift()
    },
    end(failure) {
      if (end !== undefined) return
      end = { failure }
      if (taker !== undefined) finish(taker)
    },
  }
}
