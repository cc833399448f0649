import { options, type DialogueSpec } from './options.ts'

type Written = Readonly<Record<string, unknown>>

/** A dialogue as the loader gives it: what is left out has its default. For tests. */
export function specOf(written: object): DialogueSpec {
  const spec = written as Written
  const { properties } = options
  const topics = Object.entries((spec['topics'] ?? {}) as Record<string, Written[]>)
  return {
    slots: {},
    tools: [],
    otherwise: properties.otherwise.default,
    token_delay: 0,
    ...spec,
    rules: (spec['rules'] as Written[]).map(ruleOf),
    topics: Object.fromEntries(topics.map(([name, rules]) => [name, rules.map(ruleOf)])),
  } as unknown as DialogueSpec
}

function ruleOf(rule: Written): Written {
  const { tool, cases } = rule
  return {
    end_call: false,
    ...rule,
    ...(tool !== undefined && { tool: { with: {}, ...(tool as Written) } }),
    ...(cases !== undefined && {
      cases: (cases as Written[]).map((one) => ({ end_call: false, ...one })),
    }),
  }
}
