import type { PortType } from '../define/index.ts'
import type { PlanMember } from './plan.ts'
import type { NodeSpec } from './spec.ts'
import type { Span } from './tree.ts'

/** A node whose processor is known. */
export interface ReadyNode extends ReadyMember {
  readonly fallback: readonly ReadyMember[]
}

/** The same of one that may take its place. */
export interface ReadyMember extends PlanMember {
  readonly spec: NodeSpec
}

/** A port of a node. */
export interface End {
  readonly node: string
  readonly port: string
}

/** An edge as drawn: ports found, types checked. */
export interface Wire {
  readonly from: End
  readonly to: End
  readonly type: PortType
  readonly feedback: boolean
  /** Steps that drew it. */
  readonly fromSpan: Span
  readonly toSpan: Span
}

/** `stt.transcript`. */
export const endName = (end: End): string => `${end.node}.${end.port}`

/** The name of a node as the file has it: both halves of the step `agents` are `agents`. */
export const shownName = ({ spec, code }: ReadyNode): string =>
  code.kind === 'floor' ? 'agents' : spec.id

/** True when frames of one type may go into a port of the other. */
export const fits = (given: PortType, taken: PortType): boolean =>
  given === taken || taken === 'any' || (given === 'transcript' && taken === 'text')
