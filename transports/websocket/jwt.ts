import { createPublicKey, type KeyObject } from 'node:crypto'
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { VoxgraphError, type Clock } from 'voxgraph/plugin'
import { isCall } from './protocol.ts'

/** Tokens that are believed: JSON Web Tokens with one kind of signature. One of the first three is given. */
export interface JwtRules {
  /** A secret that whoever makes the tokens has, too. */
  readonly secret?: string | undefined
  /** The public key of whoever makes them, PEM. */
  readonly public_key?: string | undefined
  /** Address of a JSON Web Key Set with such keys. */
  readonly jwks?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

/** What a token proves: variables of the call. */
export type Proven = Readonly<Record<string, string>>

/** What is wrong with a token; nothing that helps whoever makes up another. */
export type JwtFault = 'token-expired' | 'token-invalid' | 'keys-unavailable'

/** Looks at tokens. */
export type JwtCheck = (token: string) => Promise<Proven | JwtFault>

/** How far the clocks of two machines may be apart, in seconds. */
const toleranceSeconds = 5
/** Longest token that is looked at, in characters: it has to fit into a header. */
const longestToken = 8192
/** Shortest secret, in characters: as long as the shortest hash that is made with it. */
const shortestSecret = 32
/** Longest `sub`, in characters. */
const longestSubject = 200

const byHash = ['HS256', 'HS384', 'HS512']
const byKey = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']
const edwards = ['EdDSA', 'Ed25519']

type Jose = typeof import('jose')

/**
 * Makes a check of tokens. The algorithms are those of the kind of key that was given, whatever a token says.
 * @throws VoxgraphError `bad-jwt`
 */
export async function createJwtCheck(rules: JwtRules, clock: Clock): Promise<JwtCheck> {
  // Loaded where tokens are looked at.
  const jose = await import('jose')
  const { key, algorithms } = keyOf(rules, jose)
  const getKey: JWTVerifyGetKey = typeof key === 'function' ? key : () => key
  const { issuer, audience } = rules
  return async (token) => {
    if (token.length > longestToken) return 'token-invalid'
    const options: JWTVerifyOptions = {
      algorithms: [...algorithms],
      requiredClaims: ['exp'],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(clock.wall()),
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    }
    try {
      const { payload } = await jose.jwtVerify(token, getKey, options)
      return provenBy(payload) ?? 'token-invalid'
    } catch (thrown) {
      return faultOf(thrown, jose)
    }
  }
}

function keyOf(rules: JwtRules, jose: Jose) {
  const { secret, public_key: pem, jwks } = rules
  if ([secret, pem, jwks].filter((one) => one !== undefined).length !== 1) {
    throw new VoxgraphError('bad-jwt', { reason: 'it takes one of secret, public_key and jwks' })
  }
  if (secret !== undefined) {
    if (secret.length < shortestSecret) {
      throw new VoxgraphError('bad-jwt', {
        reason: `its secret has less than ${shortestSecret} characters`,
      })
    }
    return { key: new TextEncoder().encode(secret), algorithms: byHash }
  }
  if (pem !== undefined) return publicKeyOf(pem)
  const url = jwks !== undefined && URL.canParse(jwks) ? new URL(jwks) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new VoxgraphError('bad-jwt', { reason: 'jwks is no address: https://…' })
  }
  return { key: jose.createRemoteJWKSet(url), algorithms: [...byKey, ...edwards] }
}

function publicKeyOf(pem: string): { readonly key: KeyObject; readonly algorithms: string[] } {
  let key: KeyObject
  try {
    // Of a private key it would make the public one: whoever wrote that has to know.
    if (pem.includes('PRIVATE KEY')) throw new Error('private')
    key = createPublicKey(pem)
  } catch {
    throw new VoxgraphError('bad-jwt', { reason: 'its public_key is no PEM of a public key' })
  }
  const algorithms = algorithmsOf(key)
  if (algorithms.length > 0) return { key, algorithms }
  const reason = `a key of the kind ${String(key.asymmetricKeyType)} signs no tokens`
  throw new VoxgraphError('bad-jwt', { reason })
}

function algorithmsOf({ asymmetricKeyType: kind, asymmetricKeyDetails: details }: KeyObject) {
  if (kind === 'rsa') return byKey.filter((name) => /^[RP]S/.test(name))
  if (kind === 'ed25519') return edwards
  const curves: Readonly<Record<string, string>> = {
    prime256v1: 'ES256',
    secp384r1: 'ES384',
    secp521r1: 'ES512',
  }
  const name = kind === 'ec' ? curves[details?.namedCurve ?? ''] : undefined
  return name === undefined ? [] : [name]
}

/** `sub` becomes `call.user`; the claim `call` becomes further variables. */
function provenBy({ sub, call = {} }: JWTPayload): Proven | undefined {
  if (!isCall(call) || (sub !== undefined && sub.length > longestSubject)) return undefined
  return { ...call, ...(sub !== undefined && { user: sub }) }
}

function faultOf(thrown: unknown, { errors }: Jose): JwtFault {
  if (thrown instanceof errors.JWTExpired) return 'token-expired'
  // A set of keys that cannot be fetched or read is nothing that the client could mend.
  const isOurs =
    thrown instanceof errors.JWKSTimeout ||
    thrown instanceof errors.JWKSInvalid ||
    !(thrown instanceof errors.JOSEError) ||
    thrown.code === 'ERR_JOSE_GENERIC'
  return isOurs ? 'keys-unavailable' : 'token-invalid'
}
