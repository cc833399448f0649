import type { DeepgramClient } from '@deepgram/sdk'
import type { SpeechFormat } from 'voxgraph/plugin'
import type { SttOptions } from './options.ts'

type Query = Parameters<DeepgramClient['listen']['v1']['createConnection']>[0]

/** What is asked for when a stream is opened. What Deepgram does anyway is not written down. */
export function queryOf(options: SttOptions, { encoding, sampleRate }: SpeechFormat): Query {
  const { keyterms, redact, utterance_end: utteranceEnd } = options
  const on = (key: string, isOn: boolean) => (isOn ? { [key]: 'true' } : {})
  return {
    model: options.model,
    language: options.language,
    encoding: encoding === 'mulaw' ? 'mulaw' : 'linear16',
    sample_rate: sampleRate,
    channels: 1,
    // An end of utterance comes only where interim words do.
    interim_results: options.interim || utteranceEnd !== undefined ? 'true' : 'false',
    endpointing: options.endpointing === 0 ? 'false' : Math.round(options.endpointing),
    ...(utteranceEnd !== undefined && { utterance_end_ms: Math.round(utteranceEnd) }),
    ...on('punctuate', options.punctuate),
    ...on('smart_format', options.smart_format),
    ...on('numerals', options.numerals),
    ...on('mip_opt_out', options.mip_opt_out),
    ...(keyterms.length > 0 && { keyterm: [...keyterms] }),
    queryParams: { ...(redact.length > 0 && { redact: [...redact] }), ...options.extra },
    reconnectAttempts: 0,
  }
}
