import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { base64url, exportJWK, SignJWT, type JWTPayload } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import { createJwtCheck, type JwtRules } from './jwt.ts'
import { createRig, fate, helloText, until } from './rig.ts'

const secret = 'a secret that is long enough for it'
/** Calendar time at which the clocks of this file begin, in seconds. */
const beginning = 1_800_000_000
const clock = () => createVirtualClock(beginning * 1000)
const rig = createRig(clock, createWeb())
afterEach(rig.close)

/** A token that expires ten minutes later unless the claims say otherwise. */
const token = (
  claims: JWTPayload = {},
  key: Uint8Array | KeyObject = new TextEncoder().encode(secret),
  alg = 'HS256',
  header: object = {},
): Promise<string> =>
  new SignJWT({ exp: beginning + 600, ...claims }).setProtectedHeader({ ...header, alg }).sign(key)

const look = async (rules: JwtRules, given: string) => (await createJwtCheck(rules, clock()))(given)

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const edwards = generateKeyPairSync('ed25519')
const pem = ({ publicKey }: { publicKey: KeyObject }): string =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString()

describe('a JSON Web Token', () => {
  it('says who calls, and may say more of the call', async () => {
    expect(await look({ secret }, await token({ sub: 'ada', call: { plan: 'gold' } }))).toEqual({
      user: 'ada',
      plan: 'gold',
    })
    expect(await look({ secret }, await token())).toEqual({})
  })

  it.each([
    ['RS256', rsa],
    ['PS384', rsa],
    ['ES256', ec],
    ['EdDSA', edwards],
  ])('signed by %s is checked with the public key', async (alg, pair) => {
    const good = await token({ sub: 'ada' }, pair.privateKey, alg)
    expect(await look({ public_key: pem(pair) }, good)).toEqual({ user: 'ada' })
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(await look({ public_key: pem(other) }, good)).toBe('token-invalid')
  })

  it('holds for five seconds longer than it says, since clocks differ', async () => {
    expect(await look({ secret }, await token({ exp: beginning - 4 }))).toEqual({})
    expect(await look({ secret }, await token({ exp: beginning - 5 }))).toBe('token-expired')
    expect(await look({ secret }, await token({ nbf: beginning + 5 }))).toEqual({})
    expect(await look({ secret }, await token({ nbf: beginning + 6 }))).toBe('token-invalid')
  })

  it('has to name the issuer and the audience that are wanted', async () => {
    const rules = { secret, issuer: 'https://login.example', audience: 'voice' }
    const good = { iss: 'https://login.example', aud: ['web', 'voice'] }
    expect(await look(rules, await token(good))).toEqual({})
    for (const bad of [{ ...good, iss: 'x' }, { ...good, aud: 'web' }, { aud: 'voice' }, {}]) {
      expect(await look(rules, await token(bad))).toBe('token-invalid')
    }
  })

  it('is refused when it is none, or is signed in a way that the key is not for', async () => {
    const good = await token()
    const [, claims = ''] = good.split('.')
    const none = `${base64url.encode('{"alg":"none"}')}.${claims}.`
    const key = pem(rsa)
    // The public key taken for a secret: known to everybody.
    const confused = await token({ sub: 'root' }, new TextEncoder().encode(key), 'HS256')
    expect(await look({ public_key: key }, confused)).toBe('token-invalid')
    const forged = await token({}, new TextEncoder().encode('another secret of the same length.'))
    for (const bad of ['', 'x', '..', none, `${good}x`, forged, 'x'.repeat(100_000)]) {
      expect(await look({ secret }, bad)).toBe('token-invalid')
    }
  })

  it('is refused without an end, or with claims that no call can hold', async () => {
    const endless = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret))
    const odd = [
      { call: 'x' },
      { call: { Plan: 'gold' } },
      { call: { plan: { a: 1 } } },
      { sub: 'x'.repeat(201) },
    ] as unknown as JWTPayload[]
    expect(await look({ secret }, endless)).toBe('token-invalid')
    for (const claims of odd)
      expect(await look({ secret }, await token(claims))).toBe('token-invalid')
  })

  it('is checked with keys from an address; while they cannot be had nobody is called a liar', async () => {
    const jwk = { ...(await exportJWK(ec.publicKey)), kid: 'k1', alg: 'ES256' }
    let answers = true
    const server = createServer((_request, response) => {
      response.writeHead(answers ? 200 : 500).end(JSON.stringify({ keys: [jwk] }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    rig.later(() => server.close())
    const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    const sign = (kid: string) => token({ sub: 'ada' }, ec.privateKey, 'ES256', { kid })
    expect(await look({ jwks }, await sign('k1'))).toEqual({ user: 'ada' })
    expect(await look({ jwks }, await sign('k2'))).toBe('token-invalid')
    // A set of public keys is never one of secrets.
    expect(await look({ jwks }, await token())).toBe('token-invalid')
    answers = false
    expect(await look({ jwks }, await sign('k1'))).toBe('keys-unavailable')
  })

  it.each([
    [{}, 'it takes one of secret, public_key and jwks'],
    [{ secret, jwks: 'https://a.example' }, 'it takes one of secret, public_key and jwks'],
    [{ secret: 'short' }, 'its secret has less than 32 characters'],
    [{ public_key: 'no' }, 'its public_key is no PEM of a public key'],
    [
      { public_key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
      'its public_key is no PEM of a public key',
    ],
    [
      { public_key: pem(generateKeyPairSync('x25519')) },
      'a key of the kind x25519 signs no tokens',
    ],
    [{ jwks: 'file:///keys' }, 'jwks is no address: https://…'],
  ])('cannot be checked with %o', async (rules, reason) => {
    await expect(createJwtCheck(rules, clock())).rejects.toThrow(
      `The "jwt" of a transport cannot be used: ${reason}.`,
    )
  })
})

describe('a call with a JSON Web Token', () => {
  it('knows its user, whom nobody else can name', async () => {
    const server = await rig.serve({ jwt: { secret } })
    const call = { user: 'mallory', plan: 'gold', room: '7' }
    await rig.join(server.url, { token: await token({ sub: 'ada', call: { plan: 'free' } }), call })
    const { connection } = await server.next()
    expect(connection.call).toMatchObject({ user: 'ada', plan: 'free', room: '7' })
    const open = await rig.serve()
    await rig.join(open.url, { call })
    expect((await open.next()).connection.call).not.toHaveProperty('user')
  })

  it('gets what was said while the token was looked at', async () => {
    const server = await rig.serve({ jwt: { secret } })
    const socket = await rig.rude(server.url)
    socket.send(helloText({ token: await token() }))
    for (let key = 0; key < 5; key++) socket.send(`{"type":"dtmf","digit":"${key}"}`)
    socket.send('{"type":"bye"}')
    const { frames, end } = await server.next()
    expect(await end).toBe('complete')
    expect(frames.map((frame) => frame.type === 'dtmf' && frame.digit)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
    ])
  })

  it('gets a second of it and no more, however long the set of keys is under way', async () => {
    const set = { keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'k1' }] }
    const asked = Promise.withResolvers<() => void>()
    const keys = createServer((_request, response) =>
      asked.resolve(() => response.end(JSON.stringify(set))),
    )
    rig.later(() => keys.close())
    keys.listen(0, '127.0.0.1')
    await once(keys, 'listening')
    const jwks = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`
    const server = await rig.serve({ jwt: { jwks } })
    const socket = await rig.rude(server.url)
    const pong = once(socket, 'pong')
    socket.send(helloText({ token: await token({}, rsa.privateKey, 'RS256', { kid: 'k1' }) }))
    for (let count = 0; count < 10; count++) socket.send(Buffer.alloc(60_000))
    socket.ping()
    const answer = await asked.promise
    await pong
    answer()
    const { frames } = await server.next()
    await until(() => frames.length > 0)
    expect(frames).toHaveLength(2)
    expect(socket.readyState).toBe(socket.OPEN)
  })

  it('is not begun with a bad one', async () => {
    const server = await rig.serve({ jwt: { secret } })
    const refused = async (given: string): Promise<string> => {
      const socket = await rig.rude(server.url)
      socket.send(helloText({ token: given }))
      return fate(socket)
    }
    expect(await refused('')).toBe('4401 the token is wrong or missing')
    expect(await refused('nonsense')).toBe('4401 the token is wrong or missing')
    expect(await refused(await token({ exp: beginning - 60 }))).toBe('4401 the token has expired')
    const late = `${server.url}?token=${await token({ exp: beginning - 60 })}`
    await expect(rig.rude(late)).rejects.toThrow('Unexpected server response: 401')
    expect(server.calls).toHaveLength(0)
  })

  it('may have the shared token instead', async () => {
    const server = await rig.serve({ jwt: { secret }, token: 's3cret' })
    await rig.join(server.url, { token: 's3cret' })
    await rig.join(`${server.url}?token=${await token({ sub: 'ada' })}`)
    expect((await server.next()).connection.call).not.toHaveProperty('user')
    expect((await server.next()).connection.call).toMatchObject({ user: 'ada' })
  })
})
