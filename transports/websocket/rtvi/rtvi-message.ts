import type { Json } from 'voxgraph/plugin'

/** What every message of RTVI is marked with. */
const label = 'rtvi-ai'
/** Version that this server speaks; clients of the same major version and of version 1 are served. */
export const rtviVersion = '2.1.0'

/** A message to the client, before it has its label and its id. */
export interface RtviMessage {
  readonly type: string
  readonly data?: Json
  /** Id of the message it answers; a number of its own unless given. */
  readonly id?: string
}

/** A message of the client. */
export type RtviRequest = { readonly id: string } & (
  | { readonly type: 'client-ready'; readonly version: string }
  | { readonly type: 'client-message'; readonly name: string; readonly data: Json }
  | {
      readonly type: 'send-text'
      readonly content: string
      readonly runsNow: boolean
      readonly isSpoken: boolean
    }
  | { readonly type: 'dtmf'; readonly digits: readonly string[] }
  | { readonly type: 'disconnect-bot' }
  | {
      readonly type: 'raw-audio'
      /** Base64, 16-bit, interleaved. */
      readonly pieces: readonly string[]
      /** In Hz. */
      readonly sampleRate: number
      readonly channels: number
    }
  /** What pages tell the bot of themselves: goes on as a message of the same name. */
  | { readonly type: 'ui'; readonly name: string; readonly data: Json }
  /** It cannot be done; `reason` is for the client. */
  | { readonly type: 'refused'; readonly reason: string }
)

/** Most keys of one message. */
const mostKeys = 64
/** Most pieces of sound of one message. */
const mostPieces = 256
/** Longest name of a client's message, and longest id, in UTF-16 units. */
const longestName = 200

/** What a client is told before it is cut off. */
export const lastWords = (reason: string): RtviMessage => ({
  type: 'error',
  data: { error: reason, fatal: true },
})

/** Writes a message as it stands in a frame. */
export const writeRtvi = ({ type, data, id }: RtviMessage, number: number): string =>
  JSON.stringify({ label, type, id: id ?? String(number), ...(data !== undefined && { data }) })

/**
 * Reads the message of a frame. Undefined for what is no message of RTVI at all and belongs to somebody else;
 * `fault` for what is no JSON object.
 */
export function readRtvi(text: string): RtviRequest | 'fault' | undefined {
  const message = objectOf(text)
  if (message === undefined) return 'fault'
  if (message['label'] !== label) return undefined
  const { type } = message
  const id = typeof message['id'] === 'string' ? message['id'].slice(0, longestName) : ''
  const data = isRecord(message['data']) ? message['data'] : {}
  if (typeof type !== 'string') return { id, type: 'refused', reason: 'the message has no type' }
  const reader = readers[type]
  if (reader === undefined) {
    return { id, type: 'refused', reason: `this server knows no message ${quoted(type)}` }
  }
  const read = reader(data)
  return typeof read === 'string' ? { id, type: 'refused', reason: read } : { ...read, id }
}

type Body<R = RtviRequest> = R extends unknown ? Omit<R, 'id'> : never
type Data = Readonly<Record<string, unknown>>

const readers: Readonly<Record<string, (data: Data) => Body | string>> = {
  __proto__: null as never,
  'client-ready': ({ version }) => ({
    type: 'client-ready',
    version: typeof version === 'string' ? version.slice(0, longestName) : '',
  }),
  'client-message': ({ t: name, d: data = null }) =>
    typeof name === 'string' && name !== '' && name.length <= longestName
      ? { type: 'client-message', name, data: data as Json }
      : 'a client-message has a name in "t"',
  'send-text': readText,
  dtmf: readKeys,
  'disconnect-bot': () => ({ type: 'disconnect-bot' }),
  'raw-audio': ({ base64Audio: piece, ...rest }) => readSound([piece], rest),
  'raw-audio-batch': ({ base64AudioBatch: pieces, ...rest }) => readSound(pieces, rest),
  'ui-event': (data) => uiMessage('ui-event', data),
  'ui-snapshot': (data) => uiMessage('ui-snapshot', data),
  'ui-cancel-job-group': (data) => uiMessage('ui-cancel-job-group', data),
  'llm-function-call-result': () => 'tools of this server run at the server',
  'append-to-context': () => 'append-to-context is deprecated: use send-text',
}

const uiMessage = (name: string, data: Data): Body => ({ type: 'ui', name, data: data as Json })

function readText({ content, options = {} }: Data): Body | string {
  if (typeof content !== 'string' || content.trim() === '') return 'send-text has a "content"'
  if (!isRecord(options)) return 'the options of send-text are an object'
  const { run_immediately: runsNow = true, audio_response: isSpoken = true } = options
  if (typeof runsNow !== 'boolean' || typeof isSpoken !== 'boolean') {
    return 'run_immediately and audio_response are true or false'
  }
  return { type: 'send-text', content, runsNow, isSpoken }
}

/** Keys of version 2.1 (`buttons`), and the one of version 2.0 (`button`). */
function readKeys({ buttons, button }: Data): Body | string {
  const digits: unknown = buttons ?? [button]
  const areKeys =
    Array.isArray(digits) &&
    digits.length > 0 &&
    digits.length <= mostKeys &&
    digits.every((digit) => typeof digit === 'string' && /^[0-9*#A-D]$/.test(digit))
  return areKeys
    ? { type: 'dtmf', digits: digits as string[] }
    : `dtmf has up to ${mostKeys} keys, each one of 0-9, *, #, A-D`
}

function readSound(
  pieces: unknown,
  { sampleRate = 16_000, numChannels: channels = 1 }: Data,
): Body | string {
  const arePieces =
    Array.isArray(pieces) &&
    pieces.length <= mostPieces &&
    pieces.every((piece) => typeof piece === 'string')
  if (!arePieces || typeof sampleRate !== 'number' || typeof channels !== 'number') {
    return `sound is up to ${mostPieces} texts in base64, with sampleRate and numChannels`
  }
  return { type: 'raw-audio', pieces: pieces as string[], sampleRate, channels }
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 60))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
