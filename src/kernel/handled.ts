import type { Observable } from 'rxjs'
import type { Handled, Out, Routed } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'

/** True for a frame, as against the other things a handler may return. */
export const isFrame = (value: object): value is Frame => 'lane' in value

/** True for a frame with its output named. */
export const isRouted = (value: object): value is Routed => 'port' in value && 'frame' in value

/** True for what a handler returns when it has more to do than give one frame. */
export const isPromise = (value: object): value is Promise<Handled> =>
  'then' in value && typeof value.then === 'function'

/** True for RxJS observables of any copy of the library. */
export const isObservable = (value: object): value is Observable<Out> =>
  'subscribe' in value && typeof value.subscribe === 'function'

/** True for async generators and streams. */
export const isAsyncIterable = (value: object): value is AsyncIterable<Out> =>
  Symbol.asyncIterator in value

/** True for arrays and generators. */
export const isIterable = (value: object): value is Iterable<Out> => Symbol.iterator in value
