import { describe, expect, it } from 'vitest'
import { Gate, tokenOf, type GateRules } from './gate.ts'

const asked = (url: string, headers: Record<string, string> = {}) => ({
  method: 'GET',
  url,
  headers,
  remote: '',
})

/** Status with which a gate refuses, or `open`. */
async function ask(
  headers: Record<string, string>,
  rules: Partial<GateRules> = {},
  url = '/call',
): Promise<number | 'open'> {
  const all = { path: '/call', token: 's3cret', origins: [], ...rules }
  const answer = await new Gate(all, 'https://voice.example/bot').ask(asked(url, headers))
  return 'refused' in answer ? answer.refused.status : 'open'
}

describe('the gate', () => {
  it('lets pages of the same host in, or those of a list', async () => {
    const from = (origin: string, origins: string[] = []) =>
      ask({ origin, host: 'bot.example:8080' }, { origins })
    expect(await from('http://bot.example:8080')).toBe('open')
    for (const origin of ['http://bot.example', 'null', 'https://evil.example']) {
      expect(await from(origin)).toBe(403)
    }
    expect(await from('https://app.example', ['https://app.example'])).toBe('open')
    expect(await from('https://app.example.evil', ['https://app.example'])).toBe(403)
    expect(await from('https://any.example', ['*'])).toBe('open')
  })

  it('lets pages of the public address in, whatever a proxy makes of the host', async () => {
    const host = '10.0.0.7:8080'
    expect(await ask({ origin: 'https://voice.example', host })).toBe('open')
    expect(await ask({ origin: 'https://voice.example.evil', host })).toBe(403)
  })

  it('looks at a token that comes in a header', async () => {
    expect(await ask({ authorization: 'Bearer s3cret' })).toBe('open')
    expect(await ask({ authorization: 'Bearer wrong' })).toBe(401)
    expect(await ask({ authorization: 'Bearer wrong' }, { token: '' })).toBe('open')
  })

  it('looks at a token that comes in the address, where no header brings one', async () => {
    expect(await ask({}, {}, '/call?token=s3cret')).toBe('open')
    expect(await ask({}, {}, '/call?a=1&token=wrong')).toBe(401)
    expect(await ask({ authorization: 'Bearer s3cret' }, {}, '/call?token=wrong')).toBe('open')
    expect([
      tokenOf(asked('/?token=')),
      tokenOf(asked('/?token=a%20b')),
      tokenOf(asked('/')),
    ]).toEqual([undefined, 'a b', undefined])
  })

  it('waits for the first message where no token comes before', async () => {
    const rules = { path: '/', token: 's3cret', origins: [] }
    expect(await new Gate(rules, '').ask(asked('/'))).toEqual({ proven: undefined })
  })

  it('says what is wrong with a token, and nothing more', async () => {
    const rules = { path: '/', token: 's3cret', origins: [] }
    const answer = await new Gate(rules, '').ask(asked('/?token=s3cre'))
    expect(answer).toEqual({
      refused: {
        status: 401,
        headers: {
          'Content-Type': 'application/json',
          'Cache-Control': 'no-store',
          'WWW-Authenticate': 'Bearer error="invalid_token"',
        },
        body: '{"error":"token-invalid"}',
      },
    })
  })
})
