import { isVariable, mostVariables } from '../protocol.ts'

/** What nobody says of themselves: these are ours, or stand in a token. */
const reserved: readonly string[] = ['token', 'id', 'direction', 'user']

/**
 * Variables of a call that a client brings, as in a hello; what is no such thing is left out, and numbers become
 * texts. Who calls does not name the call, or say which way it goes.
 */
export function callVariables(given: Iterable<readonly [string, unknown]>): Record<string, string> {
  const variables = [...given].flatMap(([name, value]): [string, string][] => {
    const text = typeof value === 'number' ? String(value) : value
    return isVariable(name, text) && !reserved.includes(name) ? [[name, text]] : []
  })
  return Object.fromEntries(variables.slice(0, mostVariables))
}

/** Query of an address as it stands in a request. */
export const queryOf = (url: string): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '')
