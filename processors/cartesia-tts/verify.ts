import { ProviderError, refusalError, withoutSecret, type VerifyContext } from 'voxgraph/plugin'
import { createClient, loadSdk } from './load-sdk.ts'
import { provider, type CartesiaOptions } from './options.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** What the SDK throws: an answer with its status, or none. */
interface SdkError {
  readonly status?: number
  readonly error?: unknown
  readonly headers?: Headers
  readonly message?: string
}

/**
 * Asks for the voice, which costs nothing and needs the key. Cartesia has no list of its models: a wrong one
 * is found out when something is said.
 */
export async function verify({ options, signal }: VerifyContext<CartesiaOptions>): Promise<void> {
  const { voice } = options
  const client = createClient(await loadSdk(), options)
  let answer: unknown
  try {
    answer = await client.voices.get(voice, {}, { signal, maxRetries: 0 })
  } catch (error) {
    if (signal.aborted) {
      throw new ProviderError('timeout', { provider, reason: 'it was asked for the voice' })
    }
    throw failure(error as SdkError, options)
  }
  const { id } = Object(answer) as { readonly id?: unknown }
  if (typeof id !== 'string') throw refused(200, answer, options)
}

function failure(error: SdkError, options: CartesiaOptions): ProviderError {
  const { status, headers } = error
  if (status === undefined) {
    const reason = withoutSecret(error.message ?? 'no answer', options.api_key ?? '')
    return new ProviderError('connectivity', { provider, reason })
  }
  if (status === 404 || status === 400 || status === 422) {
    const { voice } = options
    const reason = uuid.test(voice)
      ? `there is no voice "${voice}"`
      : `"${voice}" is no voice of Cartesia, whose ids are UUIDs; it may be another vendor's`
    return new ProviderError('invalid', { provider, reason })
  }
  return refused(status, error.error ?? error.message, options, headers?.get('retry-after'))
}

const refused = (
  status: number,
  body: unknown,
  { api_key: secret = '' }: CartesiaOptions,
  retryAfter?: string | null,
): ProviderError => refusalError({ provider, status, body, secret, retryAfter })
