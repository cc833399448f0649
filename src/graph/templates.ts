import { nearest } from './suggest.ts'

/** `{{name}}` in a text that is expanded for each call. */
export interface Variable {
  /** `caller_name`, `call.id`. */
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Variables that every call has. */
export const callVariables: readonly string[] = [
  'call.id',
  'call.from',
  'call.to',
  'call.direction',
  'call.known',
  'call.user',
  'now',
  'handoff.from',
]

/** `call.from`, `call.user` …: what an unknown name behind `call.` may be a slip of. Shorter ones are near to everything. */
const likely = callVariables.filter((name) => /^call\.\w{4,}$/.test(name)).map(partOf)

/**
 * Whether every call may have such a variable: one of `callVariables`, or what a transport or a client says of
 * its call (`call.plan`), whose names only they know. A slip of one that is known is none.
 */
export function isCallVariable(name: string): boolean {
  if (callVariables.includes(name)) return true
  return /^call\.[a-z][a-z0-9_]{0,39}$/.test(name) && nearest(partOf(name), likely) === undefined
}

function partOf(name: string): string {
  return name.slice('call.'.length)
}

/** The variables of a text in order. Braces around anything but a name are plain text. */
export function variablesIn(text: string): readonly Variable[] {
  const found: Variable[] = []
  for (const match of text.matchAll(/\{\{\s*([\w.]+)\s*\}\}/g)) {
    const start = match.index
    found.push({ name: match[1] ?? '', start, end: start + match[0].length })
  }
  return found
}
