import { renderDiagnostics } from '../errors/diagnostics.ts'
import { resolveGraph } from '../graph/check.ts'
import { createHost } from '../graph/host.ts'
import { graphAsJson, writeGraph } from '../graph/written-graph.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { profileOption, readGraphSettings } from './settings.ts'

/** `voxgraph resolve` */
export const command: Command = {
  name: 'resolve',
  summary: 'Print a graph with its bases and a profile laid over each other.',
  usage: '<graph.yaml> [--profile name] [--json]',
  options: {
    profile: profileOption.option,
    json: { type: 'boolean' },
  },
  describe: {
    profile: profileOption.describe,
    json: 'the values, and where each of them was written, as JSON',
  },
  examples: [
    'voxgraph resolve graphs/front-desk.yaml --profile phone',
    'voxgraph resolve bot.yaml --json',
  ],
  run: resolve,
}

async function resolve({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [file, ...others] = positionals
  if (file === undefined) {
    throw new UsageError('Which graph? Name a file: voxgraph resolve bot.yaml')
  }
  if (others.length > 0) throw new UsageError('One graph at a time.')
  // Values stay as they are written, so none of them has to be there.
  const settings = readGraphSettings(values)
  const host = await createHost({ cwd: terminal.cwd, ...settings, lenient: true })
  const { diagnostics, tree, source } = await resolveGraph(file, host)
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    terminal.err.write(renderDiagnostics(errors, { stream: terminal.err }))
  }
  if (tree !== undefined && values['json'] === true) {
    const { profile = null } = settings
    const resolved = { file, profile, ...graphAsJson(tree, source) }
    terminal.out.write(`${JSON.stringify(resolved, null, 2)}\n`)
  } else if (tree !== undefined) terminal.out.write(writeGraph(tree, source))
  return errors.length > 0 ? exitCodes.failed : exitCodes.ok
}
