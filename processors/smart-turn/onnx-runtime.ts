import { readFile } from 'node:fs/promises'
import type { InferenceSession, Tensor } from 'onnxruntime-web'

/** What both builds of ONNX Runtime can do that a model of numbers in, numbers out needs. */
export interface OnnxRuntime {
  /** Loads a model from a file, to run on one processor. */
  load(path: string): Promise<InferenceSession>
  /** Numbers in a shape. */
  tensor(values: Float32Array, shape: readonly number[]): Tensor
}

/** Opens the native build where it is installed, else the portable one. Either takes 100 ms, in a thread. */
export const openRuntime = (): Promise<OnnxRuntime> => openNative().catch(() => openPortable())

/** Native code: an optional dependency, since it is large and not there for every machine. */
export async function openNative(): Promise<OnnxRuntime> {
  const { InferenceSession: Session, Tensor: Values } = await import('onnxruntime-node')
  return {
    load: async (path) => Session.create(await readFile(path), optionsOn('cpu')),
    tensor: (values, shape) => new Values('float32', values, shape),
  }
}

/** WebAssembly: runs everywhere, three to ten times slower. */
export async function openPortable(): Promise<OnnxRuntime> {
  const { InferenceSession: Session, Tensor: Values, env } = await import('onnxruntime-web')
  // More would be threads of a thread, for a question of some ms.
  env.wasm.numThreads = 1
  return {
    load: async (path) => Session.create(await readFile(path), optionsOn('wasm')),
    tensor: (values, shape) => new Values('float32', values, shape),
  }
}

const optionsOn = (provider: 'cpu' | 'wasm'): InferenceSession.SessionOptions => ({
  executionProviders: [provider],
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Errors only: they come as exceptions, too.
  logSeverityLevel: 3,
})
