import { createHash, timingSafeEqual } from 'node:crypto'
import type { WebRequest } from 'voxgraph/plugin'

/**
 * Whether a request brings the token.
 *
 * @param token empty: nobody is asked for one
 */
export function isAllowed({ headers }: WebRequest, token: string): boolean {
  if (token === '') return true
  const given = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  // Compared in a time that says nothing about where the two differ, or how long they are.
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
