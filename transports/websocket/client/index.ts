/** Calls a `websocket` transport from a page: `docs/browser-client.md`. */
export { ClientError, type ClientErrorCode } from './client-error.ts'
export { connect } from './connect.ts'
export type * from './types.ts'
export type * from '../events.ts'
export type { WireAudio, WireJson } from '../wire.ts'
