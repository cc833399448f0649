import type { Manifest } from '../define/index.ts'
import { doorOf, readBuiltins } from '../graph/builtins.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { paintFor } from './paint.ts'

/** `voxgraph list` */
export const command: Command = {
  name: 'list',
  summary: 'Show what a graph can use by its bare name.',
  usage: '[--json]',
  options: { json: { type: 'boolean' } },
  describe: { json: 'print it as JSON' },
  run: list,
}

async function list({ positionals, values }: CommandArgs, { out }: Terminal): Promise<number> {
  if (positionals.length > 0) {
    throw new UsageError(`list takes no name; see: voxgraph describe ${positionals[0]}`)
  }
  const builtins = await readBuiltins()
  if (values['json'] === true) {
    const rows = builtins.map((one) => ({
      id: one.id,
      kind: one.kind,
      role: one.role,
      summary: one.summary,
      module: doorOf(one),
    }))
    out.write(`${JSON.stringify(rows, null, 2)}\n`)
    return exitCodes.ok
  }
  const paint = paintFor(out)
  const wide = Math.max(0, ...builtins.map((one) => one.id.length)) + 2
  const row = ({ id, role, summary }: Manifest): string =>
    `  ${paint('bold', id)}${' '.repeat(wide - id.length)}${paint('dim', role.padEnd(11))}${summary}`
  const rows = (title: string, isOne: (manifest: Manifest) => boolean): string[] => [
    title,
    ...builtins.filter(isOne).map(row),
    '',
  ]
  const lines = [
    ...rows('Transports: where callers come in', ({ kind }) => kind === 'transport'),
    ...rows('Processors', ({ kind }) => kind !== 'transport' && kind !== 'memory'),
    ...rows(
      'Memories: what is known of callers from call to call',
      ({ kind }) => kind === 'memory',
    ),
    paint('dim', 'voxgraph describe <name> says more about one of them.'),
  ]
  out.write(`${lines.join('\n')}\n`)
  return exitCodes.ok
}
