import {
  bearerOf,
  isSameSecret,
  jsonResponse,
  type WebResponse,
  type WebUpgrade,
} from 'voxgraph/plugin'
import type { JwtCheck, JwtFault, Proven } from './jwt.ts'

type Asked = WebUpgrade['request']

/** What a gate asks for. */
export interface GateRules {
  /** Path of the address, for example `/`. */
  readonly path: string
  /** Empty: nobody is asked for one. */
  readonly token: string
  /** Origins of web pages that may connect; empty: pages of this same host; `*`: all. */
  readonly origins: readonly string[]
  /** Looks at JSON Web Tokens; undefined where none is taken. */
  readonly jwt?: JwtCheck | undefined
}

/** Why somebody may not come in. */
export type GateFault = JwtFault | 'token-missing'

/** What comes of a look: refused, or let in with what was proven, if the token was not still to come. */
export type Answer = { readonly refused: WebResponse } | { readonly proven: Proven | undefined }

/** What a client is told of it. */
export const faultTexts: Readonly<Record<GateFault, string>> = {
  'token-missing': 'the token is wrong or missing',
  'token-invalid': 'the token is wrong or missing',
  'token-expired': 'the token has expired',
  'keys-unavailable': 'tokens cannot be checked now',
}

/**
 * The token of an `Authorization: Bearer` header, or else of `?token=`, for clients that can do nothing else:
 * addresses are written to logs and kept by browsers.
 */
export function tokenOf(request: Asked): string | undefined {
  const { url } = request
  const bearer = bearerOf(request)
  if (bearer !== undefined) return bearer
  const at = url.indexOf('?')
  const token = at < 0 ? null : new URLSearchParams(url.slice(at)).get('token')
  return token === null || token === '' ? undefined : token
}

/** Where clients show what they have. */
export class Gate {
  readonly #rules: GateRules
  readonly #publicHost: string | undefined

  /** `publicAddress`: where the world reaches the site. */
  constructor(rules: GateRules, publicAddress: string) {
    this.#rules = rules
    this.#publicHost = URL.canParse(publicAddress) ? new URL(publicAddress).host : undefined
  }

  /** A token has to be shown. */
  get #isShut(): boolean {
    return this.#rules.token !== '' || this.#rules.jwt !== undefined
  }

  /** Looks at who asks for a socket. Whoever shows no token may do so in the first message. */
  async ask(request: Asked): Promise<Answer> {
    if (!this.#isAllowedOrigin(request)) return { refused: { status: 403 } }
    if (!this.#isShut) return { proven: {} }
    const token = tokenOf(request)
    if (token === undefined) return { proven: undefined }
    const proven = await this.check(token)
    return typeof proven === 'string' ? { refused: refusal(proven) } : { proven }
  }

  /** Looks at a token, from wherever it came. At once where no other machine has to be asked. */
  check(token: string): Proven | GateFault | Promise<Proven | GateFault> {
    const { token: secret, jwt } = this.#rules
    if (!this.#isShut) return {}
    if (secret !== '' && isSameSecret(token, secret)) return {}
    if (token === '') return 'token-missing'
    return jwt === undefined ? 'token-invalid' : jwt(token)
  }

  /** Only browsers send an origin; without one there is no page that could be up to something. */
  #isAllowedOrigin({ headers: { origin, host } }: Asked): boolean {
    const { origins } = this.#rules
    if (origin === undefined || origins.includes('*')) return true
    if (origins.length > 0) return origins.includes(origin)
    if (!URL.canParse(origin)) return false
    const page = new URL(origin).host
    return page === host || page === this.#publicHost
  }
}

/** A gate's fault as HTTP says it. */
const refusal = (fault: GateFault): WebResponse =>
  fault === 'keys-unavailable'
    ? jsonResponse(503, { error: fault }, { 'Retry-After': '5' })
    : jsonResponse(401, { error: fault }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
