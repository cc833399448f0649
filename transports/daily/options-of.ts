import type { Infer } from 'voxgraph/plugin'
import type { DailyOptions } from './open-daily.ts'
import type { options } from './options.ts'

/** Options as a graph gives them. */
export type GivenOptions = Infer<typeof options>

/** The same, as the code needs them. */
export const optionsOf = (given: GivenOptions): DailyOptions => ({
  host: given.host,
  port: given.port,
  path: given.path,
  token: given.token,
  room: given.room_url === undefined ? undefined : { url: given.room_url, token: given.room_token },
  dialInSecret: given.dialin_secret,
  dialOut: given.dial_out,
  callerId: given.caller_id,
  queues: given.queues,
  refer: given.refer,
  geo: given.geo,
  botName: given.bot_name,
  bundlePath: given.call_machine,
  callerTimeoutMs: given.caller_timeout,
  maxCallMs: given.max_call,
})
