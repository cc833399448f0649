import type { HandoffSpec } from './agents-spec.ts'
import { checkName } from './names.ts'
import type { Report } from './report.ts'
import { expectMap, expectText, readKeys, shapeDepends, type KeySet } from './shape.ts'
import { nearest } from './suggest.ts'
import type { Entry } from './tree.ts'

/** Keys of a hand-off. */
export const handoffKeys: KeySet = {
  owner: 'a hand-off',
  keys: [
    'when',
    'carry',
    'pass',
    'say',
    'if',
    'set',
    'tool',
    'max',
    'timeout',
    'transfer',
    'brief',
  ],
  later: {},
}

const hint = 'For example: handoffs: { billing: Questions about invoices. }'

/** `handoffs` of an agent. */
export function readHandoffs(
  report: Report,
  agent: string,
  entry: Entry | undefined,
): readonly HandoffSpec[] {
  if (entry === undefined) return []
  const what = `agents.${agent}.handoffs`
  const map = expectMap(report, entry.value, what, 'a map from agents to what they are for', hint)
  const handoffs: HandoffSpec[] = []
  for (const item of map?.entries ?? []) {
    if (item.key.startsWith('x-')) continue
    const handoff = readHandoff(report, what, item)
    if (handoff !== undefined) handoffs.push(handoff)
  }
  return handoffs
}

function readHandoff(report: Report, where: string, entry: Entry): HandoffSpec | undefined {
  const { key: name, keySpan: key, value } = entry
  const what = `${where}.${name}`
  const tool = `transfer_to_${name}`
  const kind = name === 'back' || name === 'end' ? name : 'agent'
  if (value.kind === 'scalar' && value.value !== null) {
    const when: Entry = { key: 'when', keySpan: key, value }
    return { name, key, kind, tool, toolSpan: key, keys: new Map([['when', when]]) }
  }
  const map = expectMap(report, value, what, 'what it is for, or a map with "when"', hint)
  if (map === undefined) return undefined
  const keys = new Map(readKeys(report, map, handoffKeys))
  if (!keys.has('when')) {
    const misspelt = map.entries.some((one) => nearest(one.key, handoffKeys.keys) === 'when')
    const help = 'Tell the model what it is for: when: Questions about invoices.'
    if (!misspelt) report.add('missing-key', key, { owner: what, key: 'when', hint: help })
  }
  const written = keys.get('tool')
  keys.delete('tool')
  const isTransfer = keys.has('transfer')
  if (isTransfer) checkName(report, name, key, true)
  return {
    name,
    key,
    kind: isTransfer ? 'transfer' : kind,
    tool: (written && readTool(report, written)) ?? tool,
    toolSpan: written?.value.span ?? key,
    keys,
  }
}

function readTool(report: Report, { value }: Entry): string | undefined {
  const tool = expectText(report, value, 'tool')
  if (tool === undefined || shapeDepends(report, value, 'tool')) return undefined
  checkName(report, tool, value.span)
  return tool
}
