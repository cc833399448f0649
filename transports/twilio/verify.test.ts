import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emulateTwilio, type TwilioEmulator } from 'voxgraph/testing'
import twilio from './index.ts'

let account: TwilioEmulator
beforeAll(async () => {
  account = await emulateTwilio()
})
afterAll(() => account.close())

const ask = async (options: object): Promise<void> =>
  twilio.verify?.({
    options: { account_sid: account.accountSid, auth_token: account.key, ...options },
    log: { debug() {}, info() {}, warn() {} },
    signal: new AbortController().signal,
  } as never)

describe('the account', () => {
  it('is asked for before calls are taken, and costs nothing', async () => {
    await ask({ endpoint: account.endpoint })
    expect(account.received.map(({ path }) => path)).toEqual([
      `/2010-04-01/Accounts/${account.accountSid}.json`,
    ])
    expect(account.violations).toEqual([])
  })

  it('is refused with the wrong token, which is not repeated', async () => {
    const asked = ask({ endpoint: account.endpoint, auth_token: 'a-wrong-token' })
    await expect(asked).rejects.toMatchObject({ code: 'provider-auth' })
    await expect(asked).rejects.not.toThrow('a-wrong-token')
  })

  it('cannot be asked for where nobody listens, and not without a token', async () => {
    const asked = ask({ endpoint: 'http://127.0.0.1:1' })
    await expect(asked).rejects.toMatchObject({ code: 'provider-connectivity' })
    const keyless = ask({ endpoint: account.endpoint, auth_token: undefined })
    await expect(keyless).rejects.toThrow('account_sid or auth_token is missing')
  })
})
