import type { WebRequest, WebResponse, WebRoute, WebUpgrade } from 'voxgraph/plugin'
import type { TwilioSdk } from './load-sdk.ts'

/** Fields of a form, and of the query of an address. */
export type Fields = Readonly<Record<string, string>>

/** What Twilio has asked, once it is certain that it was Twilio. */
export interface SignedRequest {
  readonly form: Fields
  readonly query: Fields
}

/** What `createSigned` takes. */
export interface SignedInit {
  readonly sdk: TwilioSdk
  readonly accountSid: string
  readonly authToken: string
  /** Where Twilio reaches the site, as it was configured. What a request says of that is never believed. */
  readonly publicAddress: string
}

/** What lets only Twilio in. */
export interface Signed {
  /** A route that answers TwiML, or nothing, to what Twilio has signed, and 403 to all else. */
  route(path: string, answer: (request: SignedRequest) => string | Promise<string>): WebRoute
  /** True when the opening of a socket at `path` was signed. */
  holds(upgrade: WebUpgrade, path: string): boolean
}

/** Makes what checks signatures. */
export function createSigned({ sdk, accountSid, authToken, publicAddress }: SignedInit): Signed {
  const isSigned = (
    headers: WebRequest['headers'],
    url: string,
    params: Record<string, string | string[]>,
  ): boolean => {
    const signature = headers['x-twilio-signature']
    if (typeof signature !== 'string' || signature === '') return false
    return sdk.validateRequest(authToken, signature, url, params)
  }
  return {
    route: (path, answer) => ({
      method: 'POST',
      path,
      async answer({ url, headers, body }): Promise<WebResponse> {
        const form = new URLSearchParams(body)
        const query = queryOf(url)
        if (!isSigned(headers, `${publicAddress}${path}${query}`, paramsOf(form))) return refused
        // A signature holds for ever, and for every account that has this token.
        if (form.get('AccountSid') !== accountSid) return refused
        const twiml = await answer({
          form: fieldsOf(form),
          query: fieldsOf(new URLSearchParams(query)),
        })
        if (twiml === '') return { status: 204 }
        return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: twiml }
      },
    }),
    holds: ({ request }, path) =>
      isSigned(
        request.headers,
        `${publicAddress.replace(/^http/, 'ws')}${path}${queryOf(request.url)}`,
        {},
      ),
  }
}

const refused: WebResponse = { status: 403 }

const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '')

function paramsOf(form: URLSearchParams): Record<string, string | string[]> {
  const names = new Set(form.keys())
  return Object.fromEntries(
    [...names].map((name): [string, string | string[]] => {
      const values = form.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}

const fieldsOf = (params: URLSearchParams): Fields => Object.fromEntries(params)
