import {
  categoryOfStatus,
  lostConnection,
  ProviderError,
  withoutSecret,
  type Clock,
} from 'voxgraph/plugin'
import type { TwilioSdk } from './load-sdk.ts'
import { provider, type TwilioOptions } from './options.ts'

/** Times that are waited for before something is asked again, in ms. Closing a call has two seconds. */
const retryAfterMs = [250, 500]
/** Longest time that an answer may take, in ms; the SDK counts it. */
const answerMs = 10_000

/** How a call is placed; `url` and what follows are asked when something becomes of it. */
export interface PlaceInit {
  readonly to: string
  readonly from: string
  readonly url: string
  readonly status: string
  /** Asked when it is known who has answered, where Twilio is to find that out while the call runs. */
  readonly answeredBy?: string | undefined
  readonly machineDetection?: 'Enable' | 'DetectMessageEnd' | undefined
}

/** What Twilio does with calls when it is asked by REST. Everything is asked again where that may help. */
export interface TwilioRest {
  /** Ends a call; one that is over already is fine. @throws ProviderError */
  hangUp(sid: string): Promise<void>
  /** Tells Twilio to do something else with a call. @throws ProviderError, also when the call is over */
  redirect(sid: string, twiml: string): Promise<void>
  /** Places a call. Asked once only: a second time might ring twice. @returns its name @throws ProviderError */
  place(init: PlaceInit): Promise<string>
}

/** What the SDK throws: an answer with its status, or an error of its connection. */
interface SdkError extends Error {
  readonly status?: number
  readonly code?: number | string
}

/** Codes of Twilio that say that a call is over, or was never there. */
const isOver = ({ status, code }: SdkError): boolean =>
  (status === 404 && (code === undefined || code === 20_404)) || code === 21_220

/**
 * Makes what asks Twilio.
 * @throws ProviderError `auth` when account or token are missing
 */
export function createRest(sdk: TwilioSdk, options: TwilioOptions, clock: Clock): TwilioRest {
  const { calls } = openClient(sdk, options)
  const { ring_timeout: ringMs } = options
  const failure = (thrown: unknown): ProviderError => restError(thrown, options)

  async function insist<T>(ask: () => Promise<T>): Promise<T> {
    for (const waitMs of retryAfterMs) {
      try {
        return await ask()
      } catch (thrown) {
        if (isOver(thrown as SdkError) || !failure(thrown).retryable) throw thrown
        await clock.sleep(waitMs)
      }
    }
    return ask()
  }

  return {
    async hangUp(call) {
      try {
        await insist(() => calls(call).update({ status: 'completed' }))
      } catch (thrown) {
        if (!isOver(thrown as SdkError)) throw failure(thrown)
      }
    },
    async redirect(call, twiml) {
      try {
        await insist(() => calls(call).update({ twiml }))
      } catch (thrown) {
        throw failure(thrown)
      }
    },
    async place({ to, from, url, status, answeredBy, machineDetection }) {
      try {
        const made = await calls.create({
          to,
          from,
          url,
          method: 'POST',
          timeout: Math.max(5, Math.round(ringMs / 1000)),
          statusCallback: status,
          statusCallbackMethod: 'POST',
          statusCallbackEvent: ['completed'],
          ...(machineDetection !== undefined && { machineDetection }),
          ...(answeredBy !== undefined && {
            asyncAmd: 'true',
            asyncAmdStatusCallback: answeredBy,
            asyncAmdStatusCallbackMethod: 'POST',
          }),
        })
        return made.sid
      } catch (thrown) {
        throw failure(thrown)
      }
    },
  }
}

/**
 * The client of the SDK.
 * @throws ProviderError `auth` when account or token are missing
 */
export function openClient(
  sdk: TwilioSdk,
  { account_sid: sid, auth_token: token, endpoint, region = '', edge = '' }: TwilioOptions,
): InstanceType<TwilioSdk['Twilio']> {
  if (sid === undefined || token === undefined) {
    throw new ProviderError('auth', { provider, reason: 'account_sid or auth_token is missing' })
  }
  // Empty, not left out: what is left out the SDK takes from the environment.
  const client = new sdk.Twilio(sid, token, { region, edge, logLevel: 'off', timeout: answerMs })
  client.api.baseUrl = endpoint
  return client
}

/** What went wrong, without the token. */
export function restError(
  thrown: unknown,
  { auth_token: token = '' }: TwilioOptions,
): ProviderError {
  const { status, code, message } = thrown as SdkError
  const words = withoutSecret(message, token)
  if (typeof status === 'number') {
    const reason = `${status} ${code === undefined ? '' : `(${code}) `}${words}`
    return new ProviderError(categoryOfStatus(status), { provider, reason })
  }
  const isLate = code === 'ECONNABORTED' || /timeout/i.test(words)
  if (isLate) return new ProviderError('timeout', { provider, reason: words })
  const lost = lostConnection(thrown as SdkError)
  return new ProviderError(lost === undefined ? 'bug' : 'connectivity', {
    provider,
    reason: withoutSecret(lost ?? words, token),
  })
}
