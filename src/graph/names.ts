import type { Report } from './report.ts'
import type { Span } from './tree.ts'

/** The longest name that a node, a variable or a tool may have. */
export const longestName = 40

const reservedNodes: Readonly<Record<string, string>> = {
  in: 'the edge of a graph',
  out: 'the edge of a graph',
  agents: 'the conversation',
  back: 'handing back',
  end: 'the end of a call',
  self: 'the graph itself',
}

/** Tools that the runtime brings. */
export const builtinTools: readonly string[] = ['end_call', 'transfer_call', 'press_keys']

/** Keys of an agent that are nothing but options of its brain. */
export const brainKeys: readonly string[] = ['prompt', 'tools', 'filler', 'interruptible']

/** Checks a name that the file gives to something; reports a bad one. */
export function checkName(report: Report, name: string, span: Span, isNode = false): void {
  if (isNode && Object.hasOwn(reservedNodes, name)) {
    report.add('bad-name/reserved', span, { name, purpose: reservedNodes[name] ?? '' })
  } else if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    const fix = nameLike(name)
    const suggestion = fix === undefined ? '' : `for example ${fix}`
    report.add('bad-name', span, { name, suggestion }, fix)
  } else if (name.length > longestName) {
    report.add('bad-name/long', span, { name, limit: longestName })
  }
}

function nameLike(name: string): string | undefined {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '')
  return words === '' ? undefined : words.slice(0, longestName)
}

/** Name of the tool by which an agent is asked. */
export const consultTool = (agent: string): string => `consult_${agent}`
