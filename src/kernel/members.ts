import type { NodeDefinition } from '../define/index.ts'
import type { PlanMember, PlanNode, Program } from '../graph/plan.ts'

/** What a member is set up with. */
export interface Prepared {
  /** With the variables of the call in them. */
  readonly options: Readonly<Record<string, unknown>>
  readonly shared: unknown
}

/** One of the providers that a node may be: itself, or one that takes its place when it fails. */
export interface Member<D extends NodeDefinition = NodeDefinition> {
  /** `tts` for the node itself, `tts/1` for the first that takes its place. */
  readonly name: string
  readonly plan: PlanMember
  readonly definition: D
  /** Gets what it is set up with. One that nobody needs is never prepared. */
  prepare(): Promise<Prepared>
}

/** The members of a node, in the order in which they are asked. */
export function membersOf<D extends NodeDefinition>(
  { node, definition, program }: MembersOf<D>,
  prepare: (plan: PlanMember, definition: NodeDefinition) => Promise<Prepared>,
): readonly Member<D>[] {
  const others = program.fallbacks.get(node.id) ?? []
  return [
    { name: node.id, plan: node, definition, prepare: () => prepare(node, definition) },
    ...node.fallback.flatMap((plan, index) => {
      const other = others[index]
      // The loader has refused others of another kind.
      if (other?.kind !== definition.kind) return []
      const name = `${node.id}/${index + 1}`
      return { name, plan, definition: other as D, prepare: () => prepare(plan, other) }
    }),
  ]
}

/** Whose members: a node, what it is, and where the others are found. */
export interface MembersOf<D extends NodeDefinition> {
  readonly node: PlanNode
  readonly definition: D
  readonly program: Program
}
