/** Most variables of a call that a client may bring, and the longest text of one in UTF-16 units; as in a hello. */
const mostVariables = 16
const longestText = 200

/**
 * Variables of a call that a client brings: lower-case names and short texts; what is no such thing is left out.
 * Who calls does not name the call, or say which way it goes.
 */
export function callVariables(given: Iterable<readonly [string, unknown]>): Record<string, string> {
  const variables: [string, string][] = []
  for (const [name, value] of given) {
    const isText = typeof value === 'string' || typeof value === 'number'
    const isOurs = ['token', 'id', 'direction', 'user'].includes(name)
    if (!isText || isOurs || !/^[a-z][a-z0-9_]{0,39}$/.test(name)) continue
    const text = String(value)
    if (text.length <= longestText) variables.push([name, text])
  }
  return Object.fromEntries(variables.slice(0, mostVariables))
}

/** Query of an address as it stands in a request. */
export const queryOf = (url: string): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '')
