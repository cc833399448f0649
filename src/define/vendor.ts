import type { JsonSchema } from '../schema/json-schema.ts'
import type { Log } from './processor.ts'

/** What `verify` gets. */
export interface VerifyContext<Options> {
  readonly options: Options
  readonly log: Log
  /** Aborted when it takes too long. */
  readonly signal: AbortSignal
}

/** What a processor that works with somebody else's service says of it. */
export interface VendorSpec<Options> {
  /** Whose service it is: `deepgram`. Prices and emulators are found by it. */
  readonly vendor?: string
  /**
   * Asks the service, without being charged, whether it accepts the key and knows the model and the voice.
   * Resolves when it does; called before calls are taken, and by `voxgraph check --connect`.
   * @throws ProviderError
   */
  readonly verify?: (ctx: VerifyContext<Options>) => Promise<void>
}

/** The same, as the runtime holds it. */
export interface Vendored {
  readonly vendor: string | undefined
  readonly verify: ((ctx: VerifyContext<never>) => Promise<void>) | undefined
}

/**
 * The two options that every vendor's processor has: `api_key`, taken from the environment variable where
 * it is not given, and `endpoint`.
 *
 * @param variable name of the environment variable: `DEEPGRAM_API_KEY`
 * @param endpoint where the service is: `https://api.deepgram.com`
 */
export const vendorOptions = (variable: string, endpoint: string) =>
  ({
    api_key: {
      type: 'string',
      writeOnly: true,
      'x-env': variable,
      minLength: 1,
      description: `Key of the account; ${variable} unless given.`,
    },
    endpoint: {
      type: 'string',
      pattern: '^https?://[^\\s/]+',
      default: endpoint,
      description: 'Where the service is. Emulators and proxies are reached by it.',
    },
  }) as const satisfies Readonly<Record<string, JsonSchema>>
