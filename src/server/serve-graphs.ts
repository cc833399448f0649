import type { Busy, Listener, Log, Site } from '../define/index.ts'
import { drivers } from '../drivers.ts'
import { VoxgraphError } from '../errors/index.ts'
import type { Program } from '../graph/plan.ts'
import { createCalls, type Calls, type CallsInit } from '../kernel/calls.ts'
import type { Inspection } from '../observe/inspection.ts'
import { createLoopLag, type LoopLag } from '../time/loop-lag.ts'
import { createAdmission, type Admission } from './admission.ts'
import { callIds } from './call-ids.ts'
import { drain, type Drained, type DrainOptions } from './drain.ts'
import { answerHealth, ownPaths, type NotReady } from './health.ts'
import { playgroundPath } from './playground.ts'
import type { Tls } from './tls.ts'
import type { WebListener } from './web.ts'

/** What `serveGraphs` takes. */
export interface ServeOptions extends Pick<
  CallsInit,
  'clock' | 'vars' | 'deadlines' | 'prices' | 'inspect'
> {
  readonly log: Log
  /** Address to listen on; `127.0.0.1` unless given. */
  readonly host?: string | undefined
  /** 0, a free one, unless given. */
  readonly port?: number | undefined
  /** Where the world reaches the server: `https://voice.example.com`. Its own address unless given. */
  readonly publicUrl?: string | undefined
  /** A certificate and its key; without them something in front of the server has to see to it. */
  readonly tls?: Tls | undefined
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy?: readonly string[] | undefined
  /** Most calls at a time, over all graphs; 250 unless given. */
  readonly maxCalls?: number | undefined
  /** Lag of the event loop (p99 over ten seconds) above which no call is taken, in ms; 100 unless given. */
  readonly maxLagMs?: number | undefined
  /** Requests and sockets a second that one client address may ask for, over ten seconds; 60 unless given. */
  readonly maxRate?: number | undefined
  /** Sees every inspection event of every call, with the name of its graph. */
  readonly observe?: (graph: string, event: Inspection) => void
}

/** A graph that takes calls on a server. */
export interface ServedGraph {
  readonly name: string
  /** Where callers reach it, for people to read. */
  readonly address: string
  readonly calls: Calls
  readonly listener: Listener
}

/** Graphs that take calls in one process, on one address. */
export interface Server {
  /** `http://127.0.0.1:8080` */
  readonly address: string
  readonly graphs: readonly ServedGraph[]
  /** Calls under way. */
  readonly calls: number
  /** Why no call is taken now; undefined while there is room. */
  readonly notReady: NotReady | undefined
  /** Callers that were turned away since the beginning, by why. */
  readonly turnedAway: Readonly<Record<Busy['busy'], number>>
  /** Lag of the event loop: p99 of the last ten seconds, in ms. */
  readonly lagMs: number
  /** Resolves when no transport will give any more calls (files were played to their end). */
  readonly done: Promise<void>
  /** A place for pages of your own: `/playground`. */
  site(prefix: string): Site
  /**
   * Takes no more calls, waits until those under way are over or their time is, and frees everything. Whoever
   * calls meanwhile is told so. Asked again, it waits for the same.
   */
  close(options?: DrainOptions): Promise<Drained>
}

/** Most calls at a time unless told otherwise; what a machine carries is to be measured (`npm run bench`). */
const usualCalls = 250
/** Lag above which callers are turned away unless told otherwise, in ms: half of the lead that sound has. */
const usualLagMs = 100
/** Requests a second of one address unless told otherwise: a carrier's webhooks come from few addresses. */
const usualRate = 60

/**
 * Runs programs in one process behind one address: each graph's sockets and webhooks stand below `/<name>`,
 * beside `/healthz`, `/readyz` and an index at `/`. Resolves when all transports are open.
 * @throws VoxgraphError `graph-name-taken`, `graph-name-unusable`, `bad-proxy`, `bad-public-url`,
 *   `address-in-use`, `address-refused`, or what a transport throws
 */
export async function serveGraphs(
  programs: readonly Program[],
  options: ServeOptions,
): Promise<Server> {
  checkNames(programs)
  const { clock, log, host = '127.0.0.1', port = 0, tls, trustProxy } = options
  const publicOrigin = readPublicUrl(options.publicUrl)
  // Loaded where somebody serves: whoever imports the package may only want to check a graph.
  const [{ openListener }, { createRateLimit }] = await Promise.all([
    import('./web.ts'),
    import('./rate-limit.ts'),
  ])
  const rate = createRateLimit(clock, options.maxRate ?? usualRate)
  const listener = await openListener({
    ...{ host, port, log, publicOrigin, tls, trustProxy, rate },
    // Whoever watches the process must not take a limit for its end.
    uncounted: ['/healthz', '/readyz'],
  })
  const server = new RunningServer(options, listener)
  try {
    for (const program of programs) await server.open(program)
  } catch (thrown) {
    await server.close({ withinMs: 0 })
    throw thrown
  }
  server.begin()
  return server
}

class RunningServer implements Server {
  readonly graphs: ServedGraph[] = []
  readonly #options: ServeOptions
  readonly #listener: WebListener
  readonly #admission: Admission
  readonly #lag: LoopLag
  readonly #nextId: () => string
  readonly #opened: Calls[] = []
  #isStarting = true
  #closed: Promise<Drained> | undefined

  constructor(options: ServeOptions, listener: WebListener) {
    const { clock, maxCalls = usualCalls, maxLagMs = usualLagMs } = options
    this.#options = options
    this.#listener = listener
    this.#lag = createLoopLag(clock)
    this.#admission = createAdmission({ clock, maxCalls, maxLagMs, lag: this.#lag })
    this.#nextId = callIds(clock)
    answerHealth(
      listener.site(''),
      () => this.notReady,
      () => this.graphs.map(({ name, address }) => ({ name, address })),
    )
  }

  get address(): string {
    return this.#listener.address
  }

  get calls(): number {
    return this.#opened.reduce((sum, { sessions }) => sum + sessions.size, 0)
  }

  get notReady(): NotReady | undefined {
    return this.#isStarting ? 'starting' : this.#admission.busy
  }

  get turnedAway(): Admission['turnedAway'] {
    return this.#admission.turnedAway
  }

  get lagMs(): number {
    return this.#lag.p99()
  }

  get done(): Promise<void> {
    const never = new Promise<never>(() => undefined)
    return Promise.all(this.graphs.map(({ listener }) => listener.done ?? never)).then(() => {})
  }

  site(prefix: string): Site {
    return this.#listener.site(prefix)
  }

  async open(program: Program): Promise<void> {
    const { name } = program.plan
    const { observe, clock, log, vars = {}, deadlines = {}, prices = [] } = this.#options
    const calls = createCalls({
      ...{ program, clock, log, vars, deadlines, prices, drivers, nextId: this.#nextId },
      inspect: this.#options.inspect ?? false,
      web: { open: async () => this.#listener.site(`/${name}`) },
      admit: () => this.#admission.admit(),
      observe: observe && ((event) => observe(name, event)),
    })
    this.#opened.push(calls)
    const listener = await calls.listen()
    this.graphs.push({ name, address: listener.address, calls, listener })
  }

  /** All transports are open. */
  begin(): void {
    this.#isStarting = false
  }

  close(options: DrainOptions = {}): Promise<Drained> {
    this.#closed ??= this.#close(options)
    return this.#closed
  }

  async #close(options: DrainOptions): Promise<Drained> {
    const reason = 'the server is going down'
    this.#isStarting = false
    this.#admission.drain()
    const drained = await drain({
      ...options,
      clock: this.#options.clock,
      sessions: () => this.#opened.flatMap(({ sessions }) => [...sessions.values()]),
      coming: () => this.#admission.taken,
      reason,
    })
    await Promise.all(this.#opened.map((calls) => calls.close(reason)))
    await this.#listener.close()
    this.#lag.close()
    return drained
  }
}

/** Names that are a part of an address as they stand. */
const usableName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/

function checkNames(programs: readonly Program[]): void {
  const taken = [...ownPaths, playgroundPath]
    .map((path) => path.slice(1))
    .filter((path) => path !== '')
  const byName = Map.groupBy(programs, ({ plan }) => plan.name)
  for (const [name, called] of byName) {
    if (!usableName.test(name) || taken.some((path) => path === name)) {
      throw new VoxgraphError('graph-name-unusable', { name, taken: taken.join(', ') })
    }
    if (called.length === 1) continue
    const files = called.map(({ plan }) => plan.file).join(', ')
    throw new VoxgraphError('graph-name-taken', { name, count: called.length, files })
  }
}

/** Where the world reaches a server, as it is configured. @throws VoxgraphError `bad-public-url` */
export function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === undefined || !isWeb || `${url.search}${url.hash}${url.username}` !== '') {
    throw new VoxgraphError('bad-public-url', { text })
  }
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`
}
