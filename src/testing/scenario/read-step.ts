import { dirname, resolve } from 'node:path'
import { dtmf, message, text, transcript, type Frame } from '../../frames/index.ts'
import { expectMap, expectText, expectWord, readKeys, type KeySet } from '../../graph/shape.ts'
import { choice, nearest, quote } from '../../graph/suggest.ts'
import { isEmpty, type Entry, type MapTree, type Tree } from '../../graph/tree.ts'
import { readExpectation, shownOf } from './read-expectation.ts'
import { readMoment } from './read-moment.ts'
import { jsonOf, readCount, readDuration, readPort, scalarText } from './read-values.ts'
import type { CallerAction, Failure, Step, StepAction } from './scenario.ts'
import type { TestReport } from './test-report.ts'

const kinds = ['user', 'feed', 'fail', 'expect', 'never', 'snapshot', 'wait', 'hangup'] as const
type Kind = (typeof kinds)[number]

/** Keys of a step. */
export const stepKeys: KeySet = { owner: 'a step', keys: [...kinds, 'at'], later: {} }
/** What a caller does. */
export const userKeys: KeySet = {
  owner: 'user',
  keys: ['say', 'audio', 'dtmf', 'silence', 'cough', 'voice'],
  later: {},
}
/** Keys of `fail`. */
export const failKeys: KeySet = {
  owner: 'fail',
  keys: ['node', 'tool', 'with', 'delay', 'times'],
  later: { member: 'A node has one processor in this version.' },
}
const failures = ['error', 'timeout', 'disconnect', 'slow', 'refuse'] as const
/** Kinds that are done at a moment; the others wait or look. */
const timed: readonly Kind[] = ['user', 'feed', 'fail', 'hangup']

/** How late a node is that fails with `slow`, unless told, in ms. */
const usualDelayMs = 3000
/** Longest text of one step, in characters. */
const longestText = 2000

/** Reads one step; undefined and reported when it makes no sense. */
export function readStep(report: TestReport, tree: Tree, path: string): Step | undefined {
  const line = report.source.lineOf(tree.span)
  if (scalarText(tree) === 'hangup') {
    return { kind: 'hangup', at: undefined, line, span: tree.span, shown: 'hangup' }
  }
  const example = 'For example: - user: What time is breakfast?'
  const map = expectMap(report.general, tree, 'A step', 'a map', example)
  if (map === undefined) return undefined
  const keys = readKeys(report.general, map, stepKeys)
  const named = kinds.filter((kind) => keys.has(kind))
  const [kind, second] = named
  if (kind === undefined) {
    const isMisspelt = map.entries.some(({ key }) => nearest(key, kinds) !== undefined)
    if (!isMisspelt) report.fault('test-no-step', map.entries[0]?.keySpan ?? map.span)
    return undefined
  }
  if (second !== undefined) {
    const span = (keys.get(second) as Entry).keySpan
    report.fault('test-two-steps', span, { kinds: choice(named, 'and') })
    return undefined
  }
  const entry = keys.get(kind) as Entry
  const at = keys.get('at')
  if (at !== undefined && !timed.includes(kind)) {
    report.fault('test-at-nowhere', at.keySpan, { kind })
  }
  const action = readAction(report, kind, entry, path)
  const moment = at && readMoment(report, at.value)
  if (action === undefined || (at !== undefined && moment === undefined)) return undefined
  const step = {
    ...action,
    line,
    span: map.span,
    shown: `${kind}: ${shownOf(report, entry.value)}`,
  } as Step
  return moment === undefined ? step : ({ ...step, at: moment } as Step)
}

function readAction(
  report: TestReport,
  kind: Kind,
  { value }: Entry,
  path: string,
): StepAction | undefined {
  const at = undefined
  switch (kind) {
    case 'user': {
      const does = readUser(report, value, path)
      return does && { kind, does, at }
    }
    case 'feed':
      return readFeed(report, value)
    case 'fail': {
      const failure = readFail(report, value)
      return failure && { kind, failure, at }
    }
    case 'expect': {
      const read = readExpectation(report, value, kind)
      return read && { kind, expectation: read.expectation }
    }
    case 'never': {
      const read = readExpectation(report, value, kind)
      return read && { kind, expectation: read.expectation, forMs: read.ms }
    }
    case 'snapshot': {
      const port = readPort(report, value, scalarText(value), 'snapshot')
      return port && { kind, port }
    }
    case 'wait': {
      const ms = readDuration(report, value, 'wait')
      return ms === undefined ? undefined : { kind, ms }
    }
    case 'hangup':
      return { kind, at }
  }
}

function readUser(report: TestReport, tree: Tree, path: string): CallerAction | undefined {
  if (tree.kind === 'scalar' && !isEmpty(tree)) return readSaid(report, tree)
  const hint = 'For example: user: hello, user: { dtmf: "1#" } or user: { silence: 3s }'
  const map = expectMap(report.general, tree, 'user', 'text, or a map', hint)
  if (map === undefined) return undefined
  const keys = readKeys(report.general, map, userKeys)
  const [first, second] = [...keys.values()]
  if (first === undefined) return undefined
  if (second !== undefined) {
    report.fault('test-two-steps', second.keySpan, { kinds: choice([...keys.keys()], 'and') })
    return undefined
  }
  const { key, value } = first
  if (key === 'say') return readSaid(report, value)
  if (key === 'dtmf') return readPressed(report, value)
  if (key === 'audio') {
    const file = expectText(report.general, value, 'audio')
    return file === undefined ? undefined : { type: 'sound', path: resolve(dirname(path), file) }
  }
  const ms = readDuration(report, value, key)
  if (ms === undefined) return undefined
  return key === 'silence'
    ? { type: 'silence', ms }
    : { type: 'noise', noise: key === 'cough' ? 'cough' : 'voice', ms }
}

function readSaid(report: TestReport, tree: Tree): CallerAction | undefined {
  const said = expectText(report.general, tree, 'user')?.trim()
  if (said === undefined) return undefined
  if (said !== '' && said.length <= longestText) return { type: 'say', text: said }
  const expected = `text of 1 to ${longestText} characters`
  const shown = quote(said)
  report.general.add('bad-value', tree.span, { option: 'user', expected, shown, suggestion: '' })
  return undefined
}

function readPressed(report: TestReport, tree: Tree): CallerAction | undefined {
  const keys = expectText(report.general, tree, 'dtmf')
  if (keys === undefined) return undefined
  if (/^[0-9*#A-D]{1,100}$/.test(keys)) return { type: 'keys', keys }
  report.fault('test-keys', tree.span, { shown: quote(keys) })
  return undefined
}

function readFeed(report: TestReport, tree: Tree): StepAction | undefined {
  const hint = 'For example: feed: { llm.text: hello }'
  const map = expectMap(report.general, tree, 'feed', 'a map from a port to its frames', hint)
  const [entry, second] = map?.entries ?? []
  if (map === undefined || entry === undefined) return undefined
  if (second !== undefined) {
    report.fault('test-two-steps', second.keySpan, { kinds: 'two ports to feed' })
    return undefined
  }
  const port = readPort(report, entry.value, entry.key, 'feed')
  const items = entry.value.kind === 'list' ? entry.value.items : [entry.value]
  const frames = items.map((item) => readFedFrame(report, item))
  if (port === undefined || frames.includes(undefined)) return undefined
  return { kind: 'feed', port, frames: frames.filter((one) => one !== undefined), at: undefined }
}

/** Text is a text frame; a map names its type: `{ type: dtmf, digit: "1" }`. */
function readFedFrame(report: TestReport, tree: Tree): Frame | undefined {
  if (tree.kind === 'scalar' && !isEmpty(tree)) {
    const words = expectText(report.general, tree, 'feed')
    return words === undefined ? undefined : text({ text: words })
  }
  const map = expectMap(report.general, tree, 'What is fed', 'text, or a map with a type', '')
  if (map === undefined) return undefined
  const { type, ...rest } = jsonOf(map) as Readonly<Record<string, never>>
  const said = String(rest['text'] ?? '')
  if (type === 'text') return text({ text: said })
  if (type === 'transcript') return transcript({ text: said, final: rest['final'] !== false })
  if (type === 'dtmf') {
    const digit = String(rest['digit'] ?? '')
    if (/^[0-9*#A-D]$/.test(digit)) return dtmf({ digit, lane: 'user' })
    report.fault('test-keys', map.span, { shown: quote(digit) })
    return undefined
  }
  if (type === 'message') {
    return message({ name: String(rest['name'] ?? ''), data: rest['data'] ?? null, lane: 'user' })
  }
  report.fault('test-feed', map.span, { type: String(type ?? '').slice(0, 60) })
  return undefined
}

function readFail(report: TestReport, tree: Tree): Failure | undefined {
  const { general } = report
  const hint = 'For example: fail: { node: tts, with: timeout }'
  const map = expectMap(general, tree, 'fail', 'a map with node and with', hint)
  if (map === undefined) return undefined
  const keys = readKeys(general, map as MapTree, failKeys)
  const [node, tool, how] = [keys.get('node'), keys.get('tool'), keys.get('with')]
  const subject = node ?? tool
  if (subject === undefined || how === undefined) {
    const key = subject === undefined ? 'node' : 'with'
    general.add('missing-key', map.span, { owner: 'fail', key, hint })
    return undefined
  }
  if (node !== undefined && tool !== undefined) {
    report.fault('test-two-steps', tool.keySpan, { kinds: 'a node and a tool that fail' })
    return undefined
  }
  const id = expectText(general, subject.value, subject.key)
  const word = expectWord(general, how.value, 'with', failures)
  const [delay, count] = [keys.get('delay'), keys.get('times')]
  const delayMs = delay === undefined ? usualDelayMs : readDuration(report, delay.value, 'delay')
  const times = count === undefined ? Infinity : readCount(report, count.value, 'times')
  if (!id || word === undefined || delayMs === undefined || times === undefined) return undefined
  const isNode = node !== undefined
  return {
    node: isNode ? id : undefined,
    tool: isNode ? undefined : id,
    with: word,
    delayMs,
    times,
  }
}
