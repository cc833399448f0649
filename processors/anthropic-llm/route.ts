import { RE2JS } from 're2js'
import { ProviderError, type Inference } from 'voxgraph/plugin'
import { provider, type ClaudeOptions, type RouteRule } from './options.ts'

/** Says which model is asked. */
export type Route = (inference: Pick<Inference, 'reason' | 'messages'>) => string

/**
 * Reads the rules. The same question always goes to the same model, and so does the one behind its tools.
 * @throws ProviderError `invalid` for an expression that is none
 */
export function routeOf({ model, route }: ClaudeOptions): Route {
  const rules = route.map((rule) => ({ fits: ruleOf(rule), model: rule.model }))
  return (inference) => rules.find(({ fits }) => fits(inference))?.model ?? model
}

/** All models that may be asked, each once. */
export const modelsOf = ({ model, route }: ClaudeOptions): readonly string[] => [
  ...new Set([model, ...route.map((rule) => rule.model)]),
]

function ruleOf({ when }: RouteRule): (inference: Parameters<Route>[0]) => boolean {
  const { reason, words_over: words, turns_over: turns, matches } = when
  const expression = matches === undefined ? undefined : compiled(matches)
  return ({ reason: why, messages }) => {
    const said = messages.filter(({ role }) => role === 'user')
    const last = messages.findLast((message) => message.role === 'user')?.text ?? ''
    if (reason !== undefined && reason !== why) return false
    if (words !== undefined && wordsIn(last) <= words) return false
    if (turns !== undefined && said.length <= turns) return false
    return expression === undefined || expression.matcher(last).find()
  }
}

const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length

/** RE2's engine: a caller's words cannot make it slow. */
function compiled(source: string): RE2JS {
  try {
    return RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ProviderError('invalid', { provider, reason: `route: "${source}": ${why}` })
  }
}
