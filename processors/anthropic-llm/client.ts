import type Anthropic from '@anthropic-ai/sdk'
import {
  keptConnections,
  loadVendorSdk,
  ProviderError,
  type KeptConnections,
} from 'voxgraph/plugin'
import { provider, type ClaudeOptions } from './options.ts'

/** Whom to ask, and with which key. */
export interface Account {
  readonly client: Anthropic
  readonly key: string
}

/** Clients of all calls of the process: calls with one key and one endpoint share connections. */
export class Clients {
  readonly #Client: typeof Anthropic
  readonly #made = new Map<string, Anthropic>()
  readonly #connections: KeptConnections | undefined = keptConnections()

  private constructor(Client: typeof Anthropic) {
    this.#Client = Client
  }

  /**
   * Loads the SDK; `open` stands in for a machine that has none.
   * @throws ProviderError `invalid` when it is not installed
   */
  static async load(
    open: () => Promise<{ readonly Anthropic: typeof Anthropic }> = () =>
      import('@anthropic-ai/sdk'),
  ): Promise<Clients> {
    const sdk = '@anthropic-ai/sdk@1.11.0'
    const { Anthropic: Client } = await loadVendorSdk({ provider, sdk, load: open })
    return new Clients(Client)
  }

  /** @throws ProviderError `auth` when there is no key */
  of({ api_key: key = '', endpoint }: ClaudeOptions): Account {
    if (key.trim() === '') {
      const reason = 'there is no key: set ANTHROPIC_API_KEY, or api_key of the node'
      throw new ProviderError('auth', { provider, reason })
    }
    const id = JSON.stringify([endpoint, key])
    let client = this.#made.get(id)
    if (client === undefined) {
      // Given or null, so that the SDK looks for none of it in the environment. Whether to try again is the
      // runtime's to decide; what the SDK logs would show what was said.
      const quiet = { maxRetries: 0, logLevel: 'off', webhookKey: null } as const
      const by = this.#connections && { fetchOptions: { dispatcher: this.#connections as never } }
      client = new this.#Client({ apiKey: key, baseURL: endpoint, ...quiet, ...by })
      this.#made.set(id, client)
    }
    return { client, key }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#connections?.destroy()
  }
}
