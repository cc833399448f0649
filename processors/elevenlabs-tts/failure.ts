import {
  categoryOfStatus,
  ProviderError,
  refusalError,
  withoutSecret,
  type ErrorCategory,
} from 'voxgraph/plugin'
import { provider } from './options.ts'

/** What the vendor says in its own words, and what that means to us. */
const meanings: readonly (readonly [words: RegExp, category: ErrorCategory])[] = [
  [/quota|credit|payment/i, 'quota'],
  [/api.?key|unauthori[sz]ed|authori[sz]ation|permission/i, 'auth'],
  [/concurren|rate.?limit|too.?many/i, 'rate-limit'],
  [/busy|overload|traffic/i, 'overloaded'],
  [/input_timeout|inactiv/i, 'connectivity'],
  [/not.?(exist|found)|invalid|voice_settings|context|policy/i, 'invalid'],
]

/** The error that a message or a closed socket means; `code` is a status or the socket's. */
export function failureOf(text: string, code: number | undefined, secret: string): ProviderError {
  const isStatus = code !== undefined && code >= 400 && code < 600
  const category =
    meanings.find(([words]) => words.test(text))?.[1] ??
    (isStatus ? categoryOfStatus(code) : 'server')
  const reason = withoutSecret(`${code ?? ''} ${text}`.trim(), secret)
  return new ProviderError(category, { provider, reason })
}

/** What the SDK throws: an answer with its status, or none. */
interface SdkError {
  readonly name?: string
  readonly statusCode?: number
  readonly body?: unknown
  readonly message?: string
  readonly rawResponse?: { readonly headers?: Headers }
}

/** The error that something thrown by the SDK means. */
export function sdkFailure(thrown: unknown, secret: string): ProviderError {
  if (thrown instanceof ProviderError) return thrown
  const { name = '', statusCode: status, body, message = '', rawResponse } = thrown as SdkError
  if (status !== undefined) {
    const retryAfter = rawResponse?.headers?.get('retry-after')
    return refusalError({ provider, status, body, secret, retryAfter })
  }
  // What is no JSON, or is not of the form that the SDK knows.
  const isUnreadable = /^(SyntaxError|ParseError|JsonError)$/.test(name) || /JSON/.test(message)
  const category = isUnreadable ? 'server' : /Timeout/.test(name) ? 'timeout' : 'connectivity'
  const reason = isUnreadable ? 'it sent what is no answer of its kind' : message
  return new ProviderError(category, { provider, reason: withoutSecret(reason, secret) })
}

/** An answer that is not all of it. */
export const cutOff = (): ProviderError =>
  new ProviderError('server', { provider, reason: 'it ended before everything was said' })

/** Sound that belongs somewhere else. */
export const outOfOrder = (): ProviderError =>
  new ProviderError('server', { provider, reason: 'its sound came out of order' })
