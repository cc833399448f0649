import { resolve } from 'node:path'
import { readTls, type ServeOptions } from '../index.ts'
import { parseDuration } from '../schema/duration.ts'
import { UsageError, type Command, type CommandArgs } from './command.ts'

/** What the command line says of the server itself. */
export type ServerSettings = Pick<
  ServeOptions,
  'host' | 'port' | 'publicUrl' | 'tls' | 'trustProxy' | 'maxCalls' | 'maxLagMs' | 'maxRate'
> & {
  /** Time for calls to end when the process is to. */
  readonly drainMs: number | undefined
}

/** Port that is listened on unless told otherwise. */
const usualPort = 8080

/** Options of `voxgraph serve` that speak of the server. */
export const serverOptions: Pick<Command, 'options' | 'describe'> = {
  options: {
    host: { type: 'string' },
    port: { type: 'string' },
    'public-url': { type: 'string' },
    'max-calls': { type: 'string' },
    'max-lag': { type: 'string' },
    'max-rate': { type: 'string' },
    drain: { type: 'string' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'trust-proxy': { type: 'string' },
  },
  describe: {
    host: 'address to listen on; 127.0.0.1 unless given, 0.0.0.0 lets other machines in',
    port: `port to listen on; ${usualPort} unless given, 0 takes a free one`,
    'public-url': 'where the world reaches the server: https://voice.example.com',
    'max-calls': 'most calls at a time, over all graphs; 250 unless given',
    'max-lag': 'lag of the process above which callers are turned away; 100ms unless given',
    'max-rate': 'requests a second that one client address may ask for; 60 unless given',
    drain: 'time for calls to end in when the process is to; 60s unless given',
    'tls-cert': 'certificate, a PEM file, for https and wss',
    'tls-key': 'its key, a PEM file',
    'trust-proxy': 'proxies whose X-Forwarded-For is believed: 10.0.0.0/8,127.0.0.1',
  },
}

/**
 * Reads them.
 * @throws UsageError for what makes no sense, VoxgraphError for files that cannot be used
 */
export async function readServerSettings(
  values: CommandArgs['values'],
  cwd: string,
): Promise<ServerSettings> {
  const text = (name: string): string | undefined =>
    typeof values[name] === 'string' ? values[name] : undefined
  const count = (name: string, least: number, most = Number.MAX_SAFE_INTEGER) => {
    const given = text(name)
    if (given === undefined) return undefined
    const number = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN
    if (number >= least && number <= most) return number
    const bounds = most === Number.MAX_SAFE_INTEGER ? `${least}` : `${least} to ${most}`
    throw new UsageError(`--${name} takes a whole number from ${bounds}, but got "${given}".`)
  }
  const duration = (name: string): number | undefined => {
    const given = text(name)
    if (given === undefined) return undefined
    const ms = parseDuration(given)
    if (ms !== undefined) return ms
    throw new UsageError(`--${name} takes a length of time (500ms, 60s), but got "${given}".`)
  }
  const [cert, key] = [text('tls-cert'), text('tls-key')]
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--tls-cert and --tls-key belong together.')
  }
  return {
    host: text('host'),
    port: count('port', 0, 65_535) ?? usualPort,
    publicUrl: text('public-url'),
    maxCalls: count('max-calls', 1),
    maxLagMs: duration('max-lag'),
    maxRate: count('max-rate', 1),
    drainMs: duration('drain'),
    trustProxy: text('trust-proxy')?.split(','),
    tls:
      cert === undefined || key === undefined
        ? undefined
        : await readTls(resolve(cwd, cert), resolve(cwd, key)),
  }
}
