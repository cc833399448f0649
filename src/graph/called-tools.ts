import { builtinTools, consultTool } from './names.ts'
import type { Report } from './report.ts'
import { textOf } from './shape.ts'
import type { GraphSpec, NodeSpec } from './spec.ts'
import { meantOrAll, nearest } from './suggest.ts'
import { entryOf, type Span } from './tree.ts'

/** A tool that a dialogue in the graph calls. */
export interface CalledTool {
  readonly node: NodeSpec
  readonly name: string
  readonly span: Span
}

/** A dialogue in the graph can call only what its brain has: that is known before the phone rings. */
export function checkCalled(report: Report, spec: GraphSpec, called: readonly CalledTool[]): void {
  // Of a file that is wrong it is not known yet which tools its agents have.
  if (report.hasErrors) return
  for (const { node, name, span } of called) {
    const names = toolsOf(node, spec)
    if (names.includes(name)) continue
    const owner = node.agent ?? node.id
    const isThere = spec.tools.has(name) || builtinTools.includes(name)
    const meant = isThere ? undefined : nearest(name, names)
    const suggestion = isThere
      ? `Add it to the tools of ${owner}.`
      : meantOrAll(meant, 'It has', names)
    report.add('unknown-tool/called', span, { node: owner, name, suggestion }, meant)
  }
}

/** Names of all that a brain may call: tools, hand-offs, questions to others. */
function toolsOf(node: NodeSpec, spec: GraphSpec): readonly string[] {
  const agent = node.agent === undefined ? undefined : spec.agents?.agents.get(node.agent)
  const list = node.with && entryOf(node.with, 'tools')?.value
  const listed = list?.kind === 'list' ? list.items : []
  return [
    ...listed.flatMap((item) => (item.kind === 'scalar' ? [textOf(item)] : [])),
    ...(agent?.handoffs.map(({ tool }) => tool) ?? []),
    ...(agent?.consults.map((one) => consultTool(one.agent)) ?? []),
  ]
}
