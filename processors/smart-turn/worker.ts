import type { InferenceSession } from 'onnxruntime-web'
import { createLogMel, frameCount } from './log-mel.ts'
import { melCount } from './mel-filters.ts'
import { openRuntime, type OnnxRuntime } from './onnx-runtime.ts'
import { SmartTurnError, type SmartTurnErrorCode } from './smart-turn-error.ts'

/** What the host asks of the thread: to make a model ready, or to judge the last samples of a turn. */
export interface Task {
  readonly model: string
  readonly samples: Int16Array | undefined
}

/** What the thread answers. An error is taken apart, since threads pass on no more than its message. */
export type Answer =
  | { readonly probability: number }
  | { readonly fault: { readonly code: SmartTurnErrorCode; readonly message: string } }

/** Says how probable it is that the turn is over. */
type Judge = (features: Float32Array) => Promise<number>

/** Name of the model's input. */
const inputName = 'input_features'
/** Models that one process keeps; each takes 30 MB or so. */
const mostModels = 8

export default createHandler()

/** Does the tasks of the thread. The runtime is opened once, and a model too, whoever asks for it. */
function createHandler(): (task: Task) => Promise<Answer> {
  const models = new Map<string, Promise<Judge>>()
  const logMel = createLogMel()
  let opened: Promise<OnnxRuntime> | undefined

  function judgeAt(path: string): Promise<Judge> {
    const known = models.get(path)
    if (known !== undefined) return known
    if (models.size >= mostModels) {
      const message = `No more than ${mostModels} end-of-turn models fit into one process.`
      throw new SmartTurnError('model-too-many', message)
    }
    opened ??= openRuntime()
    const loading = opened.then((runtime) => load(runtime, path))
    models.set(path, loading)
    // A failed attempt is not kept: the next call tries again.
    loading.catch(() => models.delete(path))
    return loading
  }

  return async ({ model, samples }) => {
    try {
      const judge = await judgeAt(model)
      if (samples === undefined) return { probability: 0 }
      return { probability: await judge(logMel(samples)) }
    } catch (thrown) {
      if (thrown instanceof SmartTurnError) {
        return { fault: { code: thrown.code, message: thrown.message } }
      }
      return { fault: { code: 'engine-failed', message: String(thrown) } }
    }
  }
}

/** Loads a model and asks it once: whether it is the right one shows now, and not at the caller's first pause. */
async function load(runtime: OnnxRuntime, path: string): Promise<Judge> {
  const session = await runtime.load(path).catch((cause: unknown): never => {
    const message = `${path} is no model that can be loaded: ${String(cause)}`
    throw new SmartTurnError('model-unreadable', message)
  })
  const judge: Judge = (features) => run(runtime, session, features, path)
  try {
    const { inputNames, outputNames } = session
    if (inputNames.join() !== inputName || outputNames.length !== 1) {
      const reason = `it takes ${inputNames.join(', ')} and gives ${outputNames.join(', ')}`
      throw wrong(path, reason)
    }
    await judge(silence())
    return judge
  } catch (thrown) {
    await session.release()
    throw thrown
  }
}

async function run(
  runtime: OnnxRuntime,
  session: InferenceSession,
  features: Float32Array,
  path: string,
): Promise<number> {
  const input = runtime.tensor(features, [1, melCount, frameCount])
  const outputs = await session.run({ [inputName]: input }).catch((cause: unknown): never => {
    throw wrong(path, `it does not take ${melCount} × ${frameCount} features: ${String(cause)}`)
  })
  const data = outputs[session.outputNames[0] ?? '']?.data
  const [probability] = data instanceof Float32Array && data.length === 1 ? data : [Number.NaN]
  if (probability !== undefined && probability >= 0 && probability <= 1) return probability
  throw wrong(path, 'what it gives is not one probability')
}

/** Features of nothing at all: every power at its floor. */
const silence = (): Float32Array => new Float32Array(melCount * frameCount).fill(-1.5)

const wrong = (path: string, reason: string): SmartTurnError =>
  new SmartTurnError(
    'model-wrong',
    `${path} is not an end-of-turn model of Smart Turn v3: ${reason}.`,
  )
