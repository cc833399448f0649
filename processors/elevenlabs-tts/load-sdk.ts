import type { ElevenLabsClient } from '@elevenlabs/elevenlabs-js'
import { ProviderError } from 'voxgraph/plugin'
import { provider, type ElevenLabsOptions } from './options.ts'

/** A client of the SDK that tries once. The SDK takes a second to load, so only who needs it does. */
export async function createClient(options: ElevenLabsOptions): Promise<ElevenLabsClient> {
  const { api_key: apiKey, endpoint: baseUrl } = options
  // The SDK would look for one of its own.
  if (apiKey === undefined) throw new ProviderError('auth', { provider, reason: 'no key is given' })
  const { ElevenLabsClient } = await load()
  return new ElevenLabsClient({ apiKey, baseUrl, maxRetries: 0 })
}

async function load(): Promise<typeof import('@elevenlabs/elevenlabs-js')> {
  try {
    return await import('@elevenlabs/elevenlabs-js')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && message.includes('elevenlabs-js')
    if (!isMissing) throw error
    const reason =
      'install @elevenlabs/elevenlabs-js 2.73.0: npm install @elevenlabs/elevenlabs-js@2.73.0'
    throw new ProviderError('invalid', { provider, reason })
  }
}
