import { ProviderError, type VerifyContext } from 'voxgraph/plugin'
import { Clients } from './client.ts'
import { failureOf } from './failure.ts'
import { provider, type ClaudeOptions } from './options.ts'
import { modelsOf, routeOf } from './route.ts'

/**
 * Asks the service about every model that may be asked; that is free, and needs the key.
 * @throws ProviderError
 */
export async function verify({ options, signal }: VerifyContext<ClaudeOptions>): Promise<void> {
  routeOf(options)
  const { client, key } = (await Clients.load()).of(options)
  for (const model of modelsOf(options)) {
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
    if (isModel) continue
    const reason = 'something else answers at the endpoint: what came is no model'
    throw new ProviderError('server', { provider, reason })
  }
}
