import fc from 'fast-check'
import type { PlanEnter, Carry } from '../../src/graph/plan-agents.ts'

/** Agents of a random call that can have the floor; the first answers. */
export const names = ['ann', 'bob', 'cid', 'dee'] as const
/** One thing of an answer. */
type Part =
  | { readonly say: number }
  | { readonly to: string }
  | { readonly tool: string }
  | { readonly wait: number }
  | { readonly fails: 'throws' | 'hangs' }

/** What an agent of a random call is and does. */
export interface AgentScript {
  /** How long its set-up takes in ms, or what becomes of it; the first agent's always works. */
  readonly setup: number | 'hangs' | 'throws' | 'throws once'
  readonly enter: PlanEnter['kind']
  /** Its voice throws at every so many spans; 0: at none. */
  readonly voiceFailsAt: number
  readonly answers: readonly (readonly Part[])[]
  readonly summary: 'text' | 'nothing' | 'throws' | 'hangs'
  readonly hands: {
    readonly carry: Carry
    readonly say: boolean
    readonly timeoutMs: number
    readonly max: number
  }
}

const things = [
  ...['begins', 'ends', 'begins', 'ends', 'interim', 'other', 'words', 'words', 'words', 'um'],
  ...['nothing', 'over', 'likely', 'key', 'hash', 'cut'],
] as const

/** A thing that the caller, or somebody else, does. */
export interface CallStep {
  readonly afterMs: number
  readonly what: (typeof things)[number]
}

/** A random call. */
export interface CallScript {
  readonly agents: readonly AgentScript[]
  readonly steps: readonly CallStep[]
  readonly isEager: boolean
  readonly adviser: 'answers' | 'throws' | 'hangs' | 'floods'
  readonly follower: 'none' | 'answers' | 'throws' | 'hangs' | 'floods'
  readonly outside: 'takes' | 'refuses' | 'hangs'
  /** What whoever is outside is told first; undefined: nothing, the call is given away cold. */
  readonly brief: string | undefined
  /**
   * Somebody outside is really rung; nobody is unless given, and each attempt fails at once: a mind that takes
   * no time would ask again for ever while somebody rings, and the time of the test would stand still.
   */
  readonly rings?: true
}

const often = <T>(usual: T, weight: number, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight }, fc.constantFrom(...others))

const tools = ['look', 'book', 'slow', 'fails', 'hangs', 'job', 'consult_wise', 'no_such'] as const

const part: fc.Arbitrary<Part> = fc.oneof(
  { arbitrary: fc.record({ say: fc.constantFrom(1, 3, 12) }), weight: 5 },
  {
    arbitrary: fc.record({ to: fc.constantFrom(...names, ...names, 'back', 'human', 'end') }),
    weight: 5,
  },
  { arbitrary: fc.record({ tool: fc.constantFrom(...tools) }), weight: 2 },
  { arbitrary: fc.record({ wait: fc.constantFrom(30, 700) }), weight: 2 },
  {
    arbitrary: fc.record({ fails: fc.constantFrom('throws' as const, 'hangs' as const) }),
    weight: 1,
  },
)

const carries: fc.Arbitrary<Carry> = fc.oneof(
  fc.constantFrom('transcript' as const, 'all' as const, 'summary' as const, 'none' as const),
  fc.record({ last: fc.constantFrom(1, 3) }),
)

const agent: fc.Arbitrary<AgentScript> = fc.record({
  setup: fc.oneof(
    { arbitrary: fc.constant(0), weight: 6 },
    fc.constantFrom(400, 5000),
    fc.constantFrom('hangs' as const, 'throws' as const, 'throws once' as const),
  ),
  enter: often<PlanEnter['kind']>('reply', 3, 'say', 'wait', 'instruct'),
  voiceFailsAt: often(0, 8, 1, 2, 3),
  answers: fc.array(fc.array(part, { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
  summary: often<AgentScript['summary']>('text', 3, 'nothing', 'throws', 'hangs'),
  hands: fc.record({
    carry: carries,
    say: fc.boolean(),
    timeoutMs: fc.constantFrom(3000, 1000),
    max: fc.constantFrom(1, 3),
  }),
})

/** Random calls. */
export const calls: fc.Arbitrary<CallScript> = fc.record({
  agents: fc.array(agent, { minLength: 2, maxLength: names.length }),
  steps: fc.array(
    fc.record({
      afterMs: fc.oneof(fc.nat(60), fc.nat(400), fc.nat(2500)),
      what: fc.constantFrom(...things),
    }),
    { maxLength: 20 },
  ),
  isEager: fc.boolean(),
  adviser: often<CallScript['adviser']>('answers', 1, 'throws', 'hangs', 'floods'),
  follower: often<CallScript['follower']>('none', 4, 'answers', 'throws', 'hangs', 'floods'),
  outside: fc.constantFrom('takes' as const, 'refuses' as const, 'hangs' as const),
  brief: fc.constantFrom(undefined, 'A caller.', 'summary'),
})

const partLine = (one: Part): string => {
  const [[key, value] = []] = Object.entries(one)
  return `${key} ${value}`
}

/** A call as lines that one can read. */
export function linesOf({ agents, steps, ...others }: CallScript): string {
  let at = 0
  const happened = steps.map(
    ({ afterMs, what }) => `  ${String((at += afterMs)).padStart(6)} ${what}`,
  )
  const cast = agents.flatMap(({ answers, hands, ...rest }, index) => [
    `${names[index]}  ${JSON.stringify(rest)} ${JSON.stringify(hands)}`,
    ...answers.map((answer) => `    answers: ${answer.map(partLine).join(', ') || 'nothing'}`),
  ])
  return [JSON.stringify(others), ...cast, ...happened].join('\n')
}
