import type { Handlers, Ports, Signal } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/supervisor.ts'
import { Conversation } from './conversation.ts'
import { createTools } from './tools.ts'

/**
 * A brain with the conversation in front of it: listens to what the caller says, decides when to ask the
 * brain, gives it what has been said and heard, runs its tools, and lets it be interrupted.
 */
export async function brainNode(host: Host, setup: BrainSetup): Promise<Handlers<Ports, Ports>> {
  const { clock, log, signal, metric, node } = host
  const { definition, options, shared } = setup
  const ctx = { options, shared, node, clock, log, signal, metric }
  const brain = await definition.setup(ctx as Parameters<typeof definition.setup>[0])
  const conversation = new Conversation(host, brain, createTools(host, setup))
  return {
    text(frame: Frame) {
      if (frame.type === 'transcript' && !frame.final) return
      if (frame.type === 'transcript' || frame.type === 'text') conversation.said(frame.text, frame)
    },
    signal(frame: Signal) {
      if (frame.type === 'start') conversation.on({ type: 'start' }, frame)
      else if (frame.type === 'speech') {
        conversation.on({ type: 'speech', state: frame.state }, frame)
      } else if (frame.type === 'playout') conversation.heard(frame)
    },
    close: () => brain.close?.(),
  } as Handlers<Ports, Ports>
}
