import { ProviderError, type VerifyContext } from 'voxgraph/plugin'
import { Clients, type Account } from './client.ts'
import { failureOf } from './failure.ts'
import { provider, type ClaudeOptions } from './options.ts'
import { modelsOf, routeOf } from './route.ts'

/**
 * Asks the service about every model that may be asked; that is free, and needs the key.
 * @throws ProviderError
 */
export async function verify({ options, signal }: VerifyContext<ClaudeOptions>): Promise<void> {
  routeOf(options)
  const clients = await Clients.load()
  try {
    const account = clients.of(options)
    for (const model of modelsOf(options)) await verifyModel(account, model, signal)
  } finally {
    await clients.close()
  }
}

async function verifyModel(
  { client, key }: Account,
  model: string,
  signal: AbortSignal,
): Promise<void> {
  let answer: unknown
  try {
    answer = await client.models.retrieve(model, undefined, { signal })
  } catch (thrown) {
    const failure = failureOf(thrown, key)
    if (failure.category !== 'invalid') throw failure
    const reason = `there is no model "${model}", or the key may not use it`
    throw new ProviderError('invalid', { provider, reason, cause: failure })
  }
  const isModel = typeof answer === 'object' && answer !== null && 'id' in answer
  if (isModel) return
  const reason = 'something else answers at the endpoint: what came is no model'
  throw new ProviderError('server', { provider, reason })
}
