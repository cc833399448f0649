import type { Brain, Handlers, Ports, Signal } from '../define/index.ts'
import type { Frame, FrameOf } from '../frames/index.ts'
import type { Plan } from '../graph/plan.ts'
import type { PlanAgent } from '../graph/plan-agents.ts'
import type { TurnOptions } from '../graph/turns-schema.ts'
import { openBrain } from '../providers/failover-brain.ts'
import { expandOptions } from '../kernel/expand.ts'
import type { Host } from '../kernel/host.ts'
import { typedPort } from '../kernel/logic.ts'
import type { BrainSetup, Kept } from '../kernel/make-node.ts'
import { advise } from './adviser.ts'
import { followCall } from './follower.ts'
import { Floor } from './floor.ts'
import type { Seat } from './seat.ts'
import { CallMemory } from './call-memory.ts'
import { windowOf } from './context-window.ts'
import { Conversation } from './conversation.ts'
import { promptsOf } from './prompts.ts'
import { toolsetOf } from './tools.ts'
import { thresholdsOf, turnPolicy } from './turn-policy.ts'

/**
 * A brain with the conversation in front of it: listens to what the caller says, decides when to ask the
 * brain, gives it what has been said and heard, runs its tools, and lets it be interrupted. In a graph with
 * agents it does so while its agent has the floor; whatever of the caller's comes here otherwise is given
 * to whoever has it.
 */
export async function brainNode(host: Host, setup: BrainSetup): Promise<Handlers<Ports, Ports>> {
  const { signal, node } = host
  const { options, plan, kept, members, process } = setup
  const agent = plan.agents?.agents.find(({ brain }) => brain === node)
  const tools = [
    ...((options['tools'] ?? []) as readonly string[]),
    ...(agent?.handoffs ?? []).map(({ tool }) => tool),
    ...(agent?.consults ?? []).map(({ tool }) => tool),
  ]
  const toolset = toolsetOf(setup, agent)
  const prompt = (): string =>
    promptsOf(options, host.vars, memoryOf(kept, plan).floor?.giver).prompt
  const context = { tools, toolset, prompt }
  const phrases = plan.turns.options.trouble
  const newBrain = (): Promise<Brain> =>
    openBrain({ host, members, process, phrases, context, line: () => memoryOf(kept, plan).line })
  const brain = await newBrain()
  // Another may have taken its place by now.
  if (signal.aborted) {
    await brain.close?.()
    return {}
  }
  const memory = memoryOf(kept, plan)
  if (agent?.role === 'background') return followCall({ host, setup, brain, memory, agent })
  const stopAdvising = agent && advise({ host, setup, brain, newBrain, memory, agent })
  const closeBrain = async (): Promise<void> => brain.close?.()
  const close = async (): Promise<void> => {
    await Promise.all([closeBrain(), stopAdvising?.()])
  }
  if (agent?.role === 'adviser') return { close }
  const conversation = conversationWith({ host, setup, brain, memory, agent })
  const { floor } = memory
  const tell = (what: (seat: Seat) => void): void =>
    floor === undefined ? what(conversation) : floor.deliver(what)
  return {
    ...callerHandlers(tell),
    signal: (frame: Signal) => hear(conversation, tell, frame),
    close() {
      conversation.close()
      return close()
    },
  } as Handlers<Ports, Ports>
}

/** What a brain is told of the caller's words and keys. */
const callerHandlers = (tell: (what: (seat: Seat) => void) => void): Handlers<Ports, Ports> =>
  ({
    text(frame: Frame) {
      if (frame.type === 'text') {
        tell((seat) => seat.on({ type: 'final', text: frame.text, isWhole: true }, frame))
      } else if (frame.type === 'transcript') {
        const { final, text, confidence } = frame
        const fact = final
          ? ({ type: 'final', text, confidence } as const)
          : ({ type: 'interim', text } as const)
        tell((seat) => seat.on(fact, frame))
      }
    },
    [typedPort]: (frame: Frame) => {
      if (frame.type === 'transcript') tell((seat) => write(seat, frame))
    },
    dtmf(frame: Frame) {
      if (frame.type === 'dtmf') tell((seat) => seat.on({ type: 'key', digit: frame.digit }, frame))
    },
  }) as Handlers<Ports, Ports>

/** What the caller has typed is all there is, and is meant for the bot. */
export const write = (seat: Seat, frame: FrameOf<'transcript'>): void =>
  seat.on({ type: 'final', text: frame.text, isWhole: true }, frame)

/** Tells the conversation of a fact; control frames come to every brain, and each keeps its own. */
function hear(
  conversation: Conversation,
  tell: (what: (seat: Seat) => void) => void,
  frame: Signal,
): void {
  const { clock, node } = conversation.host
  switch (frame.type) {
    case 'start':
      return conversation.begin(frame)
    case 'speech': {
      const latency = clock.now() - (frame.at - frame.latency)
      const { state } = frame
      return tell((seat) => seat.on({ type: 'speech', state, latency }, frame))
    }
    case 'turn': {
      const { state, probability, source } = frame
      if (source === node || state === 'started') return
      return tell((seat) => seat.on({ type: 'opinion', state, probability }, frame))
    }
    case 'playout':
      return tell((seat) => seat.heard(frame))
    case 'error':
      // Only whoever has the floor does anything about it.
      if (frame.code === 'words-late') conversation.on({ type: 'unheard' }, frame)
      return undefined
    case 'correction':
      return conversation.record.correct(frame)
    case 'interrupt':
      if (frame.source !== node && frame.phase === 'confirm') {
        conversation.wasCut(frame.through, frame)
      }
      return
    default:
  }
}

interface Mind {
  readonly host: Host
  readonly setup: BrainSetup
  readonly brain: Brain
  readonly memory: CallMemory
  readonly agent: PlanAgent | undefined
}

function conversationWith({ host, setup, brain, memory, agent }: Mind): Conversation {
  const { plan, options } = setup
  const { turns, nodes } = plan
  const turnOptions = expandOptions({ ...turns.options }, turns.templates, host.vars.current)
  const manifests = nodes.map(({ manifest }) => manifest)
  const waits = manifests.flatMap(({ finalWithinMs }) => finalWithinMs ?? [])
  const policy = turnPolicy(turnOptions as unknown as TurnOptions, {
    finalWithinMs: waits.length === 0 ? undefined : Math.max(...waits),
    echoes: manifests.some(({ echoes }) => echoes),
  })
  return new Conversation({
    ...{ host, setup, brain, memory, agent, policy },
    thresholds: thresholdsOf(options['interruptible'], policy),
    isHeard: reachesTransport(plan, host.node),
    record: memory.recordOf(agent?.id ?? host.node, windowOf(options['window'])),
  })
}

/** True when what a node says comes to a transport, which will tell what was heard. */
function reachesTransport({ nodes, edges }: Plan, from: string): boolean {
  const reached = new Set([from])
  // A set grows while it is walked.
  for (const id of reached) {
    for (const edge of edges) if (edge.from.node === id) reached.add(edge.to.node)
  }
  return nodes.some(({ id, manifest }) => manifest.kind === 'transport' && reached.has(id))
}

/** What is known of the call, from the brain that was here before, or new. */
export function memoryOf(kept: Kept, { agents }: Plan): CallMemory {
  if (kept.value === undefined) {
    const memory = new CallMemory()
    memory.floor = agents && new Floor(agents)
    kept.value = memory
  }
  return kept.value as CallMemory
}
