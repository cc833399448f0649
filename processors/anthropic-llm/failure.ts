import type { APIError } from '@anthropic-ai/sdk'
import {
  categoryOfStatus,
  lostConnection,
  ProviderError,
  retryAfterMsOf,
  withoutSecret,
  type ErrorCategory,
} from 'voxgraph/plugin'
import { provider } from './options.ts'

/** The service's own names for what went wrong: all there is where it goes wrong in mid-stream. */
const categories: Readonly<Record<string, ErrorCategory>> = {
  invalid_request_error: 'invalid',
  authentication_error: 'auth',
  permission_error: 'auth',
  billing_error: 'quota',
  not_found_error: 'invalid',
  request_too_large: 'invalid',
  rate_limit_error: 'rate-limit',
  timeout_error: 'timeout',
  api_error: 'server',
  overloaded_error: 'overloaded',
}

/** Refusals that come as bad requests, or as too many, and mean that there is no money left. */
const noCredit = /credit balance|spend limit|spend_limit|billing/i

/** What the SDK threw, or what became of the connection, as the runtime knows it. Shows no secret. */
export function failureOf(thrown: unknown, key: string): ProviderError {
  if (thrown instanceof ProviderError) return thrown
  const say = (category: ErrorCategory, reason: string, retryAfterMs?: number): ProviderError =>
    new ProviderError(category, {
      provider,
      reason: withoutSecret(reason, key),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  if (!(thrown instanceof Error)) return say('bug', String(thrown))
  if (isApiError(thrown)) {
    const { status, type, apiMessage, requestID, headers } = thrown
    if (headers?.get('content-type')?.includes('text/html') === true) {
      return say('server', `something else answers at the endpoint: ${status}, with a page of HTML`)
    }
    const category = categoryOf(thrown)
    const said = apiMessage ?? (type === null ? thrown.message : '')
    const what = [status, type, said].filter((part) => part !== undefined && part !== '').join(' ')
    const request = typeof requestID === 'string' ? ` (${requestID})` : ''
    return say(category, what + request, retryAfterMsOf(headers?.get('retry-after')))
  }
  if (thrown instanceof SyntaxError) return say('server', 'it sent what is no JSON')
  const lost = lostConnection(thrown)
  return lost === undefined ? say('bug', thrown.message) : say('connectivity', lost)
}

function categoryOf({ status, type, errorCode, message }: APIError): ErrorCategory {
  if (noCredit.test(`${errorCode ?? ''} ${message}`) && status !== 401) return 'quota'
  if (status !== undefined) return categoryOfStatus(status)
  return (type === null ? undefined : categories[type]) ?? 'server'
}

/** An answer of the service that says what is wrong; those of connections have neither status nor type. */
const isApiError = (thrown: Error): thrown is APIError =>
  'apiMessage' in thrown &&
  'status' in thrown &&
  !(thrown.status === undefined && !('error' in thrown && thrown.error))
