import type { ElevenLabsClient } from '@elevenlabs/elevenlabs-js'
import { loadVendorSdk, ProviderError } from 'voxgraph/plugin'
import { provider, type ElevenLabsOptions } from './options.ts'

/** A client of the SDK that tries once. The SDK takes a second to load, so only who needs it does. */
export async function createClient(options: ElevenLabsOptions): Promise<ElevenLabsClient> {
  const { api_key: apiKey, endpoint: baseUrl } = options
  // The SDK would look for one of its own.
  if (apiKey === undefined) throw new ProviderError('auth', { provider, reason: 'no key is given' })
  const { ElevenLabsClient } = await loadVendorSdk({
    ...{ provider, sdk: '@elevenlabs/elevenlabs-js@2.73.0' },
    load: () => import('@elevenlabs/elevenlabs-js'),
  })
  return new ElevenLabsClient({ apiKey, baseUrl, maxRetries: 0 })
}
