import { createHost } from '../graph/host.ts'
import { knownModels, type KnownModel } from '../models/model-catalogue.ts'
import { lookUpModel, modelNamed, modelPath, type ModelEntry } from '../models/model-store.ts'
import { ModelError } from '../models/model-error.ts'
import { pullModel } from '../models/pull-model.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { createProgressBar } from './progress-bar.ts'
import { paintFor } from './paint.ts'

/** `voxgraph models` */
export const command: Command = {
  name: 'models',
  summary: 'Fetch models that run on this machine, and say where they are.',
  usage: 'list | pull <name> [--from <url or file>] | path <name>',
  options: {
    from: { type: 'string' },
    sha256: { type: 'string' },
    json: { type: 'boolean' },
  },
  describe: {
    from: 'pull: another address, or a file that was copied here',
    sha256: 'pull: checksum of another version, instead of the known one',
    json: 'list: print it as JSON',
  },
  examples: [
    'voxgraph models pull smart-turn',
    'voxgraph models pull smart-turn --from ./smart-turn-v3.2-cpu.onnx',
    'VOXGRAPH_MODELS=/srv/models voxgraph models list',
  ],
  run: models,
}

async function models({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [verb, name, ...others] = positionals
  if (others.length > 0) throw new UsageError('Name one model at a time.')
  const { env } = await createHost({ cwd: terminal.cwd, builtins: [] })
  if (verb === 'list' && name === undefined) return list(env, values['json'] === true, terminal)
  if (verb !== 'pull' && verb !== 'path') {
    throw new UsageError('Say what to do: list, pull <name> or path <name>.')
  }
  if (name === undefined) {
    throw new UsageError(`Which model? ${knownModels.map((model) => model.name).join(', ')}`)
  }
  const model = modelNamed(name)
  return verb === 'path' ? tellPath(model, env, terminal) : pull(model, env, values, terminal)
}

type Env = Parameters<typeof modelPath>[1]

async function list(env: Env, isJson: boolean, { out }: Terminal): Promise<number> {
  const entries = await Promise.all(knownModels.map((model) => lookUpModel(model, env)))
  if (isJson) {
    const rows = entries.map(({ model, path, state }) => ({ ...model, path, state }))
    out.write(`${JSON.stringify(rows, null, 2)}\n`)
    return exitCodes.ok
  }
  const paint = paintFor(out)
  for (const { model, path, state } of entries) {
    const told = { here: path, missing: 'not here', other: `${path} (not the known version)` }
    const facts = `${(model.bytes / 1e6).toFixed(1)} MB, ${model.licence}`
    out.write(`${paint('bold', model.name)}  ${model.summary} ${paint('dim', facts)}\n`)
    out.write(`  ${state === 'here' ? told.here : paint('yellow', told[state])}\n`)
  }
  return exitCodes.ok
}

/** Prints the path and nothing else, for scripts. */
async function tellPath(model: KnownModel, env: Env, { out }: Terminal): Promise<number> {
  const { path, state } = await lookUpModel(model, env)
  if (state === 'missing') throw new ModelError('model-missing', { name: model.name, path })
  out.write(`${path}\n`)
  return exitCodes.ok
}

async function pull(
  model: KnownModel,
  env: Env,
  values: CommandArgs['values'],
  terminal: Terminal,
): Promise<number> {
  const { from, sha256 } = values
  const other = typeof sha256 === 'string' ? sha256.toLowerCase() : undefined
  if (other !== undefined && !/^[0-9a-f]{64}$/.test(other)) {
    throw new UsageError('--sha256 has 64 digits, 0-9 and a-f.')
  }
  const { path, state }: ModelEntry = await lookUpModel(model, env)
  if (state === 'here' && (other ?? model.sha256) === model.sha256) {
    terminal.out.write(`${model.name} is here already: ${path}\n`)
    return exitCodes.ok
  }
  const bar = createProgressBar(terminal, model.name)
  try {
    await pullModel({
      model,
      path,
      ...(typeof from === 'string' && { from }),
      sha256: other,
      cwd: terminal.cwd,
      clock: createLiveClock(),
      signal: terminal.signal,
      onProgress: bar.show,
    })
  } finally {
    bar.clear()
  }
  terminal.out.write(`${model.name} is here: ${path}\n`)
  return exitCodes.ok
}
