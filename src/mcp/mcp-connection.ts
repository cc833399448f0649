import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { VoxgraphError } from '../errors/index.ts'
import type { PlanServer } from '../graph/plan.ts'

/** Most that a server may send in one message or one answer, in bytes; the SDK's own bound for pipes. */
const largestAnswer = 10 * 1024 * 1024

/** Longest time until a server is up and has said what it is, in ms: `npx` may have to fetch it first. */
export const longestStartMs = 60_000

/** What a connection tells whoever opened it. */
export interface ConnectionOwner {
  /** It is gone: the process has ended, or the pipe broke. */
  lost(): void
  /** A line of what the process says beside the protocol. */
  wrote(text: string): void
  /** Something that is no message. */
  garbled(reason: string): void
}

/**
 * Starts the server, or reaches it, and greets it. The SDK is loaded only here. It neither tries again nor
 * reconnects: whoever opens it does.
 * @throws VoxgraphError `mcp-sdk-missing`; else whatever the SDK throws
 */
export async function connect(server: PlanServer, owner: ConnectionOwner): Promise<Client> {
  const { client, transport } = await make(server, owner)
  // Whatever it is told by a server that is none, or lies, ends here.
  client.onerror = (error) => owner.garbled(error.message)
  try {
    await client.connect(transport as Transport, { timeout: longestStartMs })
  } catch (thrown) {
    await transport.close().catch(() => undefined)
    throw thrown
  }
  client.onclose = () => owner.lost()
  return client
}

async function make(
  server: PlanServer,
  owner: ConnectionOwner,
): Promise<{ readonly client: Client; readonly transport: Pick<Transport, 'close'> }> {
  try {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
    const client = new Client({ name: 'voxgraph', version: '1' }, { capabilities: {} })
    const transport =
      server.kind === 'process' ? await pipe(server, owner) : await httpConnection(server)
    return { client, transport }
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw thrown
    throw new VoxgraphError('mcp-sdk-missing', { server: server.id }, { cause: thrown })
  }
}

async function pipe(
  { command, env, folder }: Extract<PlanServer, { kind: 'process' }>,
  owner: ConnectionOwner,
): Promise<Pick<Transport, 'close'>> {
  const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js')
  const [program = '', ...args] = command
  const init = { command: program, args, env: { ...env }, cwd: folder }
  const bounds = { stderr: 'pipe', maxBufferSize: largestAnswer } as const
  const transport = new StdioClientTransport({ ...init, ...bounds })
  transport.stderr?.on('data', (chunk: Buffer) => owner.wrote(chunk.toString('utf8')))
  return transport
}

async function httpConnection({
  url,
  headers,
}: Extract<PlanServer, { kind: 'http' }>): Promise<Pick<Transport, 'close'>> {
  const { StreamableHTTPClientTransport } =
    await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { ...headers } },
    fetch: boundedFetch,
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  })
}

/** `fetch` whose answers fail when they are larger than anything a tool has to say. */
async function boundedFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  const { body, status, statusText, headers } = response
  if (body === null || status < 200) return response
  let size = 0
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength
      if (size > largestAnswer) controller.error(new Error(`more than ${largestAnswer} bytes came`))
      else controller.enqueue(chunk)
    },
  })
  return new Response(body.pipeThrough(count), { status, statusText, headers })
}
