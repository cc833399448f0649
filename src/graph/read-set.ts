import type { Report } from './report.ts'
import { expectMap, expectText } from './shape.ts'
import type { VarSpec } from './spec.ts'
import { meantOrAll, nearest } from './suggest.ts'
import type { Entry, Span } from './tree.ts'

/** `set` of a tool or a hand-off: name of a variable to the path of its new value. */
export function readSet(
  report: Report,
  entry: Entry | undefined,
  where: string,
  vars: ReadonlyMap<string, VarSpec>,
): Readonly<Record<string, string>> {
  if (entry === undefined) return {}
  const hint = 'For example: set: { customer_id: id }, or set: { customer: . } for all of it'
  const map = expectMap(report, entry.value, where, 'a map from variables to paths', hint)
  const set: [string, string][] = []
  for (const { key, keySpan, value } of map?.entries ?? []) {
    if (key.startsWith('x-')) continue
    checkVar(report, key, keySpan, where, vars)
    const path = expectText(report, value, `${where}.${key}`)
    if (path === undefined) continue
    if (/^\.$|^[\w-]+(\.[\w-]+)*$/.test(path)) set.push([key, path])
    else {
      const expected = 'a path such as id or customer.id, or "." for all of it'
      const params = { option: `${where}.${key}`, expected, shown: `"${path}"`, suggestion: '' }
      report.add('bad-value', value.span, params)
    }
  }
  return Object.fromEntries(set)
}

/** Reports a variable that the file does not have. */
export function checkVar(
  report: Report,
  name: string,
  span: Span,
  where: string,
  vars: ReadonlyMap<string, VarSpec>,
): boolean {
  const [first = name] = name.split('.')
  if (vars.has(first)) return true
  const meant = nearest(first, vars.keys())
  const suggestion = meantOrAll(meant, 'Variables here', vars.keys())
  report.add('undeclared-var/set', span, { where, name: first, suggestion }, meant)
  return false
}
