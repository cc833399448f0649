import type { Brain, BrainDefinition, Inference, Said, ToolSummary } from '../define/index.ts'
import type { UsageInit } from '../frames/index.ts'
import { toAsync } from '../providers/to-async.ts'
import type { Clock } from '../time/clock.ts'
import { createLiveClock } from '../time/live-clock.ts'

/** What `openBrain` takes. */
export interface BrainCallInit {
  readonly definition: BrainDefinition
  /** As they come out of a graph file; defaults are not filled in. */
  readonly options: Readonly<Record<string, unknown>>
  /** Everything that it may ever call. */
  readonly toolset?: readonly ToolSummary[]
  /** What it is told to be; `You are brief.` unless given. */
  readonly prompt?: string
  /** A live one unless given. */
  readonly clock?: Clock
}

/** A line of the log of a brain. */
export interface BrainLog {
  readonly level: 'debug' | 'info' | 'warn'
  readonly message: string
  readonly details: unknown
}

/** A brain at work, without a call around it. */
export interface BrainCall {
  readonly logs: readonly BrainLog[]
  readonly metrics: readonly { readonly name: string; readonly value: number }[]
  readonly usages: readonly UsageInit[]
  /**
   * Asks it once. What is left out of the question is what is usual: a turn of the caller, all tools. Each
   * piece is given to `heard` as it comes; resolves with all of them when the answer is over, or at once when
   * the signal of the question aborts.
   */
  ask(question?: Partial<Inference>, heard?: (said: Said) => void): Promise<readonly Said[]>
  /** Ends it, and what it shares with others. */
  close(): Promise<void>
}

/** Sets up a brain as a call would, on a live clock. */
export async function openBrain(init: BrainCallInit): Promise<BrainCall> {
  const { definition, options, toolset = [], prompt = 'You are brief.' } = init
  const logs: BrainLog[] = []
  const metrics: { name: string; value: number }[] = []
  const usages: UsageInit[] = []
  const over = new AbortController()
  const write = (level: BrainLog['level']) => (message: string, details?: unknown) =>
    void logs.push({ level, message, details })
  const log = { debug: write('debug'), info: write('info'), warn: write('warn') }
  const shared = await definition.share?.({ log, signal: over.signal })
  const ctx = {
    ...{ options, shared, toolset, log, signal: over.signal },
    node: 'llm',
    tools: toolset.map(({ name }) => name),
    prompt: () => prompt,
    clock: init.clock ?? createLiveClock(),
    metric: (name: string, value: number) => void metrics.push({ name, value }),
    usage: (used: UsageInit) => void usages.push(used),
  }
  const brain: Brain = await definition.setup(ctx as never)
  const usual: Omit<Inference, 'signal'> = {
    ...{ reason: 'turn', prompt, instruction: undefined, tools: toolset, vars: {} },
    messages: [{ role: 'user', text: 'Hello there' }],
  }
  return {
    ...{ logs, metrics, usages },
    async ask(question = {}, heard) {
      const signal = question.signal ?? over.signal
      const all: Said[] = []
      const answer = toAsync(() => brain.respond({ ...usual, ...question, signal }))
      const stopped = new Promise<undefined>((resolve) => {
        if (signal.aborted) resolve(undefined)
        signal.addEventListener('abort', () => resolve(undefined), { once: true })
      })
      for (;;) {
        // As the conversation does: it does not wait for a brain that does not hear.
        const next = answer.next()
        next.catch(() => undefined)
        const said = await Promise.race([next, stopped])
        if (said === undefined || said.done === true) break
        all.push(said.value)
        heard?.(said.value)
      }
      answer.return(undefined).catch(() => undefined)
      return all
    },
    async close() {
      over.abort()
      await brain.close?.()
      await definition.unshare?.(shared as never)
    },
  }
}
