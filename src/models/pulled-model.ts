import { createHost } from '../graph/host.ts'
import { modelNamed, modelPath } from './model-store.ts'

/**
 * Where the file of a model is once `voxgraph models pull <name>` has fetched it; it may not be there.
 * @throws ModelError `unknown-model`
 */
export async function pulledModel(name: string): Promise<string> {
  const { env } = await createHost({ builtins: [] })
  return modelPath(modelNamed(name), env)
}
