/** What the processors that speak OpenAI's API share: the SDK, what its failures mean, and `verify`. */
import type OpenAI from 'openai'
import {
  categoryOfStatus,
  keptConnections,
  loadVendorSdk,
  lostConnection,
  ProviderError,
  retryAfterMsOf,
  vendorOptions,
  withoutSecret,
  type ErrorCategory,
  type JsonSchema,
  type KeptConnections,
} from 'voxgraph/plugin'

/** Where OpenAI is. Servers that speak its API are elsewhere. */
const ownEndpoint = 'https://api.openai.com/v1'

const common = vendorOptions('OPENAI_API_KEY', ownEndpoint)

/** Options that all of them have. */
export const accountOptions = {
  api_key: {
    ...common.api_key,
    // A server of one's own wants none: that has to be said, or the one in the environment would be sent there.
    minLength: 0,
    description:
      'Key of the account; OPENAI_API_KEY unless given. Empty for a server that wants none.',
  },
  endpoint: {
    ...common.endpoint,
    description:
      'Where the API is, with its version: OpenAI, or a server that speaks the same (http://127.0.0.1:8000/v1).',
  },
  prewarm: {
    type: 'boolean',
    default: true,
    description:
      'Opens a connection when the call begins, by asking for the list of models, so that nobody waits for it later.',
  },
} as const satisfies Readonly<Record<string, JsonSchema>>

/** The same as they come out of a graph. */
interface AccountOptions {
  readonly api_key?: string | undefined
  readonly endpoint: string
}

interface ModelOptions extends AccountOptions {
  readonly model: string
}

/** Whom to ask, and with which key. */
export interface Account {
  readonly client: OpenAI
  /** Empty where there is none. */
  readonly key: string
  /** Id of the processor. */
  readonly provider: string
}

/** True for OpenAI itself, which knows things that other servers do not. */
export const isOpenAi = (endpoint: string): boolean =>
  /^https:\/\/([\w-]+\.)?api\.openai\.com(\/|$)/.test(endpoint)

/** Clients of all calls of the process: calls with one key and one endpoint share connections. */
export class Clients {
  readonly #sdk: typeof OpenAI
  readonly #provider: string
  readonly #connections: KeptConnections | undefined = keptConnections()
  readonly #made = new Map<string, OpenAI>()

  private constructor(sdk: typeof OpenAI, provider: string) {
    this.#sdk = sdk
    this.#provider = provider
  }

  /**
   * Loads the SDK, which is installed by those who use it.
   * @throws ProviderError `invalid` that says what to install
   */
  static async load(provider: string): Promise<Clients> {
    const { OpenAI: sdk } = await loadVendorSdk({
      ...{ provider, sdk: 'openai@7.55.0' },
      load: () => import('openai'),
    })
    return new Clients(sdk, provider)
  }

  /** @throws ProviderError `auth` when OpenAI is to be asked without a key */
  of({ api_key: given = '', endpoint }: AccountOptions): Account {
    const key = given.trim()
    const provider = this.#provider
    if (key === '' && isOpenAi(endpoint)) {
      const reason = 'there is no key: set OPENAI_API_KEY, or api_key of the node'
      throw new ProviderError('auth', { provider, reason })
    }
    const id = JSON.stringify([endpoint, key])
    let client = this.#made.get(id)
    if (client === undefined) {
      const by = this.#connections && { fetchOptions: { dispatcher: this.#connections as never } }
      client = new this.#sdk({
        baseURL: endpoint,
        apiKey: key || 'none',
        // It stands above what the SDK may find in the environment.
        defaultHeaders: { authorization: key === '' ? null : `Bearer ${key}` },
        // Given, so that the SDK looks for none of it in the environment.
        ...{ adminAPIKey: null, organization: null, project: null, webhookSecret: null },
        // Whether to try again is the runtime's to decide; what the SDK logs would show what was said.
        ...{ maxRetries: 0, logLevel: 'off' as const },
        ...by,
      })
      this.#made.set(id, client)
    }
    return { client, key, provider }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.#connections?.destroy()
  }
}

/** Does something with clients of its own, and closes them. */
async function withClients<T>(provider: string, use: (clients: Clients) => Promise<T>): Promise<T> {
  const clients = await Clients.load(provider)
  try {
    return await use(clients)
  } finally {
    await clients.close()
  }
}

/** Opens a connection beforehand. What comes of it is of no interest: whoever asks for something sees that. */
export function prewarm({ client }: Account, signal: AbortSignal): void {
  const asked = client.models.list({ signal }).asResponse()
  // Read to its end, for only then can the connection be used again.
  asked.then((response) => response.text()).catch(() => undefined)
}

/** What the codes of OpenAI mean where the status says less, or another thing. */
const codes: Readonly<Record<string, ErrorCategory>> = {
  insufficient_quota: 'quota',
  billing_hard_limit_reached: 'quota',
  billing_not_active: 'quota',
  invalid_api_key: 'auth',
  model_not_found: 'invalid',
  context_length_exceeded: 'invalid',
  rate_limit_exceeded: 'rate-limit',
  engine_overloaded: 'overloaded',
  server_is_overloaded: 'overloaded',
  slow_down: 'overloaded',
  server_error: 'server',
}

/** What the types of errors mean: all there is in the middle of an answer. */
const types: Readonly<Record<string, ErrorCategory>> = {
  authentication_error: 'auth',
  permission_error: 'auth',
  insufficient_quota: 'quota',
  invalid_request_error: 'invalid',
  not_found_error: 'invalid',
  rate_limit_error: 'rate-limit',
  tokens: 'rate-limit',
  requests: 'rate-limit',
  overloaded_error: 'overloaded',
  service_unavailable: 'overloaded',
  timeout_error: 'timeout',
}

/** The part of the SDK's errors that is read; those of connections have none of it. */
interface ApiError {
  readonly status?: number | undefined
  readonly code?: unknown
  readonly type?: unknown
  readonly error?: unknown
  readonly requestID?: unknown
  readonly headers?: Headers | undefined
}

/** What the SDK threw, or what became of the connection, as the runtime knows it. Shows no secret. */
export function failureOf(
  thrown: unknown,
  { provider, key }: Omit<Account, 'client'>,
): ProviderError {
  if (thrown instanceof ProviderError) return thrown
  const say = (category: ErrorCategory, reason: string, retryAfterMs?: number): ProviderError =>
    new ProviderError(category, {
      provider,
      reason: withoutSecret(reason, key),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  if (!(thrown instanceof Error)) return say('bug', String(thrown))
  const { status, code, type, error, headers, requestID } = thrown as ApiError & Error
  if (isPage(headers)) return say('server', `${status ?? ''} ${page}`)
  if (status !== undefined || error !== undefined) {
    const known =
      codes[String(code)] ?? (status === undefined ? undefined : categoryOfStatus(status))
    const request = typeof requestID === 'string' ? ` (${requestID})` : ''
    const category = known ?? types[String(type)] ?? 'server'
    return say(category, thrown.message + request, retryAfterMsOf(headers?.get('retry-after')))
  }
  if (thrown instanceof SyntaxError) return say('server', 'it sent what is no JSON')
  if (/timed out/i.test(thrown.message)) return say('timeout', thrown.message)
  const lost = lostConnection(thrown)
  return lost === undefined ? say('bug', thrown.message) : say('connectivity', lost)
}

const page = 'something else answers at the endpoint: a page'

/** True for what a browser would show. */
export const isPage = (headers: Headers | undefined): boolean =>
  headers?.get('content-type')?.startsWith('text/html') ?? false

/** Something that is no answer came with a status that says that all is well. */
export const strange = (provider: string, headers: Headers): ProviderError => {
  const type = headers.get('content-type') ?? 'nothing said about its type'
  const reason = isPage(headers) ? page : `${type} came in place of an answer`
  return new ProviderError('server', { provider, reason })
}

/** Longest list of models that is read, in characters. */
const longestList = 2_000_000

/**
 * Asks whether the key is accepted and the model exists: in the list of models, or by its name where the list
 * does not have it. Costs nothing.
 * @throws ProviderError
 */
export async function verifyModel(
  provider: string,
  { options, signal }: { readonly options: ModelOptions; readonly signal: AbortSignal },
): Promise<void> {
  await withClients(provider, (clients) => askForModel(clients.of(options), options.model, signal))
}

async function askForModel(account: Account, model: string, signal: AbortSignal): Promise<void> {
  const { client, provider } = account
  try {
    const response = await client.models.list({ signal }).asResponse()
    const text = (await response.text()).slice(0, longestList)
    const listed = idsIn(text)
    if (listed === undefined) throw strange(provider, response.headers)
    // Local servers know a model by more than one name.
    if (!listed.includes(model)) await client.models.retrieve(model, { signal })
  } catch (thrown) {
    const failure = failureOf(thrown, account)
    const { status } = thrown as ApiError
    if (failure.category !== 'invalid' || status !== 404) throw failure
    const isList = !failure.message.includes(model)
    const reason = isList
      ? `there is nothing at ${new URL(client.baseURL).pathname}/models: does the endpoint end with the version, as in /v1?`
      : `there is no model "${model}", or the key may not use it`
    throw new ProviderError('invalid', { provider, reason, cause: failure })
  }
}

/** Ids of a list of models; undefined for anything else. */
function idsIn(text: string): readonly unknown[] | undefined {
  try {
    const list = JSON.parse(text) as { readonly data?: unknown } | null
    if (!Array.isArray(list?.data)) return undefined
    return list.data.map((entry: { readonly id?: unknown } | null) => entry?.id)
  } catch {
    return undefined
  }
}
