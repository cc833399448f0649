import { ProviderError } from './provider-error.ts'

/** What Node says when a module is not there, by `import` and by `require`. */
const missingCodes: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']

/** What `loadVendorSdk` takes. */
export interface VendorSdkInit<Sdk> {
  /** Id of the processor. */
  readonly provider: string
  /** Package and version, as npm takes them: `@deepgram/sdk@5.13.0`. */
  readonly sdk: string
  /** Loads it: `() => import('@deepgram/sdk')`. */
  load(): Sdk | Promise<Sdk>
}

/**
 * Loads the package that a processor works through, which is installed by those who use it. For `share`, and
 * for `verify`, so that it is missed before the phone rings.
 * @throws ProviderError `invalid`, code `provider-sdk`, that says what to install; else what the package throws
 */
export async function loadVendorSdk<Sdk>(init: VendorSdkInit<Sdk>): Promise<Sdk> {
  const { provider, sdk } = init
  try {
    return await init.load()
  } catch (cause) {
    if (!isMissing(cause, sdk.slice(0, sdk.lastIndexOf('@')))) throw cause
    throw new ProviderError('invalid', { provider, reason: 'its SDK is not installed', sdk, cause })
  }
}

/** Only this package: one that it needs itself and does not find is another matter. */
const isMissing = (thrown: unknown, name: string): boolean =>
  thrown instanceof Error &&
  'code' in thrown &&
  missingCodes.includes(thrown.code) &&
  [`'${name}'`, `'${name}/`].some((one) =>
    thrown.message.split(' imported from ')[0]?.includes(one),
  )
