import { ProviderError } from './provider-error.ts'
import { isPage, refusalError, withoutSecret } from './refusal.ts'

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
  const { provider, url, headers, signal, secret } = init
  const fail = (category: ProviderError['category'], reason: string): ProviderError =>
    new ProviderError(category, { provider, reason: withoutSecret(reason, secret) })
  const lost = (cause: unknown): never => {
    signal.throwIfAborted()
    throw fail('connectivity', causeOf(cause))
  }
  const response = await fetch(url, { headers, signal, redirect: 'error' }).catch(lost)
  const body = await bodyOf(response).catch(lost)
  if (body === undefined) throw fail('server', 'its answer is too long')
  const { status, ok } = response
  const contentType = response.headers.get('content-type')
  if (!ok || isPage(contentType, body)) {
    const retryAfter = response.headers.get('retry-after')
    const said = init.reasonOf?.(body)
    throw refusalError({ provider, status, body, said, contentType, retryAfter, secret })
  }
  try {
    return JSON.parse(body) as unknown
  } catch {
    throw fail('server', `${status}, but what came is no JSON`)
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
