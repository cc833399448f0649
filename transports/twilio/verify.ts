import type { VerifyContext } from 'voxgraph/plugin'
import { loadSdk } from './load-sdk.ts'
import type { TwilioOptions } from './options.ts'
import { openClient, restError } from './rest.ts'

/** Asks for the account, which costs nothing and needs the keys. The numbers in the options are not asked for. */
export async function verify({ options }: VerifyContext<TwilioOptions>): Promise<void> {
  const client = openClient(await loadSdk(), options)
  try {
    await client.api.v2010.accounts(options.account_sid ?? '').fetch()
  } catch (thrown) {
    throw restError(thrown, options)
  }
}
