import type { EventLevel } from './events.ts'
import {
  mostVariables,
  protocolVersion,
  type ClientMessage,
  type CloseName,
  type Hello,
  type ServerMessage,
  type WireAudio,
  type WireJson,
} from './wire.ts'

export * from './wire.ts'

/** Why a peer is cut off. */
export interface Violation {
  readonly code: CloseName
  readonly message: string
}

const violation = (code: CloseName, message: string): Violation => ({ code, message })
const badMessage = (message: string): Violation => violation('badMessage', message)

/** True for what the readers of this file give instead of a message. */
export const isViolation = (read: object): read is Violation => 'code' in read && 'message' in read

/** A hello that was read: nothing is left open. */
export type ReadHello = Required<Hello> & { readonly audio: WireAudio }

/**
 * Reads a hello; gives what is wrong with it instead. Unknown fields are left out.
 *
 * @param mayInspect whether this server tells how answers come about
 */
export function readHello(
  text: string,
  wanted: WireAudio,
  mayInspect = false,
): ReadHello | Violation {
  const hello = objectOf(text)
  if (hello?.type !== 'hello') return badMessage('the first message must be a hello')
  if (hello.version !== protocolVersion) {
    return violation('unsupportedVersion', `this server speaks version ${protocolVersion}`)
  }
  const { frames = 'raw', token = '', played = false, call = {}, events = 'none' } = hello
  const wrong = audioFault(hello['audio'], wanted)
  if (wrong !== undefined) return wrong
  if (frames !== 'raw' && frames !== 'codec') return badMessage('frames is "raw" or "codec"')
  if (typeof token !== 'string') return badMessage('the token is not a text')
  if (typeof played !== 'boolean') return badMessage('played is true or false')
  if (!isCall(call)) return badMessage('call holds up to 16 short texts under lower-case names')
  if (!isEventLevel(events)) return badMessage('events is "none", "conversation" or "inspect"')
  if (events === 'inspect' && !mayInspect) {
    return violation('forbidden', 'this server does not let callers inspect calls')
  }
  const { encoding, sampleRate } = wanted
  return {
    type: 'hello',
    version: protocolVersion,
    audio: { encoding, sampleRate },
    frames,
    token,
    played,
    call,
    events,
  }
}

function audioFault(audio: unknown, { encoding, sampleRate }: WireAudio): Violation | undefined {
  if (audio === 'any') return undefined
  if (!isRecord(audio)) return badMessage('the hello does not say what its audio is')
  if (audio['encoding'] === encoding && audio['sampleRate'] === sampleRate) return undefined
  return violation('unsupportedAudio', `this call is ${encoding} at ${sampleRate} Hz`)
}

const isEventLevel = (value: unknown): value is EventLevel =>
  value === 'none' || value === 'conversation' || value === 'inspect'

/** Reads a text message of a client after its hello; gives what is wrong with it instead. */
export function readClientMessage(text: string): ClientMessage | Violation {
  const message = objectOf(text)
  if (message === undefined) return badMessage('a text message is not a JSON object')
  const { digit, name, data, ms, text: typed } = message
  switch (message.type) {
    case 'dtmf':
      if (typeof digit !== 'string' || !/^[0-9*#A-D]$/.test(digit)) {
        return badMessage('a key is one of 0-9, *, #, A-D')
      }
      return { type: 'dtmf', digit }
    case 'message':
      if (typeof name !== 'string' || name.length > longestName || data === undefined) {
        return badMessage('a message has a name and data')
      }
      return { type: 'message', name, data: data as WireJson }
    case 'text':
      if (typeof typed !== 'string' || typed.trim() === '' || typed.length > longestText) {
        return badMessage(`a text is not empty and has up to ${longestText} characters`)
      }
      return { type: 'text', text: typed.trim() }
    case 'played':
      if (typeof ms !== 'number' || !(ms >= 0)) return badMessage('played says how many ms')
      return { type: 'played', ms }
    case 'bye':
      return { type: 'bye' }
    default:
      return badMessage('a text message has no type that is known')
  }
}

/** Reads a text message of the server; undefined for what is none. */
export function readServerMessage(text: string): ServerMessage | undefined {
  const message = objectOf(text)
  const types = ['ready', 'dtmf', 'message', 'clear', 'event', 'bye', 'error']
  const isKnown = typeof message?.type === 'string' && types.includes(message.type)
  return isKnown ? (message as unknown as ServerMessage) : undefined
}

/** Longest name of a message, and longest text of a call variable, in UTF-16 units. */
const longestName = 200
/** Longest text that is typed at a time, in UTF-16 units; some minutes of speech. */
const longestText = 4000

/** True for a variable of a call as a client may bring it: a short text under a lower-case name. */
export const isVariable = (name: string, value: unknown): value is string =>
  /^[a-z][a-z0-9_]{0,39}$/.test(name) && typeof value === 'string' && value.length <= longestName

/** True for variables of a call as a client may send them, 16 of them at most. */
export function isCall(call: unknown): call is Record<string, string> {
  if (!isRecord(call)) return false
  const entries = Object.entries(call)
  return (
    entries.length <= mostVariables && entries.every(([name, value]) => isVariable(name, value))
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) && !Object.hasOwn(value, '__proto__') ? value : undefined
  } catch {
    return undefined
  }
}
