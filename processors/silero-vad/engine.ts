import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { workerBeside, type Clock, type VadEngine } from 'voxgraph/plugin'
import { windowOf } from './batch.ts'
import { createGatherer, type Ask, type Gatherer } from './gather.ts'
import type { RuntimeName } from './runtime.ts'
import { SileroError } from './silero-error.ts'
import type { Answer, Task } from './worker.ts'

/** Silero VAD in a thread that all calls of a process share. */
export interface Silero {
  /** Opens a stream; nothing is loaded for it. `clock` times the gathering of windows under load. */
  open(sampleRate: number, clock: Clock): VadEngine
  /** Ends the thread; what is under way is rejected with `engine-closed`. */
  close(): Promise<void>
}

/** How to set the model up. */
export interface SileroOptions {
  /** Runtimes to try, in order; native, then WebAssembly unless given. */
  readonly runtimes?: readonly RuntimeName[]
}

/** Up to so many calls a window is run as it comes: 0.1 ms of the thread for each. */
const fewCalls = 4
/** Windows of one stream that may wait, 32 s of sound: whoever is so far behind does not catch up. */
const mostWaiting = 1000

/**
 * Starts the thread and loads the model, 0.1 s (WebAssembly: 0.5 s). Nothing runs on the event loop but the
 * messages: what waits when the thread is free goes to it as one.
 *
 * @throws SileroError `runtime-missing`, `model-missing`
 */
export async function createSilero(options: SileroOptions = {}): Promise<Silero> {
  const thread = await startThread(options.runtimes ?? ['native', 'wasm'])
  const open = new Set<number>()
  let opened = 0

  async function run(batch: readonly Ask[]): Promise<void> {
    const sampleRate = batch[0]?.sampleRate ?? 0
    try {
      const samples = joined(batch.map(({ window }) => window))
      const streams = batch.map(({ stream }) => stream)
      const probabilities = await thread.run({ streams, samples, sampleRate })
      for (const [row, one] of batch.entries()) one.resolve(probabilities[row] ?? 0)
    } catch (thrown) {
      for (const one of batch) one.reject(thrown as Error)
    }
  }
  const gatherer = createGatherer({ run, isBusy: () => open.size > fewCalls })
  return {
    open(sampleRate, clock) {
      const stream = (opened += 1)
      open.add(stream)
      return {
        ...streamOf({ stream, sampleRate, clock }, gatherer, thread),
        close() {
          open.delete(stream)
          thread.forget(stream)
        },
      }
    },
    async close() {
      await thread.close()
      gatherer.refuse(closed())
    },
  }
}

/** One stream: it counts what it has asked and not been told. */
function streamOf(
  of: Pick<Ask, 'stream' | 'sampleRate' | 'clock'>,
  gatherer: Gatherer,
  thread: Thread,
): VadEngine {
  let waiting = 0
  return {
    windowSamples: windowOf(of.sampleRate).length,
    async probability(window) {
      if (thread.isClosed) throw closed()
      if (waiting >= mostWaiting) throw tooSlow()
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      waiting += 1
      gatherer.add({ ...of, window, resolve, reject })
      return promise.finally(() => (waiting -= 1))
    },
  }
}

/** The thread and what it is told beside its work. */
interface Thread {
  readonly isClosed: boolean
  /** @throws SileroError */
  run(task: Pick<Task, 'streams' | 'samples' | 'sampleRate'>): Promise<Float32Array>
  /** Tells it with the next task that a stream is over. */
  forget(stream: number): void
  close(): Promise<void>
}

async function startThread(runtimes: readonly RuntimeName[]): Promise<Thread> {
  const pool = createPool()
  let over: number[] = []
  let isClosed = false
  const thread: Thread = {
    get isClosed() {
      return isClosed
    },
    async run(task) {
      const forgotten = over
      over = []
      const answer = await pool
        .run({ ...task, runtimes, closed: forgotten })
        .catch((cause: unknown): never => {
          if (isClosed) throw closed()
          const message = `The thread of the model failed: ${String(cause)}`
          throw new SileroError('engine-failed', message)
        })
      if ('probabilities' in answer) return answer.probabilities
      throw new SileroError(answer.fault.code, answer.fault.message)
    },
    forget: (stream) => void over.push(stream),
    async close() {
      isClosed = true
      await pool.destroy()
    },
  }
  try {
    await thread.run({ streams: [], samples: new Int16Array(0), sampleRate: 0 })
    return thread
  } catch (thrown) {
    await thread.close()
    throw thrown
  }
}

function joined(windows: readonly Int16Array[]): Int16Array {
  const length = windows[0]?.length ?? 0
  const samples = new Int16Array(windows.length * length)
  for (const [row, window] of windows.entries()) samples.set(window, row * length)
  return samples
}

const closed = (): SileroError => new SileroError('engine-closed', 'The model was closed.')

const tooSlow = (): SileroError =>
  new SileroError('too-slow', `More than ${mostWaiting} windows of a call wait for the model.`)

/** One thread: a run takes 0.1 ms, with a hundred streams 3 ms. */
const createPool = (): Piscina<Task, Answer> =>
  new Piscina<Task, Answer>({
    filename: fileURLToPath(workerBeside(import.meta.url)),
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
    stricterFIFO: true,
  })
