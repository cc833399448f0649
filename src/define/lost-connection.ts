/** What HTTP clients call a connection that could not be made, or is gone. */
const broken =
  /terminated|Connection error|other side closed|fetch failed|socket|ECONN|EPIPE|ENOTFOUND|EAI_|ENET|EHOST|ETIMEDOUT|certificate/i

/** Why a connection could not be made, or is gone, in a few words; undefined for an error of another kind. */
export function lostConnection(thrown: Error): string | undefined {
  const why = deepest(thrown)
  return broken.test(thrown.message) || broken.test(why) ? why : undefined
}

/** The innermost cause: `connect ECONNREFUSED 127.0.0.1:443` says more than `Connection error.`. */
function deepest(thrown: Error): string {
  let inner = thrown
  for (let depth = 0; depth < 8 && inner.cause instanceof Error; depth++) inner = inner.cause
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : undefined
  const text = inner.message === '' ? inner.name : inner.message
  return code === undefined || text.includes(code) ? text : `${code} ${text}`
}
