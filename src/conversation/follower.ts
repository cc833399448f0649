import type { Brain, Handlers, Message, Ports } from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import type { PlanAgent } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/make-node.ts'
import type { CallMemory } from './call-memory.ts'
import { dropOldest, windowOf } from './context-window.ts'
import { QuietMind } from './quiet-mind.ts'

/** Failures in a row after which an agent in the background is left alone for the rest of the call. */
const mostFailures = 3
/** How long it may take over one thing that was said, in ms. */
const longestThoughtMs = 30_000
/** What it is told at most where its brain names no window, in messages. */
const mostMessages = 200

/** An agent that follows the call in the background. */
export interface FollowerInit {
  readonly host: Host
  readonly setup: BrainSetup
  readonly brain: Brain
  readonly memory: CallMemory
  readonly agent: PlanAgent
}

/**
 * An agent in the background: it is told what was said and heard, and is asked after each of it, once at a
 * time; what comes meanwhile waits for the next time. What it says becomes a `note` message of the
 * application (`agents.message`); it has no floor. What it throws goes to the log.
 */
export function followCall(init: FollowerInit): Handlers<Ports, Ports> {
  const { host, setup, brain, memory, agent } = init
  const mind = new QuietMind(host, setup, brain, memory)
  const window = windowOf(setup.options['window'])
  let messages: Message[] = []
  let failures = 0
  let isAsking = false
  let isNews = false

  const think = async (): Promise<void> => {
    const controller = new AbortController()
    const cancel = host.clock.after(longestThoughtMs, () => controller.abort(tooLong))
    const stop = (): void => controller.abort(host.signal.reason)
    host.signal.addEventListener('abort', stop, { once: true })
    try {
      const late = new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason), {
          once: true,
        })
      })
      const text = await Promise.race([mind.ask('note', messages, controller.signal), late])
      failures = 0
      if (text !== '') memory.floor?.post(agent.id, text)
    } finally {
      cancel()
      host.signal.removeEventListener('abort', stop)
    }
  }

  const work = async (): Promise<void> => {
    isAsking = true
    while (isNews && failures < mostFailures && !host.signal.aborted) {
      isNews = false
      await think().catch((thrown: unknown) => {
        if (host.signal.aborted) return
        host.log.warn(`${agent.id} could not follow: ${reasonOf(thrown)}`, { thrown })
        if (++failures === mostFailures) host.log.warn(`${agent.id} is left alone from here on`)
      })
    }
    isAsking = false
  }

  const follow = (message: Message): void => {
    messages = [...messages, message].slice(-mostMessages)
    if (window !== undefined) messages = messages.slice(dropOldest(window, messages))
    isNews = true
    if (!isAsking) void work()
  }
  memory.followers.add(follow)
  return {
    close() {
      memory.followers.delete(follow)
      return brain.close?.()
    },
  } as Handlers<Ports, Ports>
}

const tooLong = new DOMException('it took too long', 'TimeoutError')
