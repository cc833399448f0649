import { ProviderError, refusalError, type VerifyContext } from 'voxgraph/plugin'
import { sdkFailure } from './failure.ts'
import { createClient } from './load-sdk.ts'
import { provider, type ElevenLabsOptions } from './options.ts'

/** How an id of a voice looks. */
const ownId = /^[A-Za-z0-9]{20}$/

/** Asks for the voice and for the models: neither costs anything, and both need the key. */
export async function verify({ options, signal }: VerifyContext<ElevenLabsOptions>): Promise<void> {
  const { voice, model, api_key: secret = '' } = options
  const client = await createClient(options)
  const how = { abortSignal: signal, maxRetries: 0 }
  const failed = (error: unknown): ProviderError => {
    if (signal.aborted) {
      return new ProviderError('timeout', { provider, reason: 'it was asked for the voice' })
    }
    // The SDK makes a strange object of what is no JSON, and misses its fields.
    const isStrange = (error as Error).name === 'ParseError'
    if (isStrange) return refusalError({ provider, status: 200, body: '', secret })
    return sdkFailure(error, secret)
  }
  await client.voices.get(voice, {}, how).catch((error: unknown) => {
    const { statusCode: status } = error as { readonly statusCode?: number }
    if (status === 404 || status === 400 || status === 422) throw unknownVoice(voice)
    throw failed(error)
  })
  const models = await client.models.list(how).catch((error: unknown) => {
    throw failed(error)
  })
  const speaking = models.filter(({ canDoTextToSpeech }) => canDoTextToSpeech !== false)
  if (speaking.some(({ modelId }) => modelId === model)) return
  const names = speaking.map(({ modelId }) => modelId).join(', ')
  throw new ProviderError('invalid', {
    provider,
    reason: `there is no model "${model}"; there is ${names}`,
  })
}

function unknownVoice(voice: string): ProviderError {
  const reason = ownId.test(voice)
    ? `there is no voice "${voice}"`
    : `"${voice}" is no voice of ElevenLabs, whose ids have 20 letters and digits; it may be a name, or another vendor's`
  return new ProviderError('invalid', { provider, reason })
}
