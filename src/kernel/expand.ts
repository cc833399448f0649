import type { Template } from '../graph/plan.ts'

type Vars = Readonly<Record<string, unknown>>

/** Looks up `call.from` and the like; undefined when there is no such variable. */
export function lookUp(vars: Vars, name: string): unknown {
  let value: unknown = vars
  for (const key of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Vars)[key]
  }
  return value
}

/** Replaces every `{{name}}`. A variable without a value becomes empty. */
export function expand(
  text: string,
  vars: Vars,
  show: (value: unknown, name: string) => string = shown,
): string {
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) =>
    show(lookUp(vars, name), name),
  )
}

const shown = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

/** A value as part of a file name: it can name no directory. */
const shownInPath = (value: unknown): string =>
  shown(value)
    .replace(/[^\w.+@-]/g, '_')
    .replace(/^\.+/, '_')

/** Options of a node with the variables of this call put in. */
export function expandOptions(
  options: Readonly<Record<string, unknown>>,
  templates: readonly Template[],
  vars: Vars,
): Readonly<Record<string, unknown>> {
  if (templates.length === 0) return options
  const copy = structuredClone(options) as Record<string, unknown>
  for (const { path, isPath } of templates) {
    let holder: Record<string | number, unknown> = copy
    for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>
    const last = path.at(-1)
    if (last === undefined) continue
    holder[last] = expand(String(holder[last]), vars, isPath ? shownInPath : shown)
  }
  return copy
}
