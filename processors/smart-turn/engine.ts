import { access, constants } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { workerBeside } from 'voxgraph/plugin'
import { SmartTurnError } from './smart-turn-error.ts'
import type { Answer, Task } from './worker.ts'

/** End-of-turn models in a thread that all calls of a process share. */
export interface TurnJudges {
  /**
   * Makes the model at `path` ready; the first call waits for it, the others find it there.
   *
   * @throws SmartTurnError `model-missing`, `model-unreadable`, `model-wrong`, `model-too-many`
   */
  open(path: string): Promise<void>
  /**
   * How probable it is that a turn with these last samples (16 kHz mono, at most 8 s count) is over, 0 to 1.
   * Questions are answered in order. An aborted one is not begun; what is under way is done to its end.
   *
   * @throws SmartTurnError `engine-failed`, `engine-closed`; the reason of `signal`
   */
  judge(path: string, samples: Int16Array, signal: AbortSignal): Promise<number>
  /** Ends the thread; what is under way is rejected with `engine-closed`. */
  close(): Promise<void>
}

/** Starts the thread with the first model. Nothing runs on the event loop but the messages. */
export function createTurnJudges(): TurnJudges {
  let thread: Piscina<Task, Answer> | undefined
  let isClosed = false
  let last: Promise<unknown> = Promise.resolve()

  async function run(task: Task, signal: AbortSignal | undefined): Promise<number> {
    if (isClosed) throw closed()
    signal?.throwIfAborted()
    thread ??= createThread()
    // Not told of the signal: a pool ends the thread of a task that is aborted, and the model with it.
    const answer = await thread.run(task).catch((cause: unknown): never => {
      if (isClosed) throw closed()
      throw new SmartTurnError('engine-failed', `The thread of the model failed: ${String(cause)}`)
    })
    if ('probability' in answer) return answer.probability
    throw new SmartTurnError(answer.fault.code, answer.fault.message)
  }
  /** One after the other, so that what nobody waits for any more can be left out. */
  function ask(task: Task, signal?: AbortSignal): Promise<number> {
    const answer = last.then(() => run(task, signal))
    last = answer.catch(() => undefined)
    return answer
  }

  return {
    async open(path) {
      await access(path, constants.R_OK).catch(() => {
        throw missing(path)
      })
      await ask({ model: path, samples: undefined })
    },
    judge: (model, samples, signal) => ask({ model, samples }, signal),
    async close() {
      isClosed = true
      await thread?.destroy()
    },
  }
}

const closed = (): SmartTurnError =>
  new SmartTurnError('engine-closed', 'The end-of-turn model was closed.')

const missing = (path: string): SmartTurnError =>
  new SmartTurnError(
    'model-missing',
    `There is no end-of-turn model at ${path}. Get it: voxgraph models pull smart-turn, or name another file in "model".`,
  )

/** One thread: a question takes tens of ms and comes at the end of what a caller says. */
const createThread = (): Piscina<Task, Answer> =>
  new Piscina<Task, Answer>({
    filename: fileURLToPath(workerBeside(import.meta.url)),
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
  })
