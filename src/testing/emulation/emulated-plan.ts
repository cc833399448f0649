import type { Plan, PlanMember, Program } from '../../graph/plan.ts'
import type { Emulator } from '../emulators/emulator.ts'

/** What a plan wants of one vendor. */
export interface VendorUse {
  readonly vendor: string
  /** Processors of it, and nodes that they are in, as `tts/1`. */
  readonly members: readonly string[]
  readonly voices: readonly string[]
  readonly models: readonly string[]
}

/** The vendors that a plan's nodes and those that take their places work with, in the order of the plan. */
export function vendorsOf({ nodes }: Pick<Plan, 'nodes'>): readonly VendorUse[] {
  const found = new Map<string, { members: string[]; voices: string[]; models: string[] }>()
  const add = (member: PlanMember, name: string): void => {
    const { vendor } = member.manifest
    if (vendor === undefined) return
    const use = found.get(vendor) ?? { members: [], voices: [], models: [] }
    found.set(vendor, use)
    use.members.push(name)
    const { voice, model, route } = member.options
    const routes = Array.isArray(route) ? (route as { readonly model?: unknown }[]) : []
    use.voices.push(...[voice].filter((one) => typeof one === 'string'))
    use.models.push(
      ...[model, ...routes.map((one) => one.model)].filter((one) => typeof one === 'string'),
    )
  }
  for (const node of nodes) {
    add(node, node.id)
    for (const [index, member] of node.fallback.entries()) add(member, `${node.id}/${index + 1}`)
  }
  return [...found].map(([vendor, use]) => ({ vendor, ...use }))
}

/** The program with each vendor's processors pointed at its emulator. */
export function withEmulators(program: Program, emulators: readonly Emulator[]): Program {
  const pointed = <M extends PlanMember>(member: M): M => {
    const emulator = emulators.find(({ vendor }) => vendor === member.manifest.vendor)
    if (emulator === undefined) return member
    const { endpoint, key: api_key } = emulator
    return { ...member, options: { ...member.options, endpoint, api_key } }
  }
  const nodes = program.plan.nodes.map((node) => ({
    ...pointed(node),
    fallback: node.fallback.map(pointed),
  }))
  return { ...program, plan: { ...program.plan, nodes } }
}
