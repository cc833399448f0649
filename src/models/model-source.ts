import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileFault } from '../audio/file-fault.ts'
import { reasonOf } from '../errors/voxgraph-error.ts'
import type { Clock } from '../time/clock.ts'
import { ModelError } from './model-error.ts'

/** Bytes of a model, from a server or from a file. They are asked for; the first failure ends them. */
export interface ModelSource {
  /** What it is called in messages: never more of an address than host and path. */
  readonly name: string
  /** How many there will be, where the other side says so. */
  readonly bytes: number | undefined
  readonly chunks: AsyncIterable<Uint8Array>
  /** Lets go of the connection; harmless when it is done. */
  close(): Promise<void>
}

/** What `openSource` takes. */
export interface SourceInit {
  /** Name of the model, for messages. */
  readonly name: string
  /** `https:`, `http:` or `file:` address, or a path. */
  readonly from: string
  /** Size that is right; another one is refused before a byte is read. */
  readonly expected: number | undefined
  readonly cwd: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Redirects that are followed; Hugging Face needs two. */
const mostRedirects = 5
/** A server that sends nothing for this long is given up, in ms. */
const stallMs = 30_000

/**
 * Opens a source.
 * @throws ModelError; the reason of `signal`
 */
export async function openSource(init: SourceInit): Promise<ModelSource> {
  const { from, cwd } = init
  if (/^https?:\/\//i.test(from)) return openUrl(init)
  return openFile(init, /^file:/i.test(from) ? pathOf(from) : resolve(cwd, from))
}

function pathOf(address: string): string {
  try {
    return fileURLToPath(address)
  } catch (cause) {
    const params = { source: address, reason: 'is no address of a file here' }
    throw new ModelError('model-address', params, { cause })
  }
}

async function openFile(init: SourceInit, path: string): Promise<ModelSource> {
  const { name, signal } = init
  const fail = (reason: string): never => {
    throw new ModelError('model-not-found', { name, source: path, reason })
  }
  const found = await stat(path).catch((cause: unknown) => fail(fileFault(cause)))
  if (!found.isFile()) fail('it is no file')
  checkSize(path, found.size, init.expected)
  const stream = createReadStream(path, { signal })
  return {
    name: path,
    bytes: found.size,
    chunks: told(stream, (cause) => {
      signal.throwIfAborted()
      return new ModelError('model-broken-off', { source: path, reason: fileFault(cause) })
    }),
    close: () => Promise.resolve(void stream.destroy()),
  }
}

async function openUrl(init: SourceInit): Promise<ModelSource> {
  const { name, from, clock, signal, expected } = init
  const source = shortOf(from)
  const stall = watchStall(clock, signal)
  const failed = (cause: unknown): never => {
    stall.end()
    signal.throwIfAborted()
    if (cause instanceof ModelError) throw cause
    if (stall.hasStalled()) throw stalled(source)
    throw new ModelError('model-unreachable', { name, source, reason: networkFault(cause) })
  }
  const response = await follow(from, source, stall.signal).catch(failed)
  const close = async (): Promise<void> => {
    stall.end()
    await response.body?.cancel().catch(() => undefined)
  }
  try {
    const bytes = checkResponse(response, init, source)
    checkSize(source, bytes, expected)
    const chunks = told(stall.watch(response.body ?? []), (cause) => {
      signal.throwIfAborted()
      if (stall.hasStalled()) return stalled(source)
      return new ModelError('model-broken-off', { source, reason: networkFault(cause) })
    })
    return { name: source, bytes, chunks, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** Redirects by hand: few, to the web only, and never from a safe connection to an open one. */
async function follow(from: string, source: string, signal: AbortSignal): Promise<Response> {
  let url = addressOf(from, source)
  for (let count = 0; count <= mostRedirects; count++) {
    const response = await fetch(url.href, { signal, redirect: 'manual' })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) return response
    await response.body?.cancel()
    const next = URL.parse(location, url.href)
    const isSafe = next?.protocol === 'https:' || next?.protocol === url.protocol
    if (next === null || !isSafe) {
      const reason = `it sends us to ${next === null ? 'no address' : `${next.protocol}//${next.host}`}`
      throw new ModelError('model-redirects', { source, reason })
    }
    url = addressOf(next.href, source)
  }
  const reason = `more than ${mostRedirects} redirects`
  throw new ModelError('model-redirects', { source, reason })
}

/** What cannot be fetched must not reach `fetch`, whose message would print the password. */
function addressOf(from: string, source: string): URL {
  const url = URL.parse(from)
  if (url === null) throw new ModelError('model-address', { source, reason: 'is no address' })
  if (url.username === '' && url.password === '') return url
  throw new ModelError('model-address', { source, reason: 'holds a user name or a password' })
}

/** @returns how many bytes there will be, where the server says so */
function checkResponse(
  { status, statusText, ok, headers }: Response,
  { name }: SourceInit,
  source: string,
): number | undefined {
  const reason = `${status} ${statusText}`.trim()
  if (status === 404 || status === 410) {
    throw new ModelError('model-not-found', { name, source, reason })
  }
  if (!ok) throw new ModelError('model-refused', { source, reason })
  if (/^text\/html\b/i.test(headers.get('content-type') ?? '')) {
    throw new ModelError('model-web-page', { source })
  }
  const length = headers.get('content-length')
  // With a content encoding it counts other bytes than those that are read.
  return length === null || headers.has('content-encoding') ? undefined : Number(length)
}

function checkSize(source: string, bytes: number | undefined, expected: number | undefined): void {
  if (bytes === undefined || expected === undefined || bytes === expected) return
  throw new ModelError('model-size', { source, bytes: `${bytes} bytes`, expected })
}

/** Aborts when nothing has come for a while. */
function watchStall(clock: Clock, outer: AbortSignal) {
  const controller = new AbortController()
  const start = () => clock.after(stallMs, () => controller.abort())
  let cancel = start()
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    hasStalled: () => controller.signal.aborted,
    end: () => cancel(),
    async *watch(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
      for await (const chunk of chunks) {
        cancel()
        yield chunk
        cancel = start()
      }
      cancel()
    },
  }
}

/** The same bytes; an error in them is told in our words. */
async function* told(
  chunks: AsyncIterable<Uint8Array>,
  errorOf: (cause: unknown) => Error,
): AsyncIterable<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await source.next().catch((cause: unknown): never => {
        throw errorOf(cause)
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    await source.return?.()
  }
}

const stalled = (source: string): ModelError =>
  new ModelError('model-stalled', { source, seconds: stallMs / 1000 })

/** An address without what may be secret: user, password, query. */
function shortOf(address: string): string {
  const url = URL.parse(address)
  return url === null ? address : `${url.protocol}//${url.host}${url.pathname}`
}

/** Why the network failed, in words; `fetch` itself only says "fetch failed". */
function networkFault(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return networkFaults.get(code) ?? (reasonOf(cause) || code)
}

const networkFaults: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'its name is not known (is there a network?)'],
  ['EAI_AGAIN', 'its name cannot be looked up (is there a network?)'],
  ['ECONNREFUSED', 'nobody listens there'],
  ['ECONNRESET', 'the connection was reset'],
  ['ENETUNREACH', 'there is no network'],
  ['EHOSTUNREACH', 'there is no way to it'],
  ['ETIMEDOUT', 'it does not answer'],
  ['UND_ERR_CONNECT_TIMEOUT', 'it does not answer'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
])
