import type { Json } from 'voxgraph/plugin'
import { createMatcher, type Match, type Matcher } from './matcher.ts'
import type { AnswerSpec, DialogueSpec, RuleSpec } from './options.ts'
import { parsePattern, type Pattern } from './pattern.ts'
import { readSlot, type Slot } from './slots.ts'

/** What is said, and what it leads to. */
export interface Answer {
  readonly say: string
  readonly prompt: string
  /** Rules for the next thing said; undefined when the answer opens no topic. */
  readonly then: string | undefined
  readonly endsCall: boolean
}

/** A rule, ready to be used. */
export interface Rule {
  /** Where it stands, for messages: `rules[2]`. */
  readonly place: string
  readonly patterns: readonly Pattern[]
  readonly match: Matcher
  readonly ask: ReadonlyMap<string, string>
  readonly tool:
    | {
        readonly name: string
        readonly with: { readonly [key: string]: Json }
        readonly before: string
      }
    | undefined
  readonly answer: Answer
  readonly cases: readonly {
    readonly if: { readonly [path: string]: Json }
    readonly answer: Answer
  }[]
  readonly failed: Answer
  readonly cutShort:
    | {
        readonly patterns: readonly Pattern[]
        readonly match: Matcher
        readonly say: string
        readonly offer: string
      }
    | undefined
}

/** A dialogue, ready to be followed. */
export interface Dialogue {
  readonly start: string
  readonly slots: ReadonlyMap<string, Slot>
  readonly rules: readonly Rule[]
  readonly topics: ReadonlyMap<string, readonly Rule[]>
  readonly otherwise: readonly string[]
  readonly tools: readonly string[]
}

/** What is said about a tool that failed, where the rule does not say. */
const sorry = 'I am sorry, that did not work just now.'

/**
 * Reads a dialogue. What is wrong with it goes to `fault`, in the order in which it stands; the rest can
 * still be looked at.
 */
export function readDialogue(spec: DialogueSpec, fault: (text: string) => void): Dialogue {
  const slots = new Map(Object.entries(spec.slots).map(([name, slot]) => [name, readSlot(slot)]))
  const read = (rules: readonly RuleSpec[], place: string): Rule[] =>
    rules.map((rule, index) => readRule(rule, `${place}[${index + 1}]`, slots, fault))
  return {
    start: spec.start ?? '',
    slots,
    rules: read(spec.rules, 'rules'),
    topics: new Map(
      Object.entries(spec.topics).map(([name, rules]) => [name, read(rules, `topics.${name}`)]),
    ),
    otherwise: listOf(spec.otherwise),
    tools: spec.tools,
  }
}

function readRule(
  spec: RuleSpec,
  place: string,
  slots: ReadonlyMap<string, Slot>,
  fault: (text: string) => void,
): Rule {
  const patternsOf = (on: string | readonly string[], where: string): readonly Pattern[] =>
    listOf(on).flatMap((text) => {
      try {
        return [parsePattern(text)]
      } catch (thrown) {
        fault(
          `${place}: the pattern "${text}" of "${where}" is wrong: ${(thrown as Error).message}`,
        )
        return []
      }
    })
  const patterns = patternsOf(spec.on, 'on')
  const cut = spec.cut_short
  const cutPatterns = cut && patternsOf(cut.on, 'cut_short.on')
  const answer = answerOf(spec)
  return {
    place,
    patterns,
    match: matcherOf(patterns, slots),
    ask: new Map(Object.entries(spec.ask ?? {})),
    tool: spec.tool && {
      name: spec.tool.name,
      with: spec.tool.with as { readonly [key: string]: Json },
      before: spec.tool.before ?? '',
    },
    answer,
    cases: (spec.cases ?? []).map((one) => ({
      if: one.if as { readonly [path: string]: Json },
      answer: answerOf(one),
    })),
    failed: { say: spec.failed ?? sorry, prompt: '', then: undefined, endsCall: false },
    cutShort: cut && {
      patterns: cutPatterns ?? [],
      match: matcherOf(cutPatterns ?? [], slots),
      say: cut.say ?? '',
      offer: cut.offer ?? '',
    },
  }
}

const answerOf = (spec: AnswerSpec): Answer => ({
  say: spec.say ?? '',
  prompt: spec.prompt ?? '',
  then: spec.then,
  endsCall: spec.end_call,
})

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value

/** The best match of several patterns; the first of equals. Patterns with unknown slots are left out. */
function matcherOf(patterns: readonly Pattern[], slots: ReadonlyMap<string, Slot>): Matcher {
  const matchers = patterns.map((pattern) => {
    try {
      return createMatcher(pattern, slots)
    } catch {
      // The check of the dialogue says which slot there is not.
      return () => undefined
    }
  })
  return (words) => bestOf(matchers.map((match) => match(words)))
}

function bestOf(matches: readonly (Match | undefined)[]): Match | undefined {
  let best: Match | undefined
  for (const match of matches) {
    if (match !== undefined && match.covered > (best?.covered ?? 0)) best = match
  }
  return best
}

/** Every answer that a rule can end with. */
export const answersOf = (rule: Rule): readonly Answer[] => [
  rule.answer,
  ...rule.cases.map((one) => one.answer),
  ...(rule.tool === undefined ? [] : [rule.failed]),
]
