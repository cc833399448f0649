import type { CallVars } from '../kernel/call-vars.ts'
import { expand } from '../kernel/expand.ts'

/** Longest value that is put into a prompt, in characters. */
const longestValue = 200

/** What a model is told to be and to do, with the variables of the call as they are now. */
export interface Prompts {
  readonly prompt: string
  expand(text: string): string
}

/**
 * Expands the prompt of a brain. A variable that was set in the call comes from a model or a caller: it is
 * shown as a quoted value on one line, and never as a sentence of the prompt; so is what a connection says of
 * its caller. `{{handoff.from}}` is whoever the agent has the call from.
 */
export function promptsOf(
  options: Readonly<Record<string, unknown>>,
  vars: CallVars,
  giver: string | undefined,
): Prompts {
  const all = { ...vars.current, handoff: { from: giver ?? '' } }
  const expandAll = (text: string): string =>
    expand(text, all, (value, name) => shown(value, isData(vars, name)))
  const written = options['prompt']
  return { prompt: typeof written === 'string' ? expandAll(written) : '', expand: expandAll }
}

/** What the runtime itself knows of a call. */
const own: readonly string[] = ['call.id', 'call.direction', 'call.known']

const isData = (vars: CallVars, name: string): boolean => {
  const [first = name] = name.split('.')
  return vars.wasSet(first) || (first === 'call' && !own.includes(name))
}

function shown(value: unknown, isQuoted: boolean): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' && !isQuoted ? value : JSON.stringify(value)
  return isQuoted && text.length > longestValue ? `${text.slice(0, longestValue)}…"` : text
}
