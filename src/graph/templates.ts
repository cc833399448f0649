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

/** The variables of a text in order. Braces around anything but a name are plain text. */
export function variablesIn(text: string): readonly Variable[] {
  const found: Variable[] = []
  for (const match of text.matchAll(/\{\{\s*([\w.]+)\s*\}\}/g)) {
    const start = match.index
    found.push({ name: match[1] ?? '', start, end: start + match[0].length })
  }
  return found
}
