import { SileroError } from './silero-error.ts'

/** Which ONNX Runtime: the native one, or the one in WebAssembly, which is five times slower and runs anywhere. */
export type RuntimeName = 'native' | 'wasm'

/** The model, loaded. */
export interface Model {
  /**
   * Runs one window of each of `count` streams.
   *
   * @param input a row for each stream: the end of its last window, then its window; full scale is 1
   * @param state what the last run gave, `[2, count, 128]`
   */
  run(
    input: Float32Array,
    state: Float32Array,
    count: number,
    sampleRate: number,
  ): Promise<{ readonly probabilities: Float32Array; readonly state: Float32Array }>
}

/** What is used of ONNX Runtime; both packages have it. */
interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<OrtSession>
  }
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor
}
interface OrtSession {
  run(inputs: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>
}
interface OrtTensor {
  readonly data: unknown
}

/** Numbers that each stream carries from window to window: two layers of this many. */
export const stateWidth = 128

/**
 * Loads the model into the first runtime that there is.
 *
 * @param names the runtimes to try, in order
 * @throws SileroError `runtime-missing` with the reason of each
 */
export async function loadModel(file: Uint8Array, names: readonly RuntimeName[]): Promise<Model> {
  const reasons: string[] = []
  for (const name of names) {
    try {
      return await createModel(await importRuntime(name), file)
    } catch (thrown) {
      reasons.push(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
  throw new SileroError(
    'runtime-missing',
    `No ONNX Runtime loads here (${reasons.join('; ')}). Install onnxruntime-node or onnxruntime-web.`,
  )
}

async function importRuntime(name: RuntimeName): Promise<Ort> {
  if (name === 'native') return (await import('onnxruntime-node')) as unknown as Ort
  const web = await import('onnxruntime-web')
  web.env.wasm.numThreads = 1
  return web as unknown as Ort
}

async function createModel({ InferenceSession, Tensor }: Ort, file: Uint8Array): Promise<Model> {
  const session = await InferenceSession.create(file, {
    executionMode: 'sequential',
    // A window is too little work to share: more threads only wait for one another.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const rates = new Map<number, OrtTensor>()
  function rateOf(sampleRate: number): OrtTensor {
    const known = rates.get(sampleRate)
    if (known !== undefined) return known
    const made = new Tensor('int64', BigInt64Array.of(BigInt(sampleRate)), [])
    rates.set(sampleRate, made)
    return made
  }
  return {
    async run(input, state, count, sampleRate) {
      const { output, stateN } = await session.run({
        input: new Tensor('float32', input, [count, input.length / count]),
        state: new Tensor('float32', state, [2, count, stateWidth]),
        sr: rateOf(sampleRate),
      })
      const probabilities = output?.data
      const next = stateN?.data
      if (!(probabilities instanceof Float32Array) || !(next instanceof Float32Array)) {
        throw new SileroError('engine-failed', 'The model does not give what Silero VAD gives.')
      }
      return { probabilities, state: next }
    },
  }
}
