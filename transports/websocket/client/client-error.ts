/**
 * - `microphone-denied`: the user, or the policy of the page, does not allow it.
 * - `microphone-missing`: there is none, or another program has it.
 * - `no-audio`: the page has no AudioWorklet (it was not loaded over HTTPS or from this machine), or its code was refused.
 * - `unreachable`: nobody answered at the address.
 * - `unauthorized`: the token is wrong, or missing.
 * - `forbidden`: this page or this client may not do what it asked for.
 * - `busy`: the server has no room now.
 * - `refused`: the server closed for another reason; `closeCode` and the message say which.
 * - `lost`: the connection broke in the middle of a call.
 * - `aborted`: the signal of the page.
 */
export type ClientErrorCode =
  | 'microphone-denied'
  | 'microphone-missing'
  | 'no-audio'
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'busy'
  | 'refused'
  | 'lost'
  | 'aborted'

/** What stands in the way of a call. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** Code with which the socket was closed; 0 where there was none. */
  readonly closeCode: number

  constructor(code: ClientErrorCode, message: string, closeCode = 0) {
    super(message)
    this.code = code
    this.closeCode = closeCode
  }
}
