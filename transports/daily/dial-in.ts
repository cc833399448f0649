import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WebRequest } from 'voxgraph/plugin'

/** How far the time of a signature may be from ours, in ms. */
const skewMs = 300_000

/** Somebody on the telephone who is on hold at Daily's. */
export interface HeldCall {
  readonly callId: string
  readonly callDomain: string
  readonly from: string
  readonly to: string
}

/**
 * Whether Daily has signed a request: base64 of HMAC-SHA256 over `<timestamp>.<body>`, by the base64 secret that
 * Daily gave for the number. Old and future ones are refused. Its time comes in s or in ms.
 */
export function isSigned({ headers, body }: WebRequest, secret: string, wallMs: number): boolean {
  const given = headers['x-pinless-signature']
  const timestamp = headers['x-pinless-timestamp']
  if (typeof given !== 'string' || typeof timestamp !== 'string') return false
  const time = Number(timestamp)
  const ms = time < 1e11 ? time * 1000 : time
  if (!Number.isFinite(ms) || Math.abs(wallMs - ms) > skewMs) return false
  const key = Buffer.from(secret, 'base64')
  const right = createHmac('sha256', key).update(`${timestamp}.${body}`).digest()
  const said = Buffer.from(given, 'base64')
  return said.length === right.length && timingSafeEqual(said, right)
}

/**
 * The call that a webhook of Daily's is about. `test` when it only tries the address out; undefined when it is
 * something else.
 */
export function heldCallOf(body: string): HeldCall | 'test' | undefined {
  let said: Readonly<Record<string, unknown>>
  try {
    said = Object(JSON.parse(body)) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
  const word = (name: string): string => {
    const value = said[name]
    return typeof value === 'string' && value.length <= 200 ? value : ''
  }
  const callId = word('callId')
  const callDomain = word('callDomain')
  if (callId !== '' && callDomain !== '') {
    return { callId, callDomain, from: word('From'), to: word('To') }
  }
  return said['test'] !== undefined || said['Test'] !== undefined ? 'test' : undefined
}
