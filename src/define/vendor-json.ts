import { categoryOfStatus, ProviderError, retryAfterMsOf } from './provider-error.ts'
import { isPage } from './vendor-socket.ts'

/** Longest answer that is taken, in characters: lists of models and voices have some hundred thousand. */
const longestAnswer = 10_000_000

/** What `vendorJson` takes. */
export interface VendorJsonInit {
  /** Id of the processor, for errors. */
  readonly provider: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** What must never be in an error: the key. */
  readonly secret: string
  /** The vendor's own words in the body of a refusal; the status stands before them. */
  readonly reasonOf?: (body: string) => string
}

/**
 * Asks a vendor for something that is free, once: what `verify` is made of.
 * @throws ProviderError by its status; `connectivity` when nobody answers, `server` when what answers is no JSON
 */
export async function vendorJson(init: VendorJsonInit): Promise<unknown> {
  const { provider, url, headers, signal } = init
  const fail = (
    category: ProviderError['category'],
    reason: string,
    more: { readonly retryAfterMs?: number } = {},
  ): ProviderError => {
    return new ProviderError(category, {
      provider,
      // An empty key would be found between all letters.
      reason: init.secret === '' ? reason : reason.replaceAll(init.secret, '[key]'),
      ...more,
    })
  }
  const response = await fetch(url, { headers, signal, redirect: 'error' }).catch((cause) => {
    signal.throwIfAborted()
    throw fail('connectivity', causeOf(cause))
  })
  const body = await bodyOf(response).catch((cause) => {
    signal.throwIfAborted()
    throw fail('connectivity', causeOf(cause))
  })
  if (body === undefined) throw fail('server', 'its answer is too long')
  if (isPage(response.headers.get('content-type'), body)) {
    throw fail('server', `${response.status}, with a page: something else answers at the endpoint`)
  }
  if (!response.ok) {
    const retryAfterMs = retryAfterMsOf(response.headers.get('retry-after'))
    const words = `${response.status} ${init.reasonOf?.(body) ?? ''}`
    const after = retryAfterMs === undefined ? {} : { retryAfterMs }
    throw fail(categoryOfStatus(response.status), words, after)
  }
  try {
    return JSON.parse(body) as unknown
  } catch {
    throw fail('server', `${response.status}, but what came is no JSON`)
  }
}

/** The text of an answer; undefined when it is too long. */
async function bodyOf({ body }: Response): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(part, { stream: true })
    if (text.length > longestAnswer) return undefined
  }
  return text + decoder.decode()
}

/** `fetch` says "fetch failed" and keeps why to itself. */
function causeOf(thrown: unknown): string {
  const { message, cause } = thrown as Error & { readonly cause?: unknown }
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
