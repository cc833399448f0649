#!/usr/bin/env node
import { createRequire } from 'node:module'
import process from 'node:process'
import { parseArgs, styleText } from 'node:util'
import { nearest } from '../graph/suggest.ts'
import { keepCompiledCode } from './compile-cache.ts'
import { nodeComplaint } from './node-version.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'

/** Commands are loaded when they are asked for: `check` starts without the code of `run`. */
const commands: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  run: () => import('./run.ts'),
  serve: () => import('./serve.ts'),
  check: () => import('./check.ts'),
  graph: () => import('./graph.ts'),
  resolve: () => import('./resolve.ts'),
  call: () => import('./call.ts'),
  dial: () => import('./dial.ts'),
  test: () => import('./test.ts'),
  demo: () => import('./demo.ts'),
  list: () => import('./list.ts'),
  describe: () => import('./describe.ts'),
  models: () => import('./models.ts'),
  forget: () => import('./forget.ts'),
  cost: () => import('./cost.ts'),
}

/** Runs the CLI. @returns the exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    terminal.out.write(await overview())
    return name === undefined ? exitCodes.usage : exitCodes.ok
  }
  if (name === '--version' || name === 'version') {
    const about = createRequire(import.meta.url)('voxgraph/package.json') as { version: string }
    terminal.out.write(`${about.version}\n`)
    return exitCodes.ok
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) {
    const meant = nearest(name, Object.keys(commands))
    const guess = meant === undefined ? '' : ` Did you mean "${meant}"?`
    terminal.err.write(`There is no command "${name}".${guess}\n\n${await overview()}`)
    return exitCodes.usage
  }
  const { command } = await load()
  return runCommand(command, rest, terminal)
}

async function runCommand(
  command: Command,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } } as const
  try {
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: true })
    const values: CommandArgs['values'] = parsed.values
    if (values['help'] === true) {
      terminal.out.write(help(command))
      return exitCodes.ok
    }
    return await command.run({ positionals: parsed.positionals, values }, terminal)
  } catch (thrown) {
    const isUsage = thrown instanceof UsageError || isParseArgsError(thrown)
    if (!isUsage) throw thrown
    const reason = thrown instanceof UsageError ? thrown.message : misused(thrown as Error, options)
    terminal.err.write(`${reason}\nusage: voxgraph ${command.name} ${command.usage}\n`)
    return exitCodes.usage
  }
}

/** What Node says of arguments, without its advice for texts that begin with `-`. */
function misused({ message }: Error, options: object): string {
  const [reason = message] = message.split('. To specify a positional')
  const [, unknown] = /^Unknown option '--([^'=]+)/.exec(reason) ?? []
  const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(options))
  return meant === undefined ? reason : `${reason}. Did you mean "--${meant}"?`
}

const isParseArgsError = (thrown: unknown): boolean =>
  thrown instanceof TypeError &&
  String((thrown as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')

async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()))
  const lines = loaded.map(({ command }) => `  ${command.name.padEnd(10)}${command.summary}`)
  return `Voice agents from one YAML file.

usage: voxgraph <command> [options]

${lines.join('\n')}

  voxgraph <command> --help says more about one of them.
`
}

function help(command: Command): string {
  const options = Object.entries(command.options).map(([name, { type, short }]) => {
    const flag = `${short ? `-${short}, ` : ''}--${name}${type === 'string' ? ' <value>' : ''}`
    return `  ${flag.padEnd(28)}${command.describe[name] ?? ''}`
  })
  const examples = (command.examples ?? []).map((example) => `  ${example}`)
  return [
    `${command.summary}\n`,
    `usage: voxgraph ${command.name} ${command.usage}\n`,
    ...(options.length > 0 ? ['options:', ...options, ''] : []),
    ...(examples.length > 0 ? ['examples:', ...examples, ''] : []),
  ].join('\n')
}

const complaint = nodeComplaint(process.versions.node)
if (complaint !== undefined) {
  // Said here and not in a command: what is too old does not even know that this is the main module.
  process.stderr.write(`${complaint}\n`)
  process.exitCode = exitCodes.usage
} else if (import.meta.main) {
  keepCompiledCode()
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort(new Error('interrupted')))
  process.once('SIGTERM', () => controller.abort(new Error('terminated')))
  const { stdout: out, stderr: err } = process
  // Whoever reads has seen enough: | head.
  for (const stream of [out, err]) {
    stream.on('error', (thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EPIPE') throw thrown
      process.exit()
    })
  }
  try {
    process.exitCode = await main(process.argv.slice(2), {
      out,
      err,
      cwd: process.cwd(),
      signal: controller.signal,
    })
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    const remedy = thrown instanceof Error && 'help' in thrown ? `\n${String(thrown.help)}` : ''
    err.write(`${styleText('red', 'error', { stream: err })} ${message}${remedy}\n`)
    process.exitCode = exitCodes.failed
  }
}
