import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { knownModels, type KnownModel } from './model-catalogue.ts'
import { ModelError } from './model-error.ts'

/** Variables of the environment, as the host has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A model and what there is of it on this machine. */
export interface ModelEntry {
  readonly model: KnownModel
  readonly path: string
  /** `other`: there is a file, but with another checksum than that of the catalogue. */
  readonly state: 'here' | 'missing' | 'other'
}

/**
 * The folder of models: `VOXGRAPH_MODELS`, else `voxgraph/models` in the user's folder for data
 * (`XDG_DATA_HOME`, which counts when it is absolute, else `~/.local/share`).
 */
export function modelsFolder(env: Environment): string {
  const { VOXGRAPH_MODELS: own, XDG_DATA_HOME: data } = env
  if (own) return own
  const home = data && isAbsolute(data) ? data : join(homedir(), '.local/share')
  return join(home, 'voxgraph/models')
}

/**
 * The model of that name.
 * @throws ModelError `unknown-model`
 */
export function modelNamed(name: string): KnownModel {
  const model = knownModels.find((one) => one.name === name)
  if (model !== undefined) return model
  throw new ModelError('unknown-model', {
    name,
    names: knownModels.map((one) => one.name).join(', '),
  })
}

/** Where the file of a model is, or would be. */
export const modelPath = (model: KnownModel, env: Environment): string =>
  join(modelsFolder(env), model.file)

/** What there is of a model; reads the whole file. */
export async function lookUpModel(model: KnownModel, env: Environment): Promise<ModelEntry> {
  const path = modelPath(model, env)
  const found = await checksumOf(path)
  const state = found === undefined ? 'missing' : found === model.sha256 ? 'here' : 'other'
  return { model, path, state }
}

/** SHA-256 of a file in hex; undefined when it cannot be read. */
async function checksumOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch {
    return undefined
  }
  return hash.digest('hex')
}
