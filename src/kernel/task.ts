import type { Handled, Out } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'
import {
  isAsyncIterable,
  isFrame,
  isIterable,
  isObservable,
  isPromise,
  isRouted,
} from './handled.ts'
import type { Mailbox } from './mailbox.ts'
import type { Node } from './node.ts'
import { abortReason } from './responses.ts'

/** Frames that a synchronous stream may give before the loop has its turn again. */
const framesPerTurn = 16

/** What a task may ask of the session that runs it. */
export interface TaskOwner {
  emit(node: Node, out: Out, cause: Frame | undefined, task: Task): void
  failed(node: Node, thrown: unknown, task: Task): void
  finished(task: Task): void
  later(job: () => void): void
}

/**
 * A handler that has more to do than return one frame, or work that a node began on its own. It belongs
 * to the response of the frame it handles, or to the one it begins; when that is cut it is over: its
 * signal aborts, its stream is closed, its mailbox is free, and what it still gives goes nowhere.
 */
export class Task {
  readonly node: Node
  readonly cause: Frame | undefined
  /** The mailbox it holds while it lasts; undefined for a task that holds none. */
  readonly mailbox: Mailbox | undefined
  /** 0 until it begins one, unless the frame in hand has one. */
  response: number
  readonly #owner: TaskOwner
  readonly #controller = new AbortController()
  #isOver = false
  #release: (() => void) | undefined
  #atEnd: (() => void) | undefined

  constructor(owner: TaskOwner, node: Node, cause: Frame | undefined, mailbox?: Mailbox) {
    this.#owner = owner
    this.node = node
    this.cause = cause
    this.mailbox = mailbox
    this.response = cause?.lane === 'bot' ? cause.response : 0
  }

  /** Aborted when the task is cancelled. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Calls `action` when it is over, however that comes, before its mailbox goes on. */
  atEnd(action: () => void): void {
    this.#atEnd = action
  }

  /** Ends it before its time. */
  cancel(reason: string): void {
    if (this.#isOver) return
    this.#controller.abort(abortReason(reason))
    const release = this.#release
    this.#finish()
    release?.()
  }

  /** Takes what a handler returned and emits what comes of it. */
  run(handled: Exclude<Handled, undefined | void>): void {
    if (isFrame(handled) || isRouted(handled)) this.#last([handled])
    else if (isPromise(handled)) this.#await(handled)
    else if (isObservable(handled)) this.#subscribe(handled)
    else if (isAsyncIterable(handled)) this.#pull(handled[Symbol.asyncIterator]())
    else if (isIterable(handled)) this.#last(handled)
    else this.#fail(new TypeError('a handler returned something that is no frame'))
  }

  #emit(out: Out | undefined): void {
    if (out !== undefined) this.#owner.emit(this.node, out, this.cause, this)
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#release = undefined
    this.#atEnd?.()
    this.#owner.finished(this)
  }

  #fail(thrown: unknown): void {
    if (this.#isOver) return
    this.#finish()
    this.#owner.failed(this.node, thrown, this)
  }

  #await(promise: Promise<Handled>): void {
    promise.then(
      (handled) => {
        if (this.#isOver) return
        if (handled === undefined || handled === null) this.#finish()
        else this.run(handled)
      },
      (thrown: unknown) => this.#fail(thrown),
    )
  }

  #subscribe(stream: Extract<Handled, { subscribe: unknown }>): void {
    const subscription = stream.subscribe({
      next: (out) => {
        if (!this.#isOver) this.#emit(out)
      },
      error: (thrown: unknown) => this.#fail(thrown),
      complete: () => this.#finish(),
    })
    if (!this.#isOver) this.#release = () => subscription.unsubscribe()
    else subscription.unsubscribe()
  }

  #last(values: Iterable<Out>): void {
    const iterator = values[Symbol.iterator]()
    this.#release = () => void iterator.return?.()
    this.#give(iterator)
  }

  /** Gives from a synchronous stream until it ends, until there is no room, or until it has had its turn. */
  #give(iterator: Iterator<Out>): void {
    let left = framesPerTurn
    try {
      while (!this.#isOver) {
        if (this.node.mustWait) {
          this.node.whenRoom(() => this.#give(iterator))
          return
        }
        if (left-- === 0) {
          this.#owner.later(() => this.#give(iterator))
          return
        }
        const { done, value } = iterator.next()
        if (done) break
        this.#emit(value)
      }
      this.#finish()
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  /** Asks an asynchronous stream for one frame after the other, each only when there is room. */
  #pull(iterator: AsyncIterator<Out>): void {
    this.#release = () => {
      // The stream may be waiting for something; it ends when that comes. Its failure is of no interest.
      iterator.return?.().then(undefined, () => undefined)
    }
    const next = (): void => {
      if (this.#isOver) return
      if (this.node.mustWait) {
        this.node.whenRoom(next)
        return
      }
      iterator.next().then(
        ({ done, value }) => {
          if (this.#isOver) return
          if (done) {
            this.#finish()
            return
          }
          this.#emit(value)
          next()
        },
        (thrown: unknown) => this.#fail(thrown),
      )
    }
    next()
  }
}
