import type { Overflow, PlanEdge } from '../graph/plan.ts'
import { durationMs, type Frame, type Lane } from '../frames/index.ts'
import type { EdgeFigures } from '../observe/inspection.ts'
import type { Node } from './node.ts'

/** An edge at work: where it leads, how much waits on it, and what it does when that is too much. */
export class Wire {
  readonly edge: PlanEdge
  readonly source: Node
  readonly target: Node
  readonly port: string
  readonly overflow: Overflow
  readonly #maxFrames: number
  readonly #maxMs: number
  #depth = 0
  #heldMs = 0
  /** Lane in which its source must wait; the source counts its full wires per lane. */
  fullLane: Lane | undefined
  passed = 0
  dropped = 0
  cut = 0
  #maxDepth = 0
  #waitMs = 0
  #maxWaitMs = 0

  constructor(edge: PlanEdge, source: Node, target: Node) {
    this.edge = edge
    this.source = source
    this.target = target
    this.port = edge.to.port
    this.overflow = edge.overflow
    this.#maxFrames = edge.overflow === 'latest' ? 1 : edge.buffer.frames
    this.#maxMs = edge.buffer.ms ?? Infinity
  }

  /** True when one more frame would be too many. */
  hasNoRoom(): boolean {
    return this.#depth >= this.#maxFrames || this.#heldMs >= this.#maxMs
  }

  added(frame: Frame): void {
    this.passed++
    this.#depth++
    if (this.#depth > this.#maxDepth) this.#maxDepth = this.#depth
    if (frame.type === 'audio') this.#heldMs += durationMs(frame)
  }

  removed(frame: Frame): void {
    this.#depth--
    if (frame.type === 'audio') this.#heldMs -= durationMs(frame)
  }

  waited(ms: number): void {
    this.#waitMs += ms
    if (ms > this.#maxWaitMs) this.#maxWaitMs = ms
  }

  get depth(): number {
    return this.#depth
  }

  figures(): EdgeFigures {
    return {
      id: this.edge.id,
      passed: this.passed,
      dropped: this.dropped,
      cut: this.cut,
      depth: this.#depth,
      maxDepth: this.#maxDepth,
      waitMs: this.#waitMs,
      maxWaitMs: this.#maxWaitMs,
    }
  }
}
