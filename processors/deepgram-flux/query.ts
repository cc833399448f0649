import type { DeepgramClient } from '@deepgram/sdk'
import { ProviderError, type SpeechFormat } from 'voxgraph/plugin'
import type { FluxOptions } from './options.ts'

type Query = Parameters<DeepgramClient['listen']['v2']['createConnection']>[0]

/**
 * What is asked for when a stream is opened.
 * @throws ProviderError `invalid` for thresholds that Deepgram would refuse
 */
export function queryOf(
  provider: string,
  options: FluxOptions,
  { encoding, sampleRate }: SpeechFormat,
): Query {
  const { eager, eager_eot_threshold: eagerThreshold, eot_threshold: threshold } = options
  const { keyterms, language_hints: hints } = options
  if (eager && eagerThreshold > threshold) {
    const reason = `eager_eot_threshold ${eagerThreshold} is above eot_threshold ${threshold}`
    throw new ProviderError('invalid', { provider, reason })
  }
  return {
    model: options.model,
    encoding: encoding === 'mulaw' ? 'mulaw' : 'linear16',
    sample_rate: sampleRate,
    eot_threshold: threshold,
    ...(eager && { eager_eot_threshold: eagerThreshold }),
    eot_timeout_ms: Math.round(options.eot_timeout),
    ...(options.numerals && { numerals: 'true' }),
    ...(options.mip_opt_out && { mip_opt_out: 'true' }),
    ...(keyterms.length > 0 && { keyterm: [...keyterms] }),
    ...(hints.length > 0 && { language_hint: [...hints] }),
    queryParams: options.extra,
    reconnectAttempts: 0,
  }
}
