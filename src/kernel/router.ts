import { VoxgraphError } from '../errors/index.ts'
import type { Frame } from '../frames/index.ts'
import type { Loop } from './loop.ts'
import type { Mailbox } from './mailbox.ts'
import { carries, type Node, type Output } from './node.ts'
import type { Responses } from './responses.ts'
import { Wire } from './wire.ts'

/** Puts frames into the mailboxes they belong in, within the bounds of the edges. */
export class Router {
  readonly #loop: Loop
  readonly #responses: Responses
  readonly #failed: (node: Node, thrown: unknown) => void
  readonly #inlets = new Map<string, Wire>()

  constructor(loop: Loop, responses: Responses, failed: (node: Node, thrown: unknown) => void) {
    this.#loop = loop
    this.#responses = responses
    this.#failed = failed
  }

  /** A wire from nowhere, for frames that are fed from outside; it is never full. */
  inlet(node: Node, port: string): Wire {
    const key = `${node.id}.${port}`
    let wire = this.#inlets.get(key)
    if (wire === undefined) {
      const end = { node: node.id, port }
      const buffer = { frames: Infinity, ms: undefined }
      const fixed = { type: 'any', feedback: false, overflow: 'block', format: undefined } as const
      wire = new Wire({ id: `-> ${key}`, from: end, to: end, buffer, ...fixed }, node, node)
      this.#inlets.set(key, wire)
    }
    return wire
  }

  /** Sends a fact along every edge, once to each neighbour. */
  fact(node: Node, frame: Frame): void {
    const audience = node.logic?.audience?.()
    for (const neighbour of node.neighbours) {
      if (neighbour.isAsleep) continue
      const { agent } = neighbour.plan
      if (audience !== undefined && agent !== undefined && agent !== audience) continue
      const mailbox = neighbour.mailboxOf(frame.lane)
      if (mailbox.hasSeen(frame)) continue
      if (this.isCutFor(neighbour, frame)) continue
      if (!mailbox.hasRoomForFact) {
        // Figures are a sample; a node that does not keep up gets fewer of them.
        if (frame.lane === 'telemetry') continue
        const params = {
          node: neighbour.id,
          count: mailbox.size,
          port: frame.lane,
          source: node.id,
        }
        this.#failed(node, new VoxgraphError('mailbox-full', params))
        continue
      }
      mailbox.push(frame, undefined, this.#loop.now)
      this.wake(mailbox)
    }
  }

  /** Sends a frame by the named output, or by the main one. */
  payload(node: Node, frame: Frame, port: string | undefined): void {
    const output = port === undefined ? node.main : node.outputs.get(port)
    if (output === undefined) {
      const outputs = [...node.outputs.keys()].join(', ') || 'none'
      this.refuse(node, 'unknown-output', { port: port ?? '(main)', outputs })
      return
    }
    if (!carries(output.type, frame.type)) {
      const { name, type } = output
      this.refuse(node, 'wrong-output', { type: frame.type, port: name, expected: type })
      return
    }
    this.send(output, frame)
  }

  /** Sends a frame along the edges of an output. */
  send(output: Output, frame: Frame): void {
    const { wires } = output
    for (let i = 0; i < wires.length; i++) this.#post(wires[i] as Wire, frame)
  }

  #post(wire: Wire, frame: Frame): void {
    if (wire.target.isAsleep) return
    if (this.isCutFor(wire.target, frame)) {
      wire.cut++
      return
    }
    const mailbox = wire.target.mailboxOf(frame.lane)
    if (wire.hasNoRoom() && !this.#makeRoom(wire, mailbox)) return
    mailbox.push(frame, wire, this.#loop.now)
    if (wire.fullLane === undefined && wire.hasNoRoom() && wire.overflow === 'block') {
      wire.fullLane = frame.lane
      wire.source.countFull(frame.lane, 1)
    }
    this.wake(mailbox)
  }

  /** @returns false when the frame is not to be taken in */
  #makeRoom(wire: Wire, mailbox: Mailbox): boolean {
    switch (wire.overflow) {
      case 'drop_oldest':
      case 'latest':
        mailbox.dropOldest(wire)
        return true
      case 'drop_newest':
        wire.dropped++
        return false
      case 'block':
      case 'error': {
        wire.dropped++
        const { id } = wire.target
        const params = { node: id, count: wire.depth, port: wire.port, source: wire.source.id }
        this.#failed(wire.source, new VoxgraphError('mailbox-full', params))
        return false
      }
    }
  }

  /** True for a frame of a cut response, unless its target ignores interruptions. */
  isCutFor(target: Node, frame: Frame): boolean {
    return (
      frame.response !== 0 && this.#responses.isCut(frame.response) && !target.ignoresInterrupts
    )
  }

  /** Queues a mailbox that has something to deliver and may. */
  wake(mailbox: Mailbox): void {
    if (mailbox.isBusy || mailbox.isScheduled || mailbox.size === 0 || !mailbox.node.isReady) return
    this.#loop.schedule(mailbox)
  }

  /** A frame was taken off a wire: whoever waits for room on it may go on. */
  taken(wire: Wire): void {
    const lane = wire.fullLane
    if (lane === undefined || wire.hasNoRoom()) return
    wire.fullLane = undefined
    if (wire.source.countFull(lane, -1)) wire.source.roomAgain()
  }

  /** Fails the node for emitting what it cannot. */
  refuse(
    node: Node,
    code: 'unknown-frame' | 'unknown-output' | 'wrong-output',
    params: Record<string, string>,
  ): void {
    this.#failed(node, new VoxgraphError(code, { node: node.id, ...params }))
  }
}
