import type { Frame, Lane } from '../frames/index.ts'
import type { Node } from './node.ts'
import type { Wire } from './wire.ts'

/** Facts that may wait at one node and lane. They are small and rare; this many mean a stuck node. */
export const maxFacts = 10_000

/**
 * What waits at one node in one lane, oldest first. A node handles one frame of it at a time; while a
 * handler waits, the mailbox is `busy` and the other lanes go on.
 */
export class Mailbox {
  readonly node: Node
  readonly lane: Lane
  isBusy = false
  isScheduled = false
  #frames: (Frame | undefined)[] = Array.from({ length: 16 })
  #wires: (Wire | undefined)[] = Array.from({ length: 16 })
  /** When each frame came in, in ms on the session clock. */
  #times: number[] = Array.from({ length: 16 }, () => 0)
  #mask = 15
  #head = 0
  #slots = 0
  #size = 0
  #facts = 0
  /** Highest id seen of each source; only kept where paths meet. */
  readonly #seen: Map<string, number> | undefined
  /** The wire of the frame taken last. */
  takenFrom: Wire | undefined

  constructor(node: Node, lane: Lane, isJoin: boolean) {
    this.node = node
    this.lane = lane
    this.#seen = isJoin ? new Map() : undefined
  }

  /** Frames waiting. */
  get size(): number {
    return this.#size
  }

  /** True when the fact has come here before, by another path. */
  hasSeen(fact: Frame): boolean {
    if (fact.source === this.node.id) return true
    if (this.#seen === undefined) return false
    if (fact.id <= (this.#seen.get(fact.source) ?? 0)) return true
    this.#seen.set(fact.source, fact.id)
    return false
  }

  get hasRoomForFact(): boolean {
    return this.#facts < maxFacts
  }

  /** Adds a frame; `wire` is undefined for a fact. */
  push(frame: Frame, wire: Wire | undefined, now: number): void {
    if (this.#slots === this.#frames.length) this.#grow()
    const index = (this.#head + this.#slots) & this.#mask
    this.#frames[index] = frame
    this.#wires[index] = wire
    this.#times[index] = now
    this.#slots++
    this.#size++
    if (wire === undefined) this.#facts++
    else wire.added(frame)
  }

  /** Takes the oldest frame and leaves its wire in `takenFrom`. */
  take(now: number): Frame | undefined {
    while (this.#slots > 0) {
      const index = this.#head
      const frame = this.#frames[index]
      const wire = this.#wires[index]
      this.#frames[index] = undefined
      this.#wires[index] = undefined
      this.#head = (index + 1) & this.#mask
      this.#slots--
      if (frame === undefined) continue
      this.#size--
      this.takenFrom = wire
      if (wire === undefined) this.#facts--
      else {
        wire.removed(frame)
        wire.waited(Math.max(0, now - (this.#times[index] as number)))
      }
      return frame
    }
    return undefined
  }

  /** Throws away the oldest frame of one wire. */
  dropOldest(wire: Wire): void {
    for (let i = 0; i < this.#slots; i++) {
      const index = (this.#head + i) & this.#mask
      const frame = this.#frames[index]
      if (frame === undefined || this.#wires[index] !== wire) continue
      this.#frames[index] = undefined
      this.#wires[index] = undefined
      this.#size--
      wire.removed(frame)
      wire.dropped++
      return
    }
  }

  /** Takes out everything that waits, oldest first. */
  empty(): { readonly frame: Frame; readonly wire: Wire | undefined }[] {
    const taken: { frame: Frame; wire: Wire | undefined }[] = []
    for (let frame = this.take(0); frame !== undefined; frame = this.take(0)) {
      taken.push({ frame, wire: this.takenFrom })
    }
    return taken
  }

  #grow(): void {
    const { length } = this.#frames
    const frames: (Frame | undefined)[] = Array.from({ length: length * 2 })
    const wires: (Wire | undefined)[] = Array.from({ length: length * 2 })
    const times: number[] = Array.from({ length: length * 2 }, () => 0)
    for (let i = 0; i < length; i++) {
      frames[i] = this.#frames[(this.#head + i) & this.#mask]
      wires[i] = this.#wires[(this.#head + i) & this.#mask]
      times[i] = this.#times[(this.#head + i) & this.#mask] as number
    }
    this.#frames = frames
    this.#wires = wires
    this.#times = times
    this.#mask = frames.length - 1
    this.#head = 0
  }
}
