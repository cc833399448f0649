import { expect, it } from 'vitest'
import { faultsOf } from './agents-faults.ts'
import type { AgentScript, CallScript } from './agents-script.ts'

const hands = { carry: { last: 1 }, say: false, timeoutMs: 3000, max: 3 } as const
const agent = (answers: AgentScript['answers'], more: Partial<AgentScript> = {}): AgentScript => ({
  ...{ setup: 0, enter: 'reply', voiceFailsAt: 0, answers, summary: 'text', hands },
  ...more,
})
const call: Omit<CallScript, 'agents' | 'outside'> = {
  ...{ steps: [], isEager: false, adviser: 'answers', follower: 'none', brief: 'summary' },
  rings: true,
}

it('nobody is rung for a call that is told to end, and whoever rings by then is let go', async () => {
  const asksForHuman = agent([
    [{ to: 'human' }, { wait: 700 }],
    [{ say: 12 }, { to: 'human' }],
  ])
  const agents = [
    agent([[{ to: 'cid' }], []], { enter: 'say' }),
    agent([[]], { voiceFailsAt: 1 }),
    asksForHuman,
  ]
  expect(await faultsOf({ ...call, agents, outside: 'refuses' })).toEqual([])
})

it('the question under way is over when somebody takes the call', async () => {
  const agents = [
    agent([[{ wait: 30 }, { to: 'ann' }, { to: 'human' }]], {
      enter: 'say',
      hands: { ...hands, say: true },
    }),
    agent([[]]),
  ]
  const steps: CallScript['steps'] = [
    { afterMs: 0, what: 'words' },
    { afterMs: 175, what: 'ends' },
    { afterMs: 293, what: 'likely' },
    { afterMs: 162, what: 'hash' },
    { afterMs: 12, what: 'begins' },
    { afterMs: 14, what: 'begins' },
    { afterMs: 184, what: 'nothing' },
  ]
  expect(await faultsOf({ ...call, agents, steps, outside: 'takes' })).toEqual([])
})
