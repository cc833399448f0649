import { basename, dirname, resolve } from 'node:path'
import type { Manifest, ToolManifest } from '../define/index.ts'
import { readBuiltins } from '../graph/builtins.ts'
import { createHost } from '../graph/host.ts'
import { meantOfFamily } from '../graph/suggest.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { describeNode, describeTool } from './describe-text.ts'
import { paintFor } from './paint.ts'

/** Something to describe, and what a graph writes to use it. */
interface Described {
  readonly use: string
  readonly manifest: Manifest | ToolManifest
}

/** `voxgraph describe` */
export const command: Command = {
  name: 'describe',
  summary: 'Show ports, options and an example of a processor, a transport or a tool.',
  usage: '<name | ./file.ts[#export]> [--json]',
  options: { json: { type: 'boolean' } },
  describe: { json: 'print the manifest as JSON' },
  examples: ['voxgraph describe flite-tts', 'voxgraph describe ./tools/rooms.ts#findRoom'],
  run: describe,
}

async function describe({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [name, ...others] = positionals
  if (name === undefined) {
    throw new UsageError('Describe what? voxgraph list shows the names; a file is ./word-mask.ts')
  }
  if (others.length > 0) throw new UsageError('One at a time.')
  const isFile = /^\.{0,2}\/|\.[mc]?[jt]s(#|$)/.test(name)
  const found = isFile ? await lookInto(name, terminal) : await builtin(name)
  if (typeof found === 'string') {
    terminal.err.write(`${found}\n`)
    return exitCodes.failed
  }
  if (values['json'] === true) {
    const manifests = found.map((one) => ({ use: one.use, ...one.manifest }))
    const json = isFile ? manifests : manifests[0]
    terminal.out.write(`${JSON.stringify(json, null, 2)}\n`)
    return exitCodes.ok
  }
  const paint = paintFor(terminal.out)
  const texts = found.map(({ use, manifest }) =>
    manifest.kind === 'tool'
      ? describeTool(manifest, use, paint)
      : describeNode(manifest, use, paint),
  )
  terminal.out.write(texts.join('\n'))
  return exitCodes.ok
}

async function builtin(name: string): Promise<readonly Described[] | string> {
  const builtins = await readBuiltins()
  const manifest = builtins.find((one) => one.id === name)
  if (manifest !== undefined) return [{ use: name, manifest }]
  const names = builtins.map((one) => one.id)
  const { suggestion: hint } = meantOfFamily(name, 'there are', names)
  return `There is no processor or transport called "${name}"; ${hint}`
}

/** What a local module exports for graphs; a sentence when there is nothing. */
async function lookInto(name: string, terminal: Terminal): Promise<readonly Described[] | string> {
  const [path = '', wanted] = name.split('#')
  if (/\.ya?ml$/.test(path)) {
    return `${path} is a graph or a part, no module: its options are its "params".`
  }
  const host = await createHost({ cwd: terminal.cwd })
  const absolute = resolve(terminal.cwd, path)
  const names = await host.listDirectory(dirname(absolute))
  if (!names.includes(basename(absolute))) return `There is no file ${path}.`
  const module = await host.inspect(absolute)
  if (module.kind === 'failed') {
    const reason = module.why === 'timeout' ? `not loaded after ${module.reason} s` : module.reason
    const position = module.position?.replace(`${terminal.cwd}/`, '')
    return `${path} cannot be loaded: ${reason}${position === undefined ? '' : ` (${position})`}`
  }
  const described: Described[] = []
  for (const [key, manifest] of Object.entries(module.exports)) {
    if (manifest.kind === 'other' || (wanted !== undefined && key !== wanted)) continue
    const use = `./${path.replace(/^\.\//, '')}`
    described.push({ use: key === 'default' ? use : `${use}#${key}`, manifest })
  }
  if (described.length > 0) return described
  const exported = Object.keys(module.exports).join(', ') || 'nothing'
  const missing = wanted === undefined ? 'nothing that a graph can use' : `no "${wanted}" to use`
  return `${path} has ${missing}. It exports: ${exported}.`
}
