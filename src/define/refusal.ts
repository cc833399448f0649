import { categoryOfStatus, ProviderError, retryAfterMsOf } from './provider-error.ts'

/** An answer in which a vendor refuses something. */
export interface Refusal {
  /** Id of the processor. */
  readonly provider: string
  readonly status: number
  /** As it came: text, or what was parsed of it. */
  readonly body: unknown
  /** The vendor's words, where they are found in another way than all others have it; else the body's. */
  readonly said?: string | undefined
  readonly contentType?: string | null | undefined
  readonly retryAfter?: string | null | undefined
  /** The key that was sent: blanked out, should the answer repeat it. */
  readonly secret: string
}

/** A text without the key. */
export const withoutSecret = (text: string, secret: string): string =>
  // An empty key would be found between all letters.
  secret === '' ? text : text.replaceAll(secret, '***')

/** True for HTML: no API answers with it. */
export const isPage = (contentType: string | null | undefined, body: string): boolean =>
  /\bhtml\b/i.test(contentType ?? '') || /^\s*</.test(body)

/** Words by which vendors say that there is no credit left, and that they have too much to do. */
const broke = /quota|credit|payment|billing/i
const busy = /system_busy|overloaded|heavy traffic/i

/** The error that a vendor's refusal means. HTML is no vendor: something else answers there. */
export function refusalError({
  provider,
  status,
  body,
  said,
  contentType,
  retryAfter,
  secret,
}: Refusal): ProviderError {
  const text = textOf(body)
  const isHtml = isPage(contentType, text)
  if (status < 500 && (status < 300 || isHtml)) {
    const what = isHtml ? 'a page of HTML' : 'no answer of its kind'
    const reason = `something else answers at the endpoint (${what}, status ${status})`
    return new ProviderError('server', { provider, reason })
  }
  const words = isHtml ? '' : withoutSecret(said || text, secret)
  const reason = words === '' ? `status ${status}` : `${status} ${words}`
  const isOurs = status < 500 && status !== 429
  const category =
    isOurs && broke.test(words)
      ? 'quota'
      : busy.test(words)
        ? 'overloaded'
        : categoryOfStatus(status)
  const retryAfterMs = retryAfterMsOf(retryAfter)
  return new ProviderError(category, {
    provider,
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** What an answer says, in one of the forms that vendors have for it. */
function textOf(body: unknown): string {
  if (typeof body === 'string') {
    try {
      return textOf(JSON.parse(body) as unknown)
    } catch {
      return body.trim()
    }
  }
  if (typeof body !== 'object' || body === null) return ''
  const fields = body as Readonly<Record<string, unknown>>
  const said = ['error_code', 'code', 'status', 'title', 'message', 'reason']
    .map((name) => fields[name])
    .filter((value) => typeof value === 'string' && value !== '')
  return said.length > 0 ? said.join(': ') : textOf(fields['detail'] ?? fields['error'])
}
