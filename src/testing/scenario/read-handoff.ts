import { expectMap, expectText, expectWord, readKeys, type KeySet } from '../../graph/shape.ts'
import type { Tree } from '../../graph/tree.ts'
import { isTrue, readFields, readPattern } from './read-values.ts'
import type { ExpectedHandoff } from './scenario.ts'
import type { TestReport } from './test-report.ts'

/** Keys of `handoff`. */
export const handoffKeys: KeySet = {
  owner: 'handoff',
  keys: ['to', 'from', 'pass', 'reason', 'state', 'context'],
  later: {},
}
/** Where a hand-off is. */
export const handoffStates = ['started', 'done', 'returned'] as const

const anyHandoff: ExpectedHandoff = {
  type: 'handoff',
  state: 'done',
  to: undefined,
  from: undefined,
  reason: undefined,
  context: undefined,
  pass: [],
}

/**
 * A hand-off: to whom, or a map that says more about it. It is done unless `state` says otherwise; to the end of the
 * call it is never done, for nobody has the floor then.
 */
export function readHandoff(report: TestReport, value: Tree): ExpectedHandoff | undefined {
  const { general } = report
  if (isTrue(value)) return anyHandoff
  if (value.kind === 'scalar') {
    const to = expectText(general, value, 'handoff')
    return to === undefined ? undefined : { ...anyHandoff, state: stateOf(to), to }
  }
  const hint = 'For example: handoff: { to: billing, pass: { reason: /charged/ } }'
  const map = expectMap(general, value, 'handoff', 'an agent, or a map', hint)
  if (map === undefined) return undefined
  const keys = readKeys(general, map, handoffKeys)
  const [to, from, context] = ['to', 'from', 'context'].map((name) => {
    const entry = keys.get(name)
    return entry && expectText(general, entry.value, name)
  })
  const [state, reason, pass] = [keys.get('state'), keys.get('reason'), keys.get('pass')]
  return {
    type: 'handoff',
    state: (state && expectWord(general, state.value, 'state', handoffStates)) ?? stateOf(to),
    to,
    from,
    reason: reason && readPattern(report, reason.value, 'reason'),
    context,
    pass: (pass && readFields(report, pass)) ?? [],
  }
}

const stateOf = (to: string | undefined): ExpectedHandoff['state'] =>
  to === 'end' ? 'started' : 'done'
