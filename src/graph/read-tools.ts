import { parseDuration } from '../schema/duration.ts'
import { builtinTools, checkName } from './names.ts'
import type { Report } from './report.ts'
import {
  expectMap,
  expectText,
  expectWord,
  plainText,
  readKeys,
  shapeDepends,
  wrongShape,
  type KeySet,
} from './shape.ts'
import { readSet } from './read-set.ts'
import type { ToolSpec, VarSpec } from './spec.ts'
import { quote, withUnit } from './suggest.ts'
import { entryOf, type Entry, type Tree } from './tree.ts'

/** Keys of a tool. */
export const toolKeys: KeySet = {
  owner: 'a tool',
  keys: ['use', 'timeout', 'on_interrupt', 'set', 'filler', 'description', 'parameters'],
  later: {},
}

/** Keys of `transfer_call`, which needs to be told whom a call may be given to. */
export const transferKeys: KeySet = {
  owner: 'transfer_call',
  keys: ['to', 'timeout', 'description'],
  later: {},
}

/** Entries of `tools`. */
export function readTools(
  report: Report,
  entry: Entry | undefined,
  vars: ReadonlyMap<string, VarSpec>,
): ReadonlyMap<string, ToolSpec> {
  const tools = new Map<string, ToolSpec>()
  if (entry === undefined) return tools
  const hint = 'For example: tools: { check_order: ./tools/orders.ts#checkOrder }'
  const map = expectMap(report, entry.value, 'tools', 'a map from names to functions', hint)
  for (const item of map?.entries ?? []) {
    if (item.key.startsWith('x-')) continue
    checkName(report, item.key, item.keySpan)
    const isTransfer = item.key === 'transfer_call' && isConfiguration(item.value)
    if (builtinTools.includes(item.key) && !isTransfer)
      report.add('tool-clash/builtin', item.keySpan, { name: item.key })
    const tool = isTransfer ? readTransfer(report, item) : readTool(report, item, vars)
    if (tool !== undefined) tools.set(item.key, tool)
  }
  return tools
}

function readTool(
  report: Report,
  entry: Entry,
  vars: ReadonlyMap<string, VarSpec>,
): ToolSpec | undefined {
  const { key: id, keySpan: key, value } = entry
  if (value.kind === 'scalar' && value.value !== null) {
    if (shapeDepends(report, value, id)) return undefined
    return { ...plainTool, id, key, use: value }
  }
  const hint = `Write ${id}: ./tools.ts#${id}`
  const map = expectMap(report, value, `tools.${id}`, 'a path, or a map with "use"', hint)
  if (map === undefined) return undefined
  const keys = readKeys(report, map, toolKeys)
  const use = keys.get('use')?.value
  const timeout = keys.get('timeout')
  const timeoutMs = timeout && readTimeout(report, timeout.value)
  const interrupt = keys.get('on_interrupt')?.value
  const word = interrupt && expectWord(report, interrupt, 'on_interrupt', ['continue', 'cancel'])
  if (use === undefined) {
    report.add('missing-key', key, { owner: `tools.${id}`, key: 'use', hint })
    return undefined
  }
  if (expectText(report, use, 'use') === undefined || use.kind !== 'scalar') return undefined
  if (shapeDepends(report, use, 'use')) return undefined
  return {
    id,
    key,
    use,
    keys,
    timeoutMs,
    onInterrupt: word ?? 'continue',
    set: readSet(report, keys.get('set'), `tools.${id}.set`, vars),
  }
}

const plainTool = {
  keys: new Map<string, Entry>(),
  timeoutMs: undefined,
  onInterrupt: 'continue',
  set: {},
} as const

/** Whoever writes `use` means a tool of his own. */
const isConfiguration = (value: Tree): boolean =>
  value.kind === 'map' && entryOf(value, 'use') === undefined

function readTransfer(report: Report, entry: Entry): ToolSpec | undefined {
  const { key: id, keySpan: key, value } = entry
  if (value.kind !== 'map') return undefined
  const keys = readKeys(report, value, transferKeys)
  if (!keys.has('to')) report.add('missing-key', key, { owner: id, key: 'to', hint: transferHint })
  const timeout = keys.get('timeout')
  const timeoutMs = timeout && readTimeout(report, timeout.value)
  return { ...plainTool, id, key, use: undefined, keys, timeoutMs }
}

/** How `transfer_call` is told whom a call may be given to. */
export const transferHint =
  'For example: tools: { transfer_call: { to: { sales: "+14155550123", support: queue:support } } }'

function readTimeout(report: Report, tree: Tree): number | undefined {
  const written = plainText(tree)
  if (written === undefined) {
    wrongShape(report, tree, 'timeout', 'a length of time such as 10s')
    return undefined
  }
  if (shapeDepends(report, tree, 'timeout')) return undefined
  const ms = parseDuration(written)
  if (ms !== undefined && ms > 0) return ms
  reportDuration(report, tree, 'timeout', written)
  return undefined
}

/** Reports a length of time that is none. */
export function reportDuration(
  report: Report,
  tree: Tree,
  option: string,
  written: string,
  shown = quote(written),
): void {
  if (/^\d+(\.\d+)?$/.test(written)) {
    const { choice, fix } = withUnit(written)
    report.add('time-unit', tree.span, { option, value: written, choice }, fix)
    return
  }
  const expected = 'a length of time such as 250ms, 2s, 1m or 1h'
  report.add('bad-value', tree.span, { option, expected, shown, suggestion: '' })
}
