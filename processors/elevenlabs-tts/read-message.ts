import { ProviderError } from 'voxgraph/plugin'
import type { Characters } from './characters.ts'
import { failureOf } from './failure.ts'
import { provider } from './options.ts'

/** What ElevenLabs says, as far as we want to know. */
export interface ElevenLabsMessage {
  readonly context: string | undefined
  readonly sound: Uint8Array | undefined
  /** Times are of this piece of sound. */
  readonly characters: Characters | undefined
  readonly isFinal: boolean
  readonly error: ProviderError | undefined
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads a message, in either of the spellings that are deployed.
 * @throws ProviderError when it is none of ElevenLabs'
 */
export function readMessage(data: string, secret: string): ElevenLabsMessage {
  const fields = fieldsOf(data)
  const id = fields['contextId'] ?? fields['context_id']
  const { audio } = fields
  const isFinal = (fields['isFinal'] ?? fields['is_final']) === true
  const error = errorOf(fields, secret)
  if (typeof audio !== 'string' && !isFinal && error === undefined) {
    throw unreadable('a message without sound')
  }
  const alignment = fields['alignment'] ?? fields['normalizedAlignment']
  return {
    context: typeof id === 'string' ? id : undefined,
    sound: typeof audio === 'string' && audio !== '' ? Buffer.from(audio, 'base64') : undefined,
    characters: charactersOf(alignment ?? fields['normalized_alignment']),
    isFinal,
    error,
  }
}

function fieldsOf(data: string): Fields {
  try {
    const value: unknown = JSON.parse(data)
    if (typeof value === 'object' && value !== null) return value as Fields
  } catch {
    // Said below.
  }
  throw unreadable('a message that is no JSON object')
}

function charactersOf(given: unknown): Characters | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const fields = given as Fields
  const chars = fields['chars']
  const starts = fields['charStartTimesMs'] ?? fields['char_start_times_ms']
  const lengths = fields['charDurationsMs'] ?? fields['char_durations_ms']
  if (!Array.isArray(chars) || !Array.isArray(starts) || !Array.isArray(lengths)) {
    throw unreadable('times without characters')
  }
  const startMs = starts.map(Number)
  const endMs = startMs.map((start, index) => start + Number(lengths[index]))
  return { chars: chars.map(String), startMs, endMs }
}

function errorOf(fields: Fields, secret: string): ProviderError | undefined {
  const { error, message, code } = fields
  if (error === undefined || error === null) return undefined
  const words = [error, message].filter((part) => typeof part === 'string').join(': ')
  return failureOf(
    words || JSON.stringify(error),
    typeof code === 'number' ? code : undefined,
    secret,
  )
}

const unreadable = (what: string): ProviderError =>
  new ProviderError('server', { provider, reason: `it sent ${what}` })
