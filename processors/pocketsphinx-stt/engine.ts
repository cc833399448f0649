import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { workerBeside } from 'voxgraph/plugin'
import { confidenceOf } from './confidence.ts'
import type { HeardWord } from './decoder.ts'
import { SttError } from './stt-error.ts'
import type { Answer, StreamSpec, Task } from './worker.ts'

/** What was said in an utterance. */
export interface Utterance {
  /** The phrase that fits best, in lower case; empty when none fits. */
  readonly text: string
  readonly words: readonly HeardWord[]
  /** 0 to 1. */
  readonly confidence: number
}

/** The recogniser of one call. What is asked of it is done in order. */
export interface RecogniserStream {
  /** Begins an utterance. */
  start(): Promise<void>
  /**
   * Takes the next samples, 16 kHz mono; a tenth of a second at a time is a good measure. Resolves to the
   * words so far when they have changed. What is beyond 30 s of an utterance is left out.
   */
  push(samples: Int16Array): Promise<string | undefined>
  /** Ends the utterance; what has not been said yet takes 5 ms for 100 ms of sound. */
  finish(): Promise<Utterance>
  /** Frees its decoder, 3 to 6 MB. */
  close(): Promise<void>
}

/** Recognisers in threads; the streams of a process are spread over them. */
export interface Recognisers {
  /**
   * Opens a stream in the thread that has the fewest; takes 40 ms, the first of a thread 150 ms.
   *
   * @throws SttError `bad-phrase`, `unknown-words`, `grammar-too-large`; the reason of `signal`
   */
  open(spec: StreamSpec, options?: { readonly signal?: AbortSignal }): Promise<RecogniserStream>
  /** Ends the threads; what is under way is rejected with `engine-closed`. */
  close(): Promise<void>
}

/** How to set recognisers up. */
export interface RecogniserOptions {
  /** All processors but one unless given. */
  readonly threads?: number
}

/** A thread and the number of streams that live in it. */
interface Lane {
  readonly pool: Piscina<Task, Answer>
  streams: number
}

/** Starts recognisers. Nothing of theirs runs on the event loop but the messages. */
export function createRecognisers(options: RecogniserOptions = {}): Recognisers {
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  const lanes: Lane[] = Array.from({ length: threads }, () => ({
    pool: createThread(),
    streams: 0,
  }))
  let streams = 0
  let isClosed = false

  async function ask(lane: Lane, task: Task): Promise<Answer> {
    if (isClosed) throw closed()
    const answer = await lane.pool.run(task).catch((cause: unknown): never => {
      if (isClosed) throw closed()
      throw new SttError('engine-failed', `A thread failed: ${String(cause)}`)
    })
    if (!('fault' in answer)) return answer
    throw new SttError(answer.fault.code, answer.fault.message, answer.fault.items)
  }
  function leastBusy(): Lane {
    const [first = { pool: createThread(), streams: 0 }, ...others] = lanes
    return others.reduce((best, lane) => (lane.streams < best.streams ? lane : best), first)
  }

  return {
    async open(spec, { signal } = {}) {
      signal?.throwIfAborted()
      const lane = leastBusy()
      const stream = (streams += 1)
      lane.streams += 1
      const opened = streamOn(
        (task) => ask(lane, { ...task, stream }),
        () => (lane.streams -= 1),
      )
      try {
        await ask(lane, { op: 'open', stream, spec })
      } catch (thrown) {
        lane.streams -= 1
        throw thrown
      }
      if (!signal?.aborted) return opened
      await opened.close()
      throw signal.reason
    },
    async close() {
      isClosed = true
      await Promise.all(lanes.map((lane) => lane.pool.destroy()))
    },
  }
}

const closed = (): SttError => new SttError('engine-closed', 'The recogniser was closed.')

/** A pool of one thread: a stream stays where its decoder is. */
const createThread = (): Piscina<Task, Answer> =>
  new Piscina<Task, Answer>({
    filename: fileURLToPath(workerBeside(import.meta.url)),
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
    stricterFIFO: true,
  })

type StreamTask =
  | { readonly op: 'push'; readonly samples: Int16Array }
  | { readonly op: 'start' | 'finish' | 'close' }

function streamOn(
  ask: (task: StreamTask) => Promise<Answer>,
  onClosed: () => void,
): RecogniserStream {
  let soFar = ''
  let isClosed = false
  async function askOpen(task: StreamTask): Promise<Answer> {
    if (isClosed) throw closed()
    return ask(task)
  }
  return {
    async start() {
      soFar = ''
      await askOpen({ op: 'start' })
    },
    async push(samples) {
      const answer = await askOpen({ op: 'push', samples })
      const text = 'text' in answer ? answer.text : ''
      if (text === soFar) return undefined
      soFar = text
      return text
    },
    async finish() {
      const answer = await askOpen({ op: 'finish' })
      if (!('heard' in answer)) throw new SttError('engine-failed', 'A thread gave no answer.')
      const { text, words, cost } = answer.heard
      return { text, words, confidence: confidenceOf(cost) }
    },
    async close() {
      if (isClosed) return
      isClosed = true
      onClosed()
      await ask({ op: 'close' }).catch(ignoreClosed)
    },
  }
}

/** Closing after the end of everything is no fault. */
function ignoreClosed(thrown: unknown): void {
  if (thrown instanceof SttError && thrown.code === 'engine-closed') return
  throw thrown
}
