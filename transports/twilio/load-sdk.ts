import { createRequire } from 'node:module'
import { loadVendorSdk } from 'voxgraph/plugin'
import { provider } from './options.ts'

/** The package `twilio`. */
export type TwilioSdk = typeof import('twilio')

/** Loads the package, which those install who use it. It is CommonJS. */
export const loadSdk = (): Promise<TwilioSdk> =>
  loadVendorSdk({
    provider,
    sdk: 'twilio@6.2.0',
    load: () => createRequire(import.meta.url)('twilio') as TwilioSdk,
  })
