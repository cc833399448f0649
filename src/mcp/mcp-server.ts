import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { CallToolResult, Progress, Tool } from '@modelcontextprotocol/sdk/types.js'
import type { Log } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import type { PlanServer } from '../graph/plan.ts'
import type { Cancel, Clock } from '../time/clock.ts'
import { LastWords } from './last-words.ts'
import { connect, longestStartMs } from './mcp-connection.ts'

/** Pause before a server that is gone is started again, in ms: doubled each time, until a call of it works. */
const pauseMs = { first: 500, longest: 30_000 } as const
/** Pages of a list of tools that are read, and tools in all: no server means more. */
const most = { pages: 50, tools: 1000 } as const
/** Longest line of a server's own log that is kept, in characters. */
const longestLine = 500
/** Lines that are kept each time it is started: one that writes without end must not fill a log. */
const mostLines = 200
/** Shortest secret that is looked for in texts; shorter ones would blank out ordinary words. */
const shortestSecret = 4
/** Longest time that a call may take by the SDK's count, in ms; the deadline of the tool comes before. */
const noLimitMs = 2 ** 31 - 1

/** What a call of a tool goes with. */
export interface McpCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Aborted when nobody wants the result any more: the server is told. */
  readonly signal: AbortSignal
  progress(text: string): void
}

/**
 * One server, for all calls of the process. It is started when it is first needed; one that dies is started
 * again after a pause, and what was under way in it fails.
 */
export class McpServer {
  readonly #server: PlanServer
  readonly #clock: Clock
  readonly #log: Log
  readonly #secrets: readonly string[]
  #client: Promise<Client> | undefined
  #failures = 0
  #notBefore = 0
  #cancelRestart: Cancel | undefined
  #isClosed = false

  constructor(server: PlanServer, clock: Clock, log: Log) {
    this.#server = server
    this.#clock = clock
    this.#log = log
    this.#secrets = secretsOf(server)
  }

  /**
   * All tools that it has.
   * @throws what it cannot be reached for, without secrets
   */
  async list(): Promise<readonly Tool[]> {
    const client = await this.#connected()
    const { ListToolsResultSchema } = await import('@modelcontextprotocol/sdk/types.js')
    const tools: Tool[] = []
    let cursor: string | undefined
    for (let page = 0; page < most.pages && tools.length < most.tools; page++) {
      const params = cursor === undefined ? {} : { cursor }
      const asked = { method: 'tools/list', params } as const
      const limits = { timeout: longestStartMs }
      const answer = await this.#cleanly(client.request(asked, ListToolsResultSchema, limits))
      tools.push(...answer.tools)
      cursor = answer.nextCursor
      if (cursor === undefined) break
    }
    return tools.slice(0, most.tools)
  }

  /**
   * Calls a tool.
   * @throws what went wrong with the server, without secrets; not what the tool says went wrong
   */
  async call({ name, arguments: args, signal, progress }: McpCall): Promise<CallToolResult> {
    const client = await this.#connected()
    const { CallToolResultSchema } = await import('@modelcontextprotocol/sdk/types.js')
    const asked = { method: 'tools/call', params: { name, arguments: { ...args } } } as const
    const onprogress = (at: Progress): void =>
      progress(at.message ?? `${at.progress} of ${at.total ?? '?'}`)
    const limits = { signal, timeout: noLimitMs, onprogress }
    try {
      const result = await this.#cleanly(client.request(asked, CallToolResultSchema, limits))
      this.#failures = 0
      return result
    } catch (thrown) {
      // Codes of the protocol are below 0. A server that gives one has not lost us; one that cannot be
      // reached, or answers otherwise, may have forgotten who we are.
      const isAnswer = Number((thrown as { code?: unknown }).code) < 0
      const isHttp = this.#server.kind === 'http'
      if (isHttp && !isAnswer && !signal.aborted) this.#lost(client)
      throw thrown
    }
  }

  /** Ends it. What is under way fails. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRestart?.()
    const client = await this.#client?.catch(() => undefined)
    await client?.close()
  }

  /** The text without anything that the file gave the server as a secret. */
  clean(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text)
  }

  async #cleanly<T>(work: Promise<T>, words?: LastWords): Promise<T> {
    try {
      return await work
    } catch (thrown) {
      // One of ours has its remedy, and no secret.
      if (thrown instanceof VoxgraphError) throw thrown
      const { code } = thrown as { readonly code?: unknown }
      const line = words?.line ?? ''
      const reason = line === '' ? reasonOf(thrown) : `${reasonOf(thrown)}; it wrote: ${line}`
      const clean = new Error(this.clean(reason).slice(0, longestLine))
      throw Object.assign(clean, { code })
    }
  }

  #connected(): Promise<Client> {
    if (this.#isClosed) return Promise.reject(new Error('it is closed'))
    if (this.#client !== undefined) return this.#client
    if (this.#clock.now() < this.#notBefore) {
      return Promise.reject(new Error('it is down, and will be started again'))
    }
    const client: Promise<Client> = this.#open()
    this.#client = client
    client.catch(() => {
      if (this.#client === client) this.#down()
    })
    return client
  }

  #open(): Promise<Client> {
    const { id } = this.#server
    let lines = 0
    const note = (text: string): void => {
      if (++lines <= mostLines) this.#log.debug(this.clean(text).slice(0, longestLine))
    }
    const words = new LastWords()
    const opened = connect(this.#server, {
      lost: (client) => this.#lost(client),
      wrote(text) {
        words.add(text)
        note(`${id}: ${text}`)
      },
      garbled: (reason) => note(`${id} sent something odd: ${reason}`),
    })
    return this.#cleanly(opened, words)
  }

  #lost(client: Client): void {
    if (this.#isClosed || this.#client === undefined) return
    this.#log.warn(`the MCP server ${this.#server.id} is gone and will be started again`)
    client.onclose = () => undefined
    void client.close().catch(() => undefined)
    this.#down()
  }

  /** It is started again after a pause, so that the next call does not have to wait for that. */
  #down(): void {
    this.#client = undefined
    const waitMs = Math.min(pauseMs.longest, pauseMs.first * 2 ** this.#failures++)
    this.#notBefore = this.#clock.now() + waitMs
    this.#cancelRestart?.()
    this.#cancelRestart = this.#clock.after(waitMs, () => {
      this.#connected().catch((thrown: unknown) => {
        this.#log.warn(`the MCP server ${this.#server.id} did not come up: ${reasonOf(thrown)}`)
      })
    })
  }
}

/** What a server is given and nobody else may see. */
function secretsOf(server: PlanServer): readonly string[] {
  const given = server.kind === 'process' ? server.env : server.headers
  const parts = Object.values(given).flatMap((value) => [value, ...value.split(/\s+/)])
  const query = server.kind === 'http' ? queryOf(server.url) : []
  return [...new Set([...parts, ...query])]
    .filter(({ length }) => length >= shortestSecret)
    .toSorted((one, other) => other.length - one.length)
}

function queryOf(url: string): readonly string[] {
  if (!URL.canParse(url)) return []
  const { searchParams, password } = new URL(url)
  return [...searchParams.values(), password]
}
