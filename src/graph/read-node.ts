import { parseDuration } from '../schema/duration.ts'
import type { OnError, Overflow } from './plan.ts'
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
import type { InputSpec, NodeSpec } from './spec.ts'
import { nearest, quote } from './suggest.ts'
import { entryOf, type Entry, type MapTree, type ScalarTree, type Tree } from './tree.ts'

/** Keys of a node. */
export const nodeKeys: KeySet = {
  owner: 'a node',
  keys: [
    'use',
    'with',
    'in',
    'timeout',
    'retry',
    'breaker',
    'fallback',
    'on_error',
    'on_interrupt',
    'label',
  ],
  later: {
    join: 'Inputs are taken in the order in which frames arrive.',
    when_busy: 'A new turn takes the place of the one before.',
    enabled: 'Take the node out of the chains.',
  },
}

/** Keys of what takes the place of a node: the rest is the node's own. */
export const memberKeys: KeySet = {
  owner: 'a fallback',
  keys: ['use', 'with', 'timeout', 'retry', 'breaker'],
  later: {},
}

/** How many providers may stand behind one node: whoever waits for the sixth has hung up. */
export const mostFallbacks = 5

/** Keys of an input. */
export const inputKeys: KeySet = {
  owner: 'an input',
  keys: ['buffer', 'overflow', 'convert'],
  later: {},
}

const onErrors: readonly OnError[] = ['restart', 'bypass', 'end_call']
const overflows: readonly Overflow[] = ['drop_oldest', 'drop_newest', 'latest', 'block', 'error']

/**
 * One entry of `nodes`, or of a `fallback`.
 *
 * @param where what messages call the map
 * @param set the keys that it may have
 */
export function readNode(
  report: Report,
  entry: Entry,
  where: string,
  set: KeySet = nodeKeys,
): NodeSpec {
  const { key: id, keySpan, value } = entry
  const strays: Entry[] = []
  const blank: NodeSpec = {
    id,
    key: keySpan,
    use: undefined,
    with: undefined,
    withBroken: false,
    inputs: [],
    onError: 'restart',
    onErrorSpan: keySpan,
    onInterrupt: 'obey',
    label: id,
    limits: [],
    fallback: [],
    agent: undefined,
    strays,
  }
  if (value.kind === 'scalar' && value.value !== null) {
    return { ...blank, use: readUse(report, value) }
  }
  const start = set === nodeKeys ? `${id}:` : '-'
  const hint = `Write ${start} flite-tts, or ${start} { use: flite-tts, with: { ... } }`
  const expected = 'the name of a processor, or a map with "use"'
  const map = expectMap(report, value, `${where}.${id}`, expected, hint)
  if (map === undefined) return blank
  const keys = readKeys(report, map, set, (stray) => strays.push(stray) > 0)
  const use = keys.get('use')
  const options = keys.get('with')
  const onError = keys.get('on_error')
  const onInterrupt = keys.get('on_interrupt')
  const label = keys.get('label')
  if (use === undefined) reportNoUse(report, where, entry, strays, set)
  return {
    ...blank,
    use: use && readUse(report, use.value),
    with: options && readWith(report, options.value),
    withBroken: options !== undefined && options.value.kind !== 'map',
    inputs: readInputs(report, id, keys.get('in')),
    onError: (onError && expectWord(report, onError.value, 'on_error', onErrors)) ?? 'restart',
    onErrorSpan: onError?.value.span ?? keySpan,
    onInterrupt:
      (onInterrupt && expectWord(report, onInterrupt.value, 'on_interrupt', ['obey', 'ignore'])) ??
      'obey',
    label: (label && expectText(report, label.value, 'label')) ?? id,
    limits: limitKeys.flatMap((name) => keys.get(name) ?? []),
    fallback: readFallback(report, entry, where, keys.get('fallback')),
  }
}

const limitKeys = ['timeout', 'retry', 'breaker'] as const

/** What takes the place of a node, in order. */
function readFallback(
  report: Report,
  node: Entry,
  where: string,
  entry: Entry | undefined,
): readonly NodeSpec[] {
  if (entry === undefined) return []
  const { value } = entry
  const what = `${where}.${node.key}`
  if (value.kind !== 'list') {
    const use = value.kind === 'map' ? entryOf(value, 'use')?.value : value
    const example = (use && plainText(use)) ?? 'flite-tts'
    const hint = `Write fallback: [${example}]`
    wrongShape(report, value, `${what}.fallback`, 'a list of processors', hint)
    return []
  }
  if (value.items.length > mostFallbacks) {
    const expected = `a list of at most ${mostFallbacks} entries`
    const params = { option: 'fallback', expected, shown: 'this list', suggestion: '' }
    report.add('bad-value', entry.keySpan, params)
    return []
  }
  return value.items.map((item, index) => {
    const member = { key: `fallback[${index}]`, keySpan: item.span, value: item }
    const { key: id } = node
    return { ...readNode(report, member, what, memberKeys), id, label: id }
  })
}

function reportNoUse(
  report: Report,
  where: string,
  entry: Entry,
  strays: readonly Entry[],
  set: KeySet,
): void {
  if (strays.some((stray) => nearest(stray.key, set.keys) === 'use')) return
  const { key } = entry
  const example = key === 'llm' ? 'script-llm' : 'flite-tts'
  // A member of an agent may have it from the defaults; what stands under `nodes` may not.
  const isMember = set === nodeKeys && where.startsWith('agents.') && !where.endsWith('.nodes')
  const place = isMember ? ', here or for all agents under defaults.agent' : ''
  const hint = `Name its processor, for example: use: ${example}${place}`
  report.add('missing-key', entry.keySpan, { owner: `${where}.${key}`, key: 'use', hint })
}

function readUse(report: Report, tree: Tree): ScalarTree | undefined {
  const hint = 'Swap the processor when you run the graph.'
  if (expectText(report, tree, 'use') === undefined || tree.kind !== 'scalar') return undefined
  return shapeDepends(report, tree, 'use', hint) ? undefined : tree
}

function readWith(report: Report, tree: Tree): MapTree | undefined {
  if (tree.kind === 'scalar' && tree.value === null) {
    return { kind: 'map', span: tree.span, entries: [] }
  }
  return expectMap(report, tree, 'with', 'a map of options', '')
}

function readInputs(report: Report, id: string, entry: Entry | undefined): readonly InputSpec[] {
  if (entry === undefined) return []
  const what = `nodes.${id}.in`
  const hint = 'For example: in: { audio: { buffer: 500ms } }'
  const map = expectMap(report, entry.value, what, 'a map from inputs to their policy', hint)
  const inputs: InputSpec[] = []
  for (const port of map?.entries ?? []) {
    if (port.key.startsWith('x-')) continue
    const policy = expectMap(report, port.value, `${what}.${port.key}`, 'a map', hint)
    if (policy !== undefined) inputs.push(readInput(report, port, policy))
  }
  return inputs
}

function readInput(report: Report, port: Entry, policy: MapTree): InputSpec {
  const keys = readKeys(report, policy, inputKeys)
  const buffer = keys.get('buffer')
  const overflow = keys.get('overflow')
  const convert = keys.get('convert')
  const size = (buffer && readBuffer(report, buffer.value)) ?? { frames: undefined, ms: undefined }
  return {
    port: port.key,
    key: port.keySpan,
    ...size,
    bufferSpan: buffer?.value.span ?? port.keySpan,
    overflow: overflow && expectWord(report, overflow.value, 'overflow', overflows),
    overflowSpan: overflow?.value.span ?? port.keySpan,
    convert:
      (convert && expectWord(report, convert.value, 'convert', ['auto', 'explicit'])) ?? 'auto',
  }
}

function readBuffer(
  report: Report,
  tree: Tree,
): { frames: number | undefined; ms: number | undefined } | undefined {
  const written = plainText(tree)
  const expected = 'a number of frames such as 100, or a length of time such as 500ms'
  if (written === undefined) {
    wrongShape(report, tree, 'buffer', expected)
    return undefined
  }
  if (shapeDepends(report, tree, 'buffer')) return undefined
  const ms = parseDuration(written)
  if (ms !== undefined && ms > 0) return { frames: undefined, ms }
  if (/^[1-9]\d{0,6}$/.test(written)) return { frames: Number(written), ms: undefined }
  const params = { option: 'buffer', expected, shown: quote(written), suggestion: '' }
  report.add('bad-value', tree.span, params)
  return undefined
}
