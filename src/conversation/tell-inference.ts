import { inference } from '../frames/index.ts'
import type { Host } from '../kernel/host.ts'
import type { Answer, Outcome } from './answer.ts'

/** Tells everybody how the question to the model that an answer waits for goes on; nothing when there is none. */
export function tellInference(
  host: Host,
  agent: string,
  answer: Answer,
  state: 'started' | 'promoted' | 'ended',
  outcome: Outcome | '' = '',
): void {
  const { open, isGuess: speculative } = answer
  if (open === undefined) return
  host.emit(inference({ state, ...open, agent, speculative, outcome }))
  if (state === 'ended') answer.open = undefined
}
