import type { AnyFrameKind, Frame, Header } from '../frames/index.ts'
import type { Clock } from '../time/clock.ts'
import type { Responses } from './responses.ts'
import type { Task } from './task.ts'

/** Turns drafts into frames: id, time, source, cause and response. */
export class Stamper {
  readonly #clock: Clock
  readonly #responses: Responses
  /** Frames made so far, by type. */
  readonly emitted = new Map<string, number>()
  /** One object for all stamps: `build` copies from it. */
  readonly #header: { -readonly [key in keyof Header]: Header[key] } = {
    id: 0,
    at: 0,
    source: '',
    cause: 0,
    response: 0,
  }
  #ids = 0

  constructor(clock: Clock, responses: Responses) {
    this.#clock = clock
    this.#responses = responses
  }

  /** Makes the frame. `cause` is the frame in hand; `task` the work that gives it, if any. */
  stamp(
    source: string,
    draft: Frame,
    kind: AnyFrameKind,
    cause: Frame | undefined,
    task: Task | undefined,
  ): Frame {
    const header = this.#header
    header.id = ++this.#ids
    header.at = this.#clock.now()
    header.source = source
    header.cause = draft.cause || (cause?.id ?? 0)
    header.response = draft.response || this.#responseFor(draft, cause, task)
    const build = kind.build as (header: Header, draft: Frame) => Frame
    const frame = build(header, this.#complete(draft))
    this.emitted.set(frame.type, (this.emitted.get(frame.type) ?? 0) + 1)
    return frame
  }

  /** An interruption that names no response is about all there are. */
  #complete(draft: Frame): Frame {
    if (draft.type !== 'interrupt' || draft.through !== 0) return draft
    return { ...draft, through: this.#responses.last }
  }

  #responseFor(draft: Frame, cause: Frame | undefined, task: Task | undefined): number {
    if (draft.type !== 'response' || draft.state !== 'started') {
      return task === undefined ? (cause?.lane === 'bot' ? cause.response : 0) : task.response
    }
    const number = this.#responses.begin()
    if (task !== undefined) task.response = number
    return number
  }
}
