import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { ToolError, type Log, type ToolContext, type ToolDefinition } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import type { CodeRef, PlanServer, PlanTool, Program } from '../graph/plan.ts'
import { nearest } from '../graph/suggest.ts'
import { createValidators, type Validators } from '../schema/compile.ts'
import type { Clock } from '../time/clock.ts'
import { refusalOf, resultOf } from './mcp-result.ts'
import { argumentsOf } from './mcp-schema.ts'
import { McpServer } from './mcp-server.ts'

/** Longest description of a tool that the model is told, in characters. */
const longestDescription = 1024
/** Names of tools that a message lists. */
const mostNames = 20
/** Words of progress that are taken of one call. */
const mostProgress = 100

/** Tools of servers, ready to be called, and what ends the servers. */
export interface McpTools {
  /** By id of the tool in the graph. */
  readonly tools: ReadonlyMap<string, ToolDefinition>
  close(): Promise<void>
}

type McpCode = Extract<CodeRef, { kind: 'mcp' }>

/**
 * Starts the servers whose tools a program uses, each once, and asks what its tools are. Tools that the program has
 * already (a test has stand-ins for them) are left alone, and so are servers that are not needed then.
 * @throws VoxgraphError `mcp-sdk-missing`, `mcp-failed`, `tool-missing` or `bad-mcp-tool`; no server is left then
 */
export async function openMcpTools(
  { plan, tools: given }: Program,
  clock: Clock,
  log: Log,
): Promise<McpTools> {
  const servers: McpServer[] = []
  const validators = createValidators()
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()))
  }
  const tools = new Map<string, ToolDefinition>()
  const open = async (spec: PlanServer): Promise<void> => {
    const own = plan.tools.filter(({ id, code }) => {
      return code.kind === 'mcp' && code.server === spec.id && !given.has(id)
    })
    if (own.length === 0) return
    const server = new McpServer(spec, clock, log)
    servers.push(server)
    const listed = await listOf(server, spec.id)
    for (const tool of own) tools.set(tool.id, toolOf(tool, server, { listed, validators }))
  }
  try {
    // One after the other fails would leave the others behind.
    const ends = await Promise.allSettled(plan.servers.map(open))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  } catch (thrown) {
    await close()
    throw thrown
  }
  return { tools, close }
}

async function listOf(server: McpServer, id: string): Promise<readonly Tool[]> {
  try {
    return await server.list()
  } catch (thrown) {
    if (thrown instanceof VoxgraphError) throw thrown
    throw new VoxgraphError('mcp-failed', { server: id, reason: reasonOf(thrown) })
  }
}

interface Known {
  /** What the server says it has. */
  readonly listed: readonly Tool[]
  readonly validators: Validators
}

function toolOf(
  planned: PlanTool,
  server: McpServer,
  { listed, validators }: Known,
): ToolDefinition {
  const { id, code, manifest } = planned
  const { server: from, tool: name, learns } = code as McpCode
  const found = listed.find((tool) => tool.name === name)
  if (found === undefined) throw missing(from, name, listed)
  const description = (found.description ?? found.title ?? name).slice(0, longestDescription)
  return {
    kind: 'tool',
    description: learns.includes('description') ? description : manifest.description,
    parameters: learns.includes('parameters')
      ? learned(found, from, id, validators)
      : manifest.parameters,
    effect: found.annotations?.readOnlyHint === true ? 'read' : 'commit',
    job: false,
    async run(args: never, ctx: ToolContext) {
      const { signal } = ctx
      const progress = reporter(ctx)
      const result = await server.call({ name, arguments: args, signal, progress })
      if (result.isError === true) throw new ToolError(server.clean(refusalOf(result)))
      return resultOf(result)
    },
  }
}

function learned(
  { name, inputSchema }: Tool,
  server: string,
  id: string,
  validators: Validators,
): ToolDefinition['parameters'] {
  try {
    return argumentsOf(inputSchema, validators)
  } catch (thrown) {
    throw new VoxgraphError('bad-mcp-tool', { server, tool: name, reason: reasonOf(thrown), id })
  }
}

function missing(server: string, tool: string, listed: readonly Tool[]): VoxgraphError {
  // What a server calls its tools may be anything.
  const names = listed.map(({ name }) => name).filter((name) => /^[\w.\-/]{1,128}$/.test(name))
  const meant = nearest(tool, names)
  const suggestion = meant === undefined ? '' : `did you mean ${meant}? `
  const shown = names.slice(0, mostNames).join(', ')
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : ''
  const tools = names.length === 0 ? 'none' : `${shown}${more}`
  return new VoxgraphError('tool-missing', { server, tool, suggestion, tools })
}

/** A server may tell more about itself than anybody can read. */
function reporter({ progress }: ToolContext): (text: string) => void {
  let count = 0
  let last = ''
  return (text) => {
    if (text === last || ++count > mostProgress) return
    last = text
    progress(text)
  }
}
