import { createRequire } from 'node:module'
import { connect } from 'node:net'
import type { Cartesia } from '@cartesia/cartesia-js'
import type { TTSWS } from '@cartesia/cartesia-js/resources/tts/ws'
import type { ClientOptions } from 'ws'
import { loadVendorSdk, ProviderError } from 'voxgraph/plugin'
import { provider, type CartesiaOptions } from './options.ts'

/** The parts of the SDK that are used. */
export interface CartesiaSdk {
  readonly Cartesia: typeof Cartesia
  readonly TTSWS: typeof TTSWS
}

/**
 * Loads the SDK in its CommonJS form. Its ES modules do not find `ws`: they take the WebSocket of the
 * platform instead, put the key into the address, and leave out all options of the connection. The files
 * are named with their ends, so that no condition of the process (`--conditions import`) leads elsewhere.
 */
export const loadSdk = (): Promise<CartesiaSdk> =>
  loadVendorSdk({ provider, sdk: '@cartesia/cartesia-js@4.2.0', load: requireSdk })

function requireSdk(): CartesiaSdk {
  const require = createRequire(import.meta.url)
  const { Cartesia } = require('@cartesia/cartesia-js/index.js') as Pick<CartesiaSdk, 'Cartesia'>
  const { TTSWS } = require('@cartesia/cartesia-js/resources/tts/ws.js') as Pick<
    CartesiaSdk,
    'TTSWS'
  >
  return { Cartesia, TTSWS }
}

/** A client that tries once, logs nothing, and has key and address from nowhere else. */
export function createClient({ Cartesia }: CartesiaSdk, options: CartesiaOptions): Cartesia {
  const { api_key: apiKey, endpoint: baseURL } = options
  if (apiKey === undefined) throw new ProviderError('auth', { provider, reason: 'no key is given' })
  return new Cartesia({ apiKey, baseURL, maxRetries: 0, logLevel: 'off' })
}

/** Longest message that is read, in bytes: a minute of the widest sound as base64. */
const longestMessage = 8_000_000

/** How the socket is opened. The SDK makes every address one of TLS: a plain one needs a plain connection. */
export function socketOptions({ endpoint }: CartesiaOptions): ClientOptions {
  const { protocol, hostname, port } = new URL(endpoint)
  const plain = {
    createConnection: () => connect({ host: hostname, port: Number(port || 80) }),
  } as ClientOptions
  // Base64 of sound gets no shorter.
  return {
    maxPayload: longestMessage,
    perMessageDeflate: false,
    ...(protocol === 'http:' && plain),
  }
}
