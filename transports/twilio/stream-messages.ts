import type { Chunk } from './sound-line.ts'

/** What Twilio says when a stream begins. */
export interface StreamStart {
  readonly event: 'start'
  readonly streamSid: string
  readonly accountSid: string
  readonly callSid: string
  readonly parameters: Readonly<Record<string, string>>
}

/** What Twilio says on a stream, read; what is none of it is left out. */
export type StreamMessage =
  | StreamStart
  | ({ readonly event: 'media' } & Chunk)
  | { readonly event: 'dtmf'; readonly digit: string }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'connected' | 'stop' | 'other' }

/** Why a message cannot be one of Twilio's. */
export interface Violation {
  readonly violation: string
}

/** Most parameters of a stream, and the longest of them in characters: Twilio's own limit is 500. */
const mostParameters = 50
const longestParameter = 500

/** Reads a message. What Twilio may say one day, and does not today, is `other`. */
export function readStreamMessage(text: string): StreamMessage | Violation {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return { violation: 'a message is no JSON' }
  }
  const message = recordOf(read)
  switch (message?.['event']) {
    case undefined:
      return { violation: 'a message has no event' }
    case 'start':
      return readStart(message)
    case 'media':
      return readMedia(recordOf(message['media']))
    case 'dtmf': {
      const digit = recordOf(message['dtmf'])?.['digit']
      const isKey = typeof digit === 'string' && /^[0-9*#A-D]$/.test(digit)
      return isKey ? { event: 'dtmf', digit } : { violation: 'a key is none' }
    }
    case 'mark': {
      const name = recordOf(message['mark'])?.['name']
      return typeof name === 'string'
        ? { event: 'mark', name }
        : { violation: 'a mark has no name' }
    }
    case 'connected':
      return { event: 'connected' }
    case 'stop':
      return { event: 'stop' }
    default:
      return { event: 'other' }
  }
}

/** True for what Twilio would not have said. */
export const isViolation = (read: StreamMessage | Violation): read is Violation =>
  'violation' in read

function readStart(message: Fields): StreamMessage | Violation {
  const start = recordOf(message['start']) ?? {}
  const { streamSid, accountSid, callSid } = start
  const isNamed = [streamSid, accountSid, callSid].every((sid) => typeof sid === 'string')
  if (!isNamed) return { violation: 'a stream begins without its names' }
  const { encoding, sampleRate, channels } = recordOf(start['mediaFormat']) ?? {}
  const isTelephone =
    encoding === 'audio/x-mulaw' && Number(sampleRate) === 8000 && Number(channels) === 1
  if (!isTelephone) return { violation: 'the sound is not µ-law at 8000 Hz' }
  const given = Object.entries(recordOf(start['customParameters']) ?? {})
  const isShort = ([name, value]: readonly [string, unknown]): boolean =>
    typeof value === 'string' && name.length + value.length <= longestParameter
  const parameters = given.filter(isShort).slice(0, mostParameters)
  return {
    event: 'start',
    streamSid: String(streamSid),
    accountSid: String(accountSid),
    callSid: String(callSid),
    parameters: Object.fromEntries(parameters) as Readonly<Record<string, string>>,
  }
}

function readMedia(media: Fields | undefined): StreamMessage | Violation {
  const { track = 'inbound', payload } = media ?? {}
  const chunk = Number(media?.['chunk'])
  const timestamp = Number(media?.['timestamp'])
  if (typeof payload !== 'string' || !Number.isSafeInteger(chunk) || !Number.isFinite(timestamp)) {
    return { violation: 'a piece of sound is none' }
  }
  if (track !== 'inbound') return { event: 'other' }
  const sound = Buffer.from(payload, 'base64')
  return sound.length === 0
    ? { violation: 'a piece of sound is empty' }
    : { event: 'media', chunk, timestamp, sound }
}

type Fields = Readonly<Record<string, unknown>>

const recordOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined
