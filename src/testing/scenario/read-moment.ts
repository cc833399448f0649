import { readKeys, wrongShape, type KeySet } from '../../graph/shape.ts'
import { quote } from '../../graph/suggest.ts'
import { entryOf, type Tree } from '../../graph/tree.ts'
import { parseDuration } from '../../schema/duration.ts'
import { readDuration, scalarText } from './read-values.ts'
import type { EventRef, Moment } from './scenario.ts'
import type { TestReport } from './test-report.ts'

const momentKeys: KeySet = { owner: 'a moment', keys: ['after', 'delay'], later: {} }

/** When a step is done: `1.5s` of the call, an event, or `{ after: event, delay: 300ms }`. */
export function readMoment(report: TestReport, tree: Tree): Moment | undefined {
  if (tree.kind === 'list') {
    wrongShape(report.general, tree, 'at', 'a length of time, or { after, delay }')
    return undefined
  }
  if (tree.kind === 'scalar') {
    const text = scalarText(tree) ?? ''
    const isTime = parseDuration(text) !== undefined || /^\d/.test(text)
    if (isTime) {
      const atMs = readDuration(report, tree, 'at')
      return atMs === undefined ? undefined : { atMs, after: undefined, delayMs: 0 }
    }
    const after = readEvent(report, tree)
    return after && { atMs: undefined, after, delayMs: 0 }
  }
  readKeys(report.general, tree, momentKeys)
  const [after, delay] = [entryOf(tree, 'after'), entryOf(tree, 'delay')]
  if (after === undefined) {
    const hint = 'For example: at: { after: heard, delay: 300ms }'
    report.general.add('missing-key', tree.span, { owner: 'A moment', key: 'after', hint })
    return undefined
  }
  const ref = readEvent(report, after.value)
  const delayMs = delay === undefined ? 0 : readDuration(report, delay.value, 'delay')
  if (ref === undefined || delayMs === undefined) return undefined
  return { atMs: undefined, after: ref, delayMs }
}

function readEvent(report: TestReport, tree: Tree): EventRef | undefined {
  const text = scalarText(tree) ?? ''
  if (text === 'start' || text === 'step' || text === 'heard' || text === 'quiet') {
    return { type: text }
  }
  const [, node, event] = /^([a-z][a-z0-9_/]*)\.([a-z][a-z_-]*)$/.exec(text) ?? []
  // A node, a node of an agent, or an agent.
  if (node === undefined || event === undefined) {
    report.fault('test-moment', tree.span, { text: quote(text).slice(1, -1) })
    return undefined
  }
  return event === 'first_audio'
    ? { type: 'first-audio', node }
    : { type: 'frame', node, frame: event }
}
