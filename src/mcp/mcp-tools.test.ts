import { afterEach, describe, expect, it } from 'vitest'
import { httpDesk } from '../../test/fixtures/mcp/desk.ts'
import type { Log, ToolContext, ToolDefinition } from '../define/index.ts'
import type { Plan, PlanServer, PlanTool, Program } from '../graph/plan.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { openMcpTools, type McpTools } from './mcp-tools.ts'

const file = new URL('../../test/fixtures/mcp/desk.ts', import.meta.url).pathname
const key = 'sk-canary-4711'
const stdio: PlanServer = {
  id: 'desk',
  kind: 'process',
  command: [process.execPath, file, 'stdio'],
  folder: '/',
  env: { DESK_KEY: key },
}

const planned = (tool: string, more: Partial<PlanTool> = {}): PlanTool => ({
  id: tool,
  code: { kind: 'mcp', server: 'desk', tool, learns: ['description', 'parameters'] },
  manifest: { kind: 'tool', description: '', parameters: { type: 'object' } },
  timeoutMs: 10_000,
  onInterrupt: 'continue',
  filler: undefined,
  set: {},
  ...more,
})

const open: McpTools[] = []
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(
    [...open.splice(0), ...closers.splice(0).map((close) => ({ close }))].map((one) => one.close()),
  )
})

/** Tools of a server, and what it logged. */
async function toolsOf(
  names: readonly string[],
  server: PlanServer = stdio,
  more: Partial<Program> = {},
) {
  const logs: string[] = []
  const note = (message: string): void => void logs.push(message)
  const log: Log = { debug: note, info: note, warn: note }
  const plan = { servers: [server], tools: names.map((name) => planned(name)) } as unknown as Plan
  const program = { plan, tools: new Map(), ...more } as unknown as Program
  const made = await openMcpTools(program, createLiveClock(), log)
  open.push(made)
  const progress: string[] = []
  const run = async (name: string, args: object = {}, signal?: AbortSignal): Promise<unknown> => {
    const tool = made.tools.get(name) as ToolDefinition
    const ctx = {
      signal: signal ?? new AbortController().signal,
      progress: (words: string) => void progress.push(words),
    } as unknown as ToolContext
    return tool.run(args as never, ctx)
  }
  return { ...made, run, logs, progress }
}

const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `no failure: ${JSON.stringify(value)}`,
    (thrown: unknown) => (thrown as Error).message,
  )

/** Resolves when a check holds; there is nothing to wait for but the other process. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

describe('a tool of an MCP server on a pipe', () => {
  it('is described by the server, without patterns, and reads only where the server says so', async () => {
    const { tools } = await toolsOf(['find_customer', 'note'])
    const find = tools.get('find_customer')
    expect(find?.description).toBe('Finds a customer.')
    expect(find?.effect).toBe('read')
    expect(find?.parameters).toMatchObject({
      type: 'object',
      properties: { name: { type: 'string' } },
      required: ['name'],
    })
    expect(JSON.stringify(find?.parameters)).not.toContain('pattern')
    expect(tools.get('note')?.effect).toBe('commit')
  })

  it('is described by the file where the file does so', async () => {
    const parameters = { type: 'object', properties: { who: { type: 'string' } } } as const
    const plan = {
      servers: [stdio],
      tools: [
        planned('find_customer', {
          code: { kind: 'mcp', server: 'desk', tool: 'find_customer', learns: [] },
          manifest: { kind: 'tool', description: 'Looks somebody up.', parameters },
        }),
      ],
    } as unknown as Plan
    const { tools } = await toolsOf([], stdio, { plan })
    expect(tools.get('find_customer')).toMatchObject({
      description: 'Looks somebody up.',
      parameters,
    })
  })

  it('gives its structured content, else its text, as a value where that is JSON', async () => {
    const { run } = await toolsOf(['find_customer', 'note', 'picture'])
    expect(await run('find_customer', { name: 'ada' })).toEqual({ name: 'ada', tier: 'gold' })
    expect(await run('note')).toEqual({ noted: true })
    expect(await run('picture')).toBe('This is it:\n[a picture was left out]')
  })

  it('tells the model what the tool says went wrong', async () => {
    const { run } = await toolsOf(['refuse'])
    await expect(run('refuse')).rejects.toMatchObject({
      name: 'ToolError',
      message: 'There is no such order.',
    })
  })

  it('is cut where it says more than anybody can be told', async () => {
    const { run } = await toolsOf(['huge', 'deep'])
    const huge = String(await run('huge'))
    expect(huge.length).toBeLessThan(20_100)
    expect(huge).toMatch(/\[980000 more characters were left out\]$/)
    expect(typeof (await run('deep'))).toBe('string')
  })

  it('survives garbage on the pipe', async () => {
    const { run, logs } = await toolsOf(['garbage', 'note'])
    expect(await run('garbage')).toBe('after all')
    expect(await run('note')).toEqual({ noted: true })
    expect(logs.some((line) => line.startsWith('desk sent something odd'))).toBe(true)
  })

  it('fails when its server dies, and works again when that is back', async () => {
    const { run, logs } = await toolsOf(['crash', 'note'])
    expect(await reasonOf(run('crash'))).toContain('Connection closed')
    expect(await reasonOf(run('note'))).toBe('it is down, and will be started again')
    await until(async () => (await reasonOf(run('note'))).startsWith('no failure'))
    expect(logs).toContain('the MCP server desk is gone and will be started again')
  })

  it('fails when its server sends more than fits, and works again when that is back', async () => {
    const { run } = await toolsOf(['flood', 'note'])
    expect(await reasonOf(run('flood'))).toContain('Connection closed')
    await until(async () => (await reasonOf(run('note'))).startsWith('no failure'))
  })

  it('that never answers is told of the deadline, and tells how far it is until then', async () => {
    const { run, progress, logs } = await toolsOf(['hang'])
    const deadline = new AbortController()
    const failed = reasonOf(run('hang', {}, deadline.signal))
    await until(() => progress.length > 0)
    deadline.abort(new Error('too late'))
    expect(await failed).not.toContain('no failure')
    expect(progress).toEqual(['on page one'])
    await until(() => logs.some((line) => line.includes('the call was cancelled')))
  })

  it('keeps the secrets of its server out of errors and logs', async () => {
    const { run, logs } = await toolsOf(['leak'])
    const reason = await reasonOf(run('leak'))
    expect(reason).toContain('no access')
    expect(`${reason} ${logs.join(' ')}`).not.toContain(key)
  })
})

describe('a program with tools of servers', () => {
  it('does not start with a tool that the server has not, and names those that it has', async () => {
    await expect(toolsOf(['find_custmer'])).rejects.toMatchObject({
      code: 'tool-missing',
      message: 'The MCP server desk has no tool called "find_custmer".',
      help: expect.stringMatching(
        /^did you mean find_customer\? It has: find_customer, note/,
      ) as string,
    })
  })

  it('does not start with a server that is no program, or no server', async () => {
    await expect(
      toolsOf(['note'], { ...stdio, command: ['no-such-program-anywhere'] }),
    ).rejects.toMatchObject({ code: 'mcp-failed' })
    await expect(
      toolsOf(['note'], { ...stdio, command: [process.execPath, '-e', 'process.exit(1)'] }),
    ).rejects.toMatchObject({ code: 'mcp-failed' })
  })

  it('says what a server wrote that did not come up, without its secrets', async () => {
    const cry =
      'console.error(`at 1\\nTypeError: no desk for ${process.env.DESK_KEY}\\nNode.js v24`)'
    const command = [process.execPath, '-e', `${cry};process.exit(1)`]
    const reason = await reasonOf(toolsOf(['note'], { ...stdio, command }))
    expect(reason).toMatch(/did not come up: .*; it wrote: TypeError: no desk for \*\*\*$/)
  })

  it('starts no server whose tools all have stand-ins', async () => {
    const server: PlanServer = { ...stdio, command: ['no-such-program-anywhere'] }
    const { tools } = await toolsOf(['note'], server, { tools: new Map([['note', {} as never]]) })
    expect(tools.size).toBe(0)
  })
})

describe('a tool of an MCP server behind HTTP', () => {
  const token = 'tok-canary-0815'
  async function httpTools(names: readonly string[], shown = token) {
    const desk = await httpDesk(token)
    closers.push(desk.close)
    const headers = { Authorization: `Bearer ${shown}` }
    return toolsOf(names, { id: 'desk', kind: 'http', url: desk.url, headers })
  }

  it('does the same', async () => {
    const { run } = await httpTools(['find_customer', 'note', 'huge'])
    expect(await run('find_customer', { name: 'ada' })).toEqual({ name: 'ada', tier: 'gold' })
    expect(await run('note')).toEqual({ noted: true })
    expect(String(await run('huge')).length).toBeLessThan(20_100)
  })

  it('is not there for who shows the wrong token, which no error repeats', async () => {
    const failed = httpTools(['note'], 'wrong-canary-0816')
    await expect(failed).rejects.toMatchObject({ code: 'mcp-failed' })
    expect(await reasonOf(failed)).not.toContain('canary')
  })

  it('works again when its server has forgotten everybody', async () => {
    const { run } = await httpTools(['crash', 'note'])
    const gone = new AbortController()
    const crashed = reasonOf(run('crash', {}, gone.signal))
    await until(async () => !(await reasonOf(run('note'))).startsWith('no failure'))
    gone.abort()
    expect(await crashed).not.toContain('no failure')
    await until(async () => (await reasonOf(run('note'))).startsWith('no failure'))
  })
})
