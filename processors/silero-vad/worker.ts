import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createBatches, type Batches } from './batch.ts'
import { loadModel, type RuntimeName } from './runtime.ts'
import { SileroError, type SileroErrorCode } from './silero-error.ts'

/** One window of each of some streams of one rate; with none, the model is only made ready. */
export interface Task {
  /** Runtimes to load the model into, in order; only the first task of a thread is asked. */
  readonly runtimes: readonly RuntimeName[]
  readonly streams: readonly number[]
  readonly samples: Int16Array
  readonly sampleRate: number
  /** Streams that are over. */
  readonly closed: readonly number[]
}

/** What the thread answers. An error is taken apart, since threads pass on no more than its message. */
export type Answer =
  | { readonly probabilities: Float32Array }
  | { readonly fault: { readonly code: SileroErrorCode; readonly message: string } }

/** Silero VAD 6 for 8 and 16 kHz. */
const modelFile = '@ricky0123/vad-web/dist/silero_vad_v6.onnx'

export default createHandler()

/** Does the tasks of the thread, one at a time. The model is loaded with the first. */
function createHandler(): (task: Task) => Promise<Answer> {
  let loading: Promise<Batches> | undefined
  return async ({ runtimes, streams, samples, sampleRate, closed }) => {
    try {
      loading ??= load(runtimes)
      const batches = await loading
      for (const stream of closed) batches.close(stream)
      if (streams.length === 0) return { probabilities: new Float32Array(0) }
      return { probabilities: await batches.run(streams, samples, sampleRate) }
    } catch (thrown) {
      const code = thrown instanceof SileroError ? thrown.code : 'engine-failed'
      return { fault: { code, message: thrown instanceof Error ? thrown.message : String(thrown) } }
    }
  }
}

async function load(runtimes: readonly RuntimeName[]): Promise<Batches> {
  return createBatches(await loadModel(await readModel(), runtimes))
}

async function readModel(): Promise<Uint8Array> {
  try {
    return await readFile(createRequire(import.meta.url).resolve(modelFile))
  } catch (thrown) {
    throw new SileroError(
      'model-missing',
      `There is no model at ${modelFile}: install @ricky0123/vad-web 0.0.31. ${String(thrown)}`,
    )
  }
}
