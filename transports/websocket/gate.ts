import { createHash, timingSafeEqual } from 'node:crypto'
import type { WebUpgrade } from 'voxgraph/plugin'

type Asked = WebUpgrade['request']

/** What a gate asks for. */
export interface GateRules {
  /** Path of the address, for example `/`. */
  readonly path: string
  /** Empty: nobody is asked for one. */
  readonly token: string
  /** Origins of web pages that may connect; empty: pages of this same host; `*`: all. */
  readonly origins: readonly string[]
}

/** Compares in a time that says nothing about where the two differ, or how long they are. */
export function isSameSecret(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}

/** The token of an `Authorization: Bearer` header, or undefined. */
export function bearerOf(request: Asked): string | undefined {
  return /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** Status with which an upgrade request is refused, or undefined when it may go on to the hello. */
export function refusalOf(request: Asked, rules: GateRules): 401 | 403 | undefined {
  if (!isAllowedOrigin(request, rules.origins)) return 403
  const bearer = bearerOf(request)
  const isWrong = rules.token !== '' && bearer !== undefined && !isSameSecret(bearer, rules.token)
  return isWrong ? 401 : undefined
}

/** Only browsers send an origin; without one there is no page that could be up to something. */
function isAllowedOrigin(request: Asked, origins: readonly string[]): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || origins.includes('*')) return true
  if (origins.length > 0) return origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === host
}
