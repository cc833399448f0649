import { ProviderError, refusalError, type TimedText } from 'voxgraph/plugin'
import { provider } from './options.ts'

/** What Cartesia says, as far as we want to know. */
export type CartesiaEvent =
  | { readonly type: 'sound'; readonly bytes: Uint8Array }
  | { readonly type: 'times'; readonly texts: readonly TimedText[] }
  | { readonly type: 'flushed' }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly error: ProviderError }

/** An event and the context it is about; an error may be about the whole socket. */
export interface CartesiaMessage {
  readonly context: string | undefined
  readonly event: CartesiaEvent
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads a message. Undefined for one of a kind that we have no use for.
 * @throws ProviderError when it is none of Cartesia's
 */
export function readMessage(data: string, secret: string): CartesiaMessage | undefined {
  const fields = fieldsOf(data)
  const { context_id: id } = fields
  const context = typeof id === 'string' ? id : undefined
  const event = eventOf(fields, secret)
  if (event === undefined) return undefined
  if (context === undefined && event.type !== 'error') throw unreadable('it names no context')
  return { context, event }
}

function eventOf(fields: Fields, secret: string): CartesiaEvent | undefined {
  const { type, data } = fields
  switch (type) {
    case 'chunk':
      if (typeof data !== 'string') throw unreadable('a chunk without data')
      return { type: 'sound', bytes: Buffer.from(data, 'base64') }
    case 'timestamps':
      return { type: 'times', texts: timesOf(fields['word_timestamps']) }
    case 'flush_done':
      return { type: 'flushed' }
    case 'done':
      return { type: 'done' }
    case 'error':
      return { type: 'error', error: errorOf(fields, secret) }
    case 'phoneme_timestamps':
      return undefined
    default:
      throw unreadable('a message of an unknown type')
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

function timesOf(given: unknown): readonly TimedText[] {
  if (given === null || given === undefined) return []
  const { words, start, end } = given as Fields
  if (!Array.isArray(words) || !Array.isArray(start) || !Array.isArray(end)) {
    throw unreadable('times without words')
  }
  return words.map((text: unknown, index) => ({
    text: String(text),
    startMs: Number(start[index]) * 1000,
    endMs: Number(end[index]) * 1000,
  }))
}

function errorOf(fields: Fields, secret: string): ProviderError {
  const { status_code: given } = fields
  const status = typeof given === 'number' && given >= 400 ? given : 500
  return refusalError({ provider, status, body: fields, secret })
}

const unreadable = (what: string): ProviderError =>
  new ProviderError('server', { provider, reason: `it sent ${what}` })
