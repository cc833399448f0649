import type { Frame } from '../frames/index.ts'
import type { Clock } from '../time/clock.ts'
import type { Mailbox } from './mailbox.ts'
import { Queue } from './queue.ts'

/** Deliveries after which a session lets the others, and I/O, have the thread. */
const deliveriesPerBreath = 2_000
/** Deliveries after which the loop looks at the clock again; between looks `now` stands still. */
const deliveriesPerLook = 32

/** What the loop does with what it takes from its queues. */
export interface LoopWork {
  /** Delivers a control frame to every node. */
  broadcast(frame: Frame): void
  /** Handles the oldest frame of a mailbox. */
  step(mailbox: Mailbox): void
  /** Called when nothing is left to do. */
  idle(): void
}

/**
 * The one place from which frames are delivered. What is emitted during a delivery is queued and
 * delivered after it, control first; nothing re-enters, and the stack does not grow with the graph.
 */
export class Loop {
  readonly #clock: Clock
  readonly #work: LoopWork
  readonly #control = new Queue<Frame>()
  readonly #ready = new Queue<Mailbox>()
  readonly #jobs = new Queue<() => void>()
  #isRunning = false
  #isBreathing = false
  #isStopped = false
  /** The session clock as of the last look, in ms; good enough to stamp what waits. */
  now = 0

  constructor(clock: Clock, work: LoopWork) {
    this.#clock = clock
    this.#work = work
  }

  get isIdle(): boolean {
    return this.#control.size === 0 && this.#ready.size === 0 && this.#jobs.size === 0
  }

  /** Queues a control frame ahead of everything else. */
  control(frame: Frame): void {
    this.#control.push(frame)
    this.kick()
  }

  /** Queues a mailbox that has something to deliver. */
  schedule(mailbox: Mailbox): void {
    if (mailbox.isScheduled) return
    mailbox.isScheduled = true
    this.#ready.push(mailbox)
  }

  /** Queues the rest of a piece of work, behind what waits now. */
  later(job: () => void): void {
    this.#jobs.push(job)
    this.kick()
  }

  /** Delivers what waits, unless that is under way already. */
  kick(): void {
    if (this.#isRunning || this.#isBreathing) return
    this.#run()
  }

  /** From now on nothing is delivered but control frames. */
  stop(): void {
    this.#isStopped = true
  }

  #run(): void {
    this.#isRunning = true
    this.now = this.#clock.now()
    let left = deliveriesPerBreath
    while (this.#turn()) {
      if (--left % deliveriesPerLook === 0) this.now = this.#clock.now()
      if (left > 0) continue
      this.#isBreathing = true
      this.#clock.breathe(() => {
        this.#isBreathing = false
        this.kick()
      })
      break
    }
    this.#isRunning = false
    if (!this.#isBreathing && !this.#isStopped) this.#work.idle()
  }

  #turn(): boolean {
    const frame = this.#control.take()
    if (frame !== undefined) {
      this.#work.broadcast(frame)
      return true
    }
    if (this.#isStopped) return false
    const mailbox = this.#ready.take()
    if (mailbox !== undefined) {
      mailbox.isScheduled = false
      this.#work.step(mailbox)
    }
    const job = this.#jobs.take()
    if (job !== undefined) job()
    return mailbox !== undefined || job !== undefined
  }
}
