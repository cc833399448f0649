import { createHmac } from 'node:crypto'

/** How something is signed: as Twilio does it, with another token, or not at all. */
export type Signing = 'right' | 'forged' | 'missing'

/**
 * The header with which Twilio signs an address, and the form that goes there: HMAC-SHA1 of the address and the
 * sorted fields.
 */
export function signatureHeader(
  token: string,
  url: string,
  form: Readonly<Record<string, string>>,
  signing: Signing = 'right',
): Readonly<Record<string, string>> {
  if (signing === 'missing') return {}
  const key = signing === 'right' ? token : `${token}!`
  const fields = Object.keys(form)
    .toSorted()
    .map((name) => `${name}${form[name] ?? ''}`)
  const text = `${url}${fields.join('')}`
  return { 'x-twilio-signature': createHmac('sha1', key).update(text).digest('base64') }
}
