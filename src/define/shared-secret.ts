import { createHash, timingSafeEqual } from 'node:crypto'
import type { WebRequest } from './web.ts'

/** Compares in a time that says nothing about where the two differ, or how long they are. */
export function isSameSecret(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}

/** The token of an `Authorization: Bearer` header; undefined where there is none. */
export const bearerOf = ({ headers }: Pick<WebRequest, 'headers'>): string | undefined =>
  /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]
