import type { Brain, Handlers, Ports, Signal } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'
import type { Plan } from '../graph/plan.ts'
import type { TurnOptions } from '../graph/turns-schema.ts'
import { expandOptions } from '../kernel/expand.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/supervisor.ts'
import { CallMemory } from './call-memory.ts'
import { windowOf } from './context-window.ts'
import { Conversation } from './conversation.ts'
import { thresholdsOf, turnPolicy } from './turn-policy.ts'

/**
 * A brain with the conversation in front of it: listens to what the caller says, decides when to ask the
 * brain, gives it what has been said and heard, runs its tools, and lets it be interrupted.
 */
export async function brainNode(host: Host, setup: BrainSetup): Promise<Handlers<Ports, Ports>> {
  const { clock, log, signal, metric, node } = host
  const { definition, options, shared, plan } = setup
  const ctx = { options, shared, node, clock, log, signal, metric }
  const brain = await definition.setup(ctx as Parameters<typeof definition.setup>[0])
  const conversation = conversationWith(host, setup, brain, plan)
  return {
    text(frame: Frame) {
      if (frame.type === 'text') {
        conversation.on({ type: 'final', text: frame.text, isWhole: true }, frame)
      } else if (frame.type === 'transcript') {
        const { final, text, confidence } = frame
        conversation.on(
          final ? { type: 'final', text, confidence } : { type: 'interim', text },
          frame,
        )
      }
    },
    dtmf(frame: Frame) {
      if (frame.type === 'dtmf') conversation.on({ type: 'key', digit: frame.digit }, frame)
    },
    signal: (frame: Signal) => hear(conversation, host, frame),
    close() {
      conversation.close()
      return brain.close?.()
    },
  } as Handlers<Ports, Ports>
}

/** Tells the conversation of a fact. */
function hear(conversation: Conversation, { node, clock }: Host, frame: Signal): void {
  switch (frame.type) {
    case 'start':
      return conversation.begin(frame)
    case 'speech': {
      const latency = clock.now() - (frame.at - frame.latency)
      return conversation.on({ type: 'speech', state: frame.state, latency }, frame)
    }
    case 'turn': {
      const { state, probability, source } = frame
      if (source === node || state === 'started') return
      return conversation.on({ type: 'opinion', state, probability }, frame)
    }
    case 'playout':
      return conversation.heard(frame)
    case 'interrupt':
      if (frame.source !== node && frame.phase === 'confirm') {
        conversation.wasCut(frame.through, frame)
      }
      return
    default:
  }
}

function conversationWith(host: Host, setup: BrainSetup, brain: Brain, plan: Plan): Conversation {
  const { turns, nodes } = plan
  const turnOptions = expandOptions({ ...turns.options }, turns.templates, host.vars.current)
  const manifests = nodes.map(({ manifest }) => manifest)
  const waits = manifests.flatMap(({ finalWithinMs }) => finalWithinMs ?? [])
  const policy = turnPolicy(turnOptions as unknown as TurnOptions, {
    finalWithinMs: waits.length === 0 ? undefined : Math.max(...waits),
    echoes: manifests.some(({ echoes }) => echoes),
  })
  return new Conversation({
    host,
    setup,
    brain,
    policy,
    thresholds: thresholdsOf(setup.options['interruptible'], policy),
    isHeard: reachesTransport(plan, host.node),
    memory: memoryOf(setup),
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
function memoryOf({ kept, options }: BrainSetup): CallMemory {
  kept.value ??= new CallMemory(windowOf(options['window']))
  return kept.value as CallMemory
}
