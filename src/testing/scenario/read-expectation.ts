import type { Json } from '../../frames/index.ts'
import {
  expectMap,
  expectText,
  expectWord,
  readKeys,
  wrongShape,
  type KeySet,
} from '../../graph/shape.ts'
import { choice } from '../../graph/suggest.ts'
import type { Entry, MapTree, Tree } from '../../graph/tree.ts'
import { readHandoff } from './read-handoff.ts'
import {
  isTrue,
  jsonOf,
  readDuration,
  readFields,
  readPattern,
  readPort,
  scalarText,
} from './read-values.ts'
import type { Expectation, Expected } from './scenario.ts'
import type { TestReport } from './test-report.ts'

const later = {
  judge: 'Say what is expected with says: /…/ or heard: /…/.',
}
/** Each names an event; the rest says more about it. */
const events = [
  'says',
  'heard',
  'tool',
  'handoff',
  'at',
  'turn',
  'interrupted',
  'held',
  'resumed',
  'ended',
  'vars',
] as const
const details = ['agent', 'with', 'arguments', 'equals', 'matches', 'type', 'from'] as const

/** Keys of `expect`. */
export const expectKeys: KeySet = {
  owner: 'expect',
  keys: [...events, ...details, 'within'],
  later,
}
/** Keys of `never`. */
export const neverKeys: KeySet = { owner: 'never', keys: [...events, ...details, 'for'], later }
const turnKeys: KeySet = { owner: 'turn', keys: ['state', 'text', 'within'], later: {} }
const turnStates = ['started', 'eager', 'resumed', 'ended'] as const

/** How long an expectation waits unless it says so, in ms of virtual time. */
const usualWithinMs = 10_000
/** How long `never` looks unless it says so, in ms of virtual time. */
const usualForMs = 3000

/** Reads what is behind `expect` or `never`; `ms` is how long to wait, or how long to look. */
export function readExpectation(
  report: TestReport,
  tree: Tree,
  kind: 'expect' | 'never',
): { readonly expectation: Expectation; readonly ms: number } | undefined {
  const example = `For example: ${kind}: { says: breakfast }`
  const map = expectMap(report.general, tree, kind, 'a map', example)
  if (map === undefined) return undefined
  const keys = readKeys(report.general, map, kind === 'expect' ? expectKeys : neverKeys)
  const named = events.filter((event) => keys.has(event))
  const [first, second] = named
  if (second !== undefined) {
    report.fault('test-expects-two', map.span, { kinds: choice(named, 'and') })
    return undefined
  }
  if (first === undefined && !keys.has('agent')) {
    // A key that is none has been told of, and may be what was meant.
    const isMisspelt = map.entries.some(({ key }) => !keys.has(key))
    if (!isMisspelt) report.fault('test-expects-nothing', map.span)
    return undefined
  }
  const what = first === undefined ? ({ type: 'agent' } as const) : readEvent(report, first, keys)
  const limit = keys.get('within') ?? keys.get('for')
  const usual = kind === 'expect' ? usualWithinMs : usualForMs
  const ms = limit === undefined ? usual : readDuration(report, limit.value, limit.key)
  const agent = keys.get('agent')
  const who = agent && expectText(report.general, agent.value, 'agent')
  if (what === undefined || ms === undefined) return undefined
  // The message says the time itself.
  const shown = shownOf(report, map).replace(/(^|,\s*)(within|for): [\d.]+(ms|s|m)$/, '')
  return { expectation: { what, agent: who, withinMs: ms, shown }, ms }
}

/** What was written, on one line. */
export function shownOf(report: TestReport, { span }: Tree): string {
  const text = report.source.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim()
  const bare = text.replace(/^\{\s*|\s*\}$/g, '')
  return bare.length > 100 ? `${bare.slice(0, 100)}…` : bare
}

type Keys = ReadonlyMap<string, Entry>

function readEvent(
  report: TestReport,
  event: (typeof events)[number],
  keys: Keys,
): Expected | undefined {
  const entry = keys.get(event) as Entry
  const { value } = entry
  refuseStrays(report, event, keys)
  switch (event) {
    case 'says':
    case 'heard': {
      const pattern = readPattern(report, value, event)
      return pattern && { type: event, pattern }
    }
    case 'tool':
      return readTool(report, value, keys.get('with') ?? keys.get('arguments'))
    case 'handoff':
      return readHandoff(report, value)
    case 'vars': {
      const fields = readFields(report, entry)
      return fields && { type: 'vars', fields }
    }
    case 'at':
      return readFrame(report, value, keys)
    case 'turn':
      return readTurn(report, value)
    case 'interrupted': {
      if (isTrue(value)) return { type: 'interrupted', node: undefined }
      const node = expectText(report.general, value, 'interrupted')
      return node === undefined ? undefined : { type: 'interrupted', node }
    }
    case 'ended': {
      if (isTrue(value)) return { type: 'ended', reason: undefined }
      const reason = readPattern(report, value, 'ended')
      return reason && { type: 'ended', reason }
    }
    default:
      if (isTrue(value)) return { type: event }
      wrongShape(report.general, value, event, 'true')
      return undefined
  }
}

/** `with` belongs to a tool; what a frame must be, to `at`. */
function refuseStrays(report: TestReport, event: string, keys: Keys): void {
  const own: Readonly<Record<string, readonly string[]>> = {
    tool: ['with', 'arguments'],
    at: ['equals', 'matches', 'type', 'from'],
  }
  for (const name of details) {
    const stray = keys.get(name)
    if (stray === undefined || name === 'agent' || own[event]?.includes(name) === true) continue
    const suggestion = `It says more about ${name === 'with' || name === 'arguments' ? 'tool' : 'at'}.`
    report.general.add('unknown-key', stray.keySpan, { key: name, owner: event, suggestion })
  }
}

function readTool(report: TestReport, value: Tree, given: Entry | undefined): Expected | undefined {
  const name = expectText(report.general, value, 'tool')
  if (name === undefined) return undefined
  if (given === undefined) return { type: 'tool', name, with: [] }
  const fields = readFields(report, given)
  return fields && { type: 'tool', name, with: fields }
}

function readFrame(report: TestReport, value: Tree, keys: Keys): Expected | undefined {
  const port = readPort(report, value, scalarText(value), 'at')
  const matches = keys.get('matches')
  const pattern = matches && readPattern(report, matches.value, 'matches')
  if (port === undefined || (matches !== undefined && pattern === undefined)) return undefined
  const equals = keys.get('equals')
  const json: Json | undefined = equals && jsonOf(equals.value)
  const frame = scalarText(keys.get('type')?.value)
  const from = scalarText(keys.get('from')?.value)
  return { type: 'frame', port, frame, equals: json, matches: pattern, from }
}

function readTurn(report: TestReport, value: Tree): Expected | undefined {
  const { general } = report
  if (value.kind === 'scalar') {
    const state = isTrue(value) ? 'ended' : expectWord(general, value, 'turn', turnStates)
    return state && { type: 'turn', state, text: undefined }
  }
  const map = expectMap(general, value, 'turn', 'a state, or a map', 'turn: { text: hello }')
  if (map === undefined) return undefined
  const keys = readKeys(general, map as MapTree, turnKeys)
  const [state, text, within] = [keys.get('state'), keys.get('text'), keys.get('within')]
  if (within !== undefined) {
    const mostMs = readDuration(report, within.value, 'within')
    if (state !== undefined || text !== undefined) {
      report.fault('test-expects-two', map.span, { kinds: 'a turn and the time of its answer' })
    }
    return mostMs === undefined ? undefined : { type: 'answer', mostMs }
  }
  const word = state && expectWord(general, state.value, 'state', turnStates)
  const pattern = text && readPattern(report, text.value, 'text')
  return { type: 'turn', state: word ?? 'ended', text: pattern }
}
