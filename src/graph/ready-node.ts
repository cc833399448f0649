import type { Manifest, PortType } from '../define/index.ts'
import type { CodeRef, Template } from './plan.ts'
import type { NodeSpec } from './spec.ts'
import type { Span } from './tree.ts'

/** A node whose processor is known. */
export interface ReadyNode {
  readonly spec: NodeSpec
  readonly use: string
  readonly code: CodeRef
  readonly manifest: Manifest
  readonly options: Readonly<Record<string, unknown>>
  readonly templates: readonly Template[]
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
