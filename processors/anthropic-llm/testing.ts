import type { ClaudeOptions } from './options.ts'

/** Options as they come out of a graph file: defaults filled in. */
export const optionsOf = (options: Partial<ClaudeOptions> = {}): ClaudeOptions => ({
  api_key: undefined,
  endpoint: 'http://127.0.0.1:1',
  model: 'claude-haiku-4-5',
  max_tokens: 1024,
  cache: '5m',
  prewarm: true,
  thinking: 'off',
  effort: undefined,
  refusal: 'I am sorry, I cannot help with that.',
  route: [],
  ...options,
})
