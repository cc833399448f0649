import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Manifest } from '../define/index.ts'
import { readBuiltins } from './builtins.ts'
import { inspectModule, type ModuleManifest } from './inspect.ts'
import type { Override } from './override.ts'

/** Why a file could not be read. */
export interface ReadFailure {
  readonly failed: 'not-found' | 'directory' | 'too-large' | 'unreadable'
}

/** All that checking a graph may ask of the world. */
export interface Host {
  /** Absolute path that relative names are meant from. */
  readonly cwd: string
  /** Bytes of a file of at most `limit` bytes. */
  readText(path: string, limit: number): Promise<Uint8Array | ReadFailure>
  /** Names in a directory; none when it cannot be read. */
  listDirectory(path: string): Promise<readonly string[]>
  readonly env: Readonly<Record<string, string | undefined>>
  /** A value from a store of secrets; undefined when it has none of that name. */
  secret?(name: string): Promise<string | undefined>
  /** Values for `params`, as text. */
  readonly params: Readonly<Record<string, string>>
  /** Processors that take the place of those in the file, by node. */
  readonly use?: Readonly<Record<string, Override>>
  /** The profile of the graph that is meant; none unless given. */
  readonly profile?: string
  /** What a bare name can mean. */
  readonly builtins: readonly Manifest[]
  /** What a local module exports; or the package `path`, as it is installed for the file `from`. */
  inspect(path: string, from?: string): Promise<ModuleManifest>
  /** Variables, secrets and files that are missing are not reported; their options are left out. */
  readonly lenient?: boolean
  /** Keys that providers take from the environment must be there: calls are to be taken. */
  readonly needKeys?: boolean
  /** See `HostOptions`. */
  readonly emulated?: readonly string[]
}

/** What can be said about a Node host; everything has a default. */
export interface HostOptions {
  /** Default: the working directory. */
  readonly cwd?: string
  /** Default: the environment of the process, and below it `.env` of `cwd`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly secret?: (name: string) => Promise<string | undefined>
  readonly params?: Readonly<Record<string, string>>
  readonly use?: Readonly<Record<string, Override>>
  /** The profile of the graph that is laid over it; none unless given. */
  readonly profile?: string
  /** Default: those of this package. */
  readonly builtins?: readonly Manifest[]
  /** How long a local module may take to load, in ms; 5000 unless given. */
  readonly inspectTimeoutMs?: number
  readonly lenient?: boolean
  /** Keys that providers take from the environment must be there; false unless given. */
  readonly needKeys?: boolean
  /**
   * Vendors whose services are emulated: where they are and which keys they take is not read from the file or the environment.
   * Whoever has the plan fills it in.
   */
  readonly emulated?: readonly string[]
}

/** The host on Node: the file system, the environment, and workers for local modules. */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  const cwd = options.cwd ?? process.cwd()
  const { secret, use, profile, inspectTimeoutMs = 5000 } = options
  return {
    cwd,
    readText: readLimited,
    listDirectory: (path) => readdir(path).catch(() => []),
    env: options.env ?? { ...(await readDotEnv(cwd)), ...process.env },
    ...(secret && { secret }),
    params: options.params ?? {},
    ...(use && { use }),
    ...(profile !== undefined && { profile }),
    builtins: options.builtins ?? (await readBuiltins()),
    inspect: (path, from) => inspectModule(path, inspectTimeoutMs, from),
    lenient: options.lenient ?? false,
    needKeys: options.needKeys ?? false,
    emulated: options.emulated ?? [],
  }
}

async function readDotEnv(cwd: string): Promise<NodeJS.Dict<string>> {
  const text = await readFile(join(cwd, '.env'), 'utf8').catch(() => '')
  return parseEnv(text)
}

async function readLimited(path: string, limit: number): Promise<Uint8Array | ReadFailure> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return { failed: 'directory' }
    // A device or a pipe has no size and may have no end.
    if (!found.isFile()) return { failed: 'unreadable' }
    if (found.size > limit) return { failed: 'too-large' }
    return await readFile(path)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return { failed: missing ? 'not-found' : 'unreadable' }
  }
}
