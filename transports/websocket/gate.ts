import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What a gate asks for. */
export interface GateRules {
  /** Path of the address, for example `/`. */
  readonly path: string
  /** Empty: nobody is asked for one. */
  readonly token: string
  /** Origins of web pages that may connect; empty: pages of this same host; `*`: all. */
  readonly origins: readonly string[]
}

/** Answer to an upgrade request that is refused. */
export interface Refusal {
  readonly status: 401 | 403 | 404
  readonly text: string
}

/** Compares in a time that says nothing about where the two differ, or how long they are. */
export function isSameSecret(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}

/** The token of an `Authorization: Bearer` header, or undefined. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

/** Why an upgrade request is refused, or undefined when it may go on to the hello. */
export function refusalOf(request: IncomingMessage, rules: GateRules): Refusal | undefined {
  const [path] = (request.url ?? '').split('?')
  if (path !== rules.path) return { status: 404, text: 'Not Found' }
  if (!isAllowedOrigin(request, rules.origins)) return { status: 403, text: 'Forbidden' }
  const bearer = bearerOf(request)
  if (rules.token !== '' && bearer !== undefined && !isSameSecret(bearer, rules.token)) {
    return { status: 401, text: 'Unauthorized' }
  }
  return undefined
}

/** Only browsers send an origin; without one there is no page that could be up to something. */
function isAllowedOrigin(request: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = request.headers
  if (origin === undefined || origins.includes('*')) return true
  if (origins.length > 0) return origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === host
}
