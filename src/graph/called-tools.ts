import type { Walk } from './coerce.ts'
import type { OptionScope } from './options.ts'
import { builtinTools, consultTool } from './names.ts'
import { textOf } from './shape.ts'
import type { NodeSpec } from './spec.ts'
import { meantOrAll, nearest } from './suggest.ts'
import { entryOf } from './tree.ts'

/** A dialogue in the graph can call only what its brain has: that is known before the phone rings. */
export function checkCalled(
  node: NodeSpec,
  called: Walk['toolNames'],
  { report, spec }: OptionScope,
): void {
  const agent = node.agent === undefined ? undefined : spec.agents?.agents.get(node.agent)
  const list = node.with && entryOf(node.with, 'tools')?.value
  const listed = list?.kind === 'list' ? list.items : []
  const own = listed.flatMap((item) => (item.kind === 'scalar' ? [textOf(item)] : []))
  const given = [
    ...(agent?.handoffs.map(({ tool }) => tool) ?? []),
    ...(agent?.consults.map((one) => consultTool(one.agent)) ?? []),
  ]
  const names = [...own, ...given]
  // A misspelt tool or agent in a list has been told of; what it was meant to be is called by its name.
  const isTold = (name: string): boolean =>
    names.some((one) => !spec.tools.has(one) && nearest(name, [one]) === one) &&
    (spec.tools.has(name) || isAgents(name, spec))
  for (const { name, span } of called) {
    if (names.includes(name) || isTold(name)) continue
    const meant = nearest(name, names)
    const owner = node.agent ?? node.id
    const isThere = spec.tools.has(name) || builtinTools.includes(name)
    const suggestion = isThere
      ? `Add it to the tools of ${owner}.`
      : meantOrAll(meant, 'It has', names)
    report.add(
      'unknown-tool/called',
      span,
      { node: owner, name, suggestion },
      isThere ? undefined : meant,
    )
  }
}

/** True for the tool by which a call goes to an agent of the file, or one is asked. */
const isAgents = (name: string, { agents }: OptionScope['spec']): boolean =>
  [...(agents?.agents.keys() ?? [])].some(
    (id) => name === `transfer_to_${id}` || name === consultTool(id),
  )
