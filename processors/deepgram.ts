/** What the processors of Deepgram share: the SDK on a socket of ours, what its failures mean, and `verify`. */
import type { DeepgramClient, DeepgramTransport } from '@deepgram/sdk'
import {
  loadVendorSdk,
  openVendorSocket,
  ProviderError,
  vendorJson,
  type Clock,
  type VendorSocket,
} from 'voxgraph/plugin'

/** What `share` of each of them holds. */
export type DeepgramSdk = typeof import('@deepgram/sdk')

/** Its options that all of them have. */
interface Account {
  readonly api_key?: string | undefined
  readonly endpoint: string
}

/**
 * Loads the SDK, which is installed by those who use it.
 * @throws ProviderError `invalid` that says what to install
 */
export const loadDeepgram = (provider: string): Promise<DeepgramSdk> =>
  loadVendorSdk({ provider, sdk: '@deepgram/sdk@5.13.0', load: () => import('@deepgram/sdk') })

/** The part of the SDK's sockets that is the same for all. */
interface SdkSocket {
  on(event: 'message', callback: (message: unknown) => void): void
  connect(): unknown
  waitForOpen(): Promise<unknown>
}

/** What `connectDeepgram` takes. */
export interface LinkInit<S extends SdkSocket> {
  readonly sdk: DeepgramSdk
  readonly provider: string
  readonly account: Account
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Names the API and its parameters: `(client) => client.listen.v1.createConnection({ … })`. */
  create(client: DeepgramClient): Promise<S>
  /** Takes what comes, in order: JSON, or the text of what is none. */
  message(message: unknown): void
  /** Takes sound, in order with the messages. */
  sound?(bytes: Uint8Array): void
  /** As in `openVendorSocket`. */
  failed(error: ProviderError): void
}

/** An open connection: the SDK's socket says what is to be sent, `line` is what it goes over. */
export interface DeepgramLink<S> {
  readonly socket: S
  readonly line: VendorSocket
}

/**
 * Opens a connection by the SDK, over a socket of ours: the SDK's own keeps the status of a refusal to itself,
 * takes messages of any length, hands sound over as blobs that come after later messages, and never notices
 * that nobody is there any more. It does not connect again.
 * @throws ProviderError
 */
export async function connectDeepgram<S extends SdkSocket>(
  init: LinkInit<S>,
): Promise<DeepgramLink<S>> {
  const { sdk, provider, account, clock, signal, failed } = init
  const { api_key: apiKey } = account
  if (apiKey === undefined) throw new ProviderError('auth', { provider, reason: 'no key is given' })
  const opening = Promise.withResolvers<VendorSocket>()
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => undefined)
  let isOpened = false
  const ears = createEars(init)
  const transport = async (
    url: string,
    headers: Record<string, string>,
  ): Promise<DeepgramTransport> => {
    const { message } = ears
    const line = await openVendorSocket({
      ...{ provider, url, headers, clock, signal, secret: apiKey, reasonOf, message },
      failureOf: (code, reason) => failureOf(provider, code, reason),
      failed(error) {
        ears.close()
        if (isOpened) failed(error)
        else lost.reject(error)
      },
    })
    opening.resolve(line)
    return ears.transportOn(line)
  }
  const client = new sdk.DeepgramClient({
    apiKey,
    baseUrl: account.endpoint.replace(/^http/, 'ws'),
    reconnect: false,
    transportFactory: (url, headers) =>
      transport(url, headers).catch((thrown: Error) => {
        opening.reject(thrown)
        throw thrown
      }),
  })
  const socket = await init.create(client)
  socket.on('message', (message) => init.message(message))
  const isOpen = socket.waitForOpen()
  socket.connect()
  // The SDK fails with an event that has no status, and after our own error.
  const open = Promise.all([opening.promise, isOpen])
  const [line] = await Promise.race([open, lost.promise])
  isOpened = true
  return { socket, line }
}

/** Hands what comes to the SDK, and sound past it. What comes before the SDK listens waits. */
function createEars({ sound }: Pick<LinkInit<SdkSocket>, 'sound'>) {
  const early: string[] = []
  let listener = (text: string): void => void early.push(text)
  let isClosed = false
  let closed = (): void => void (isClosed = true)
  return {
    close: () => closed(),
    message(data: string | Uint8Array): void {
      if (typeof data === 'string') listener(data)
      else sound?.(data)
    },
    transportOn: (line: VendorSocket): DeepgramTransport => ({
      // The SDK sends JSON, and bytes as they were given to it: never a blob.
      send: (data) => line.send(data as string | Uint8Array),
      onOpen: () => undefined,
      onMessage(take) {
        listener = take
        early.splice(0).forEach(take)
      },
      onError: () => undefined,
      onClose(take) {
        closed = () => take({ code: 1000 })
        if (isClosed) closed()
      },
      isOpen: () => line.isOpen,
      close: () => line.close(),
    }),
  }
}

/** The vendor's words in a refusal, without their full stop: they become part of a sentence. */
function reasonOf(body: string, headers?: Readonly<Record<string, unknown>>): string {
  const said = headers?.['dg-error'] ?? wordsIn(body)
  return typeof said === 'string' ? said.replace(/\.\s*$/, '') : ''
}

function wordsIn(body: string): unknown {
  try {
    const { err_msg, message, details } = objectOf(JSON.parse(body)) ?? {}
    return err_msg ?? message ?? details
  } catch {
    return undefined
  }
}

/** What a code of closing means, where it is one that Deepgram gives. */
function failureOf(provider: string, code: number, words: string): ProviderError | undefined {
  const fail = (category: ProviderError['category'], reason: string): ProviderError =>
    new ProviderError(category, { provider, reason })
  const said = `${code} ${words}`.trim()
  if (words.includes('NET-0001')) return fail('timeout', `it heard nothing for too long (${said})`)
  if (code === 1011) return fail('server', said)
  if (code === 1012 || code === 1013) return fail('overloaded', said)
  if (code === 1003 || code === 1007 || code === 1008 || code === 1009) return fail('invalid', said)
  return undefined
}

/** What an error message in the middle of a stream means. */
export function failureOfMessage(
  provider: string,
  message: Readonly<Record<string, unknown>>,
): ProviderError {
  const { code, err_code, description, message: text } = message
  const words = [code ?? err_code, description, text].filter((one) => typeof one === 'string')
  const reason = words.join(' ') || 'an error without words'
  const isOurs = /UNPARSABLE|MESSAGE-\d|DATA-\d|INVALID/i.test(reason)
  return new ProviderError(isOurs ? 'invalid' : 'server', { provider, reason })
}

/** A message as an object; undefined for what is none. */
export const objectOf = (message: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof message === 'object' && message !== null && !Array.isArray(message)
    ? (message as Readonly<Record<string, unknown>>)
    : undefined

/** What came is nothing that Deepgram says. */
export const nonsense = (provider: string): ProviderError =>
  new ProviderError('server', { provider, reason: 'what came is no message of its protocol' })

/** What `verifyDeepgram` asks about. */
export interface VerifyInit {
  readonly provider: string
  readonly account: Account
  readonly signal: AbortSignal
  /** A model to be found in the list of those that hear or speak. */
  readonly model?: { readonly name: string; readonly of: 'stt' | 'tts' }
}

/**
 * Asks whether the key is accepted, and whether the model exists. Costs nothing.
 * @throws ProviderError
 */
export async function verifyDeepgram(init: VerifyInit): Promise<void> {
  const { provider, account, signal, model } = init
  // The question needs none of it, but the first call would.
  await loadDeepgram(provider)
  const { api_key: secret, endpoint } = account
  if (secret === undefined) throw new ProviderError('auth', { provider, reason: 'no key is given' })
  const headers = { authorization: `Token ${secret}` }
  const ask = (path: string): Promise<unknown> =>
    vendorJson({
      ...{ provider, headers, signal, secret, reasonOf },
      url: endpoint.replace(/\/$/, '') + path,
    })
  await ask('/v1/auth/token')
  // A model of one's own goes by its UUID and stands in no public list.
  if (model === undefined || (model.of === 'stt' && isUuid.test(model.name))) return
  const lists = objectOf(await ask('/v1/models')) ?? {}
  if (isListed(lists[model.of], model.name)) return
  throw new ProviderError('invalid', { provider, reason: unknownModel(lists, model) })
}

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function isListed(list: unknown, name: string): boolean {
  if (!Array.isArray(list)) return false
  return list.some((entry: unknown) => {
    const { name: short, canonical_name: full, architecture, uuid } = objectOf(entry) ?? {}
    return [short, full, architecture, uuid].includes(name)
  })
}

function unknownModel(
  lists: Readonly<Record<string, unknown>>,
  { name, of }: NonNullable<VerifyInit['model']>,
): string {
  if (of === 'stt') {
    const isVoice = isListed(lists['tts'], name)
    return `there is no model "${name}"${isVoice ? ': it is a voice' : '; nova-3 is one'}`
  }
  if (isListed(lists['stt'], name)) return `"${name}" is a model that hears, not a voice`
  const other = isUuid.test(name) ? 'Cartesia' : /^\w{20}$/.test(name) ? 'ElevenLabs' : undefined
  const hint = other === undefined ? '' : `: it looks like one of ${other}`
  return `there is no voice "${name}"${hint}; aura-2-thalia-en is one`
}
