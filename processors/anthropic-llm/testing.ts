import type { Message, ToolSummary } from 'voxgraph/plugin'
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

/** A tool, and a hand-off. */
export const price: ToolSummary = {
  name: 'price',
  description: 'Tells a price.',
  parameters: { type: 'object', properties: { room: { type: 'string' } } },
}
/** See `price`. */
export const transfer: ToolSummary = { ...price, name: 'to_sales', description: 'Hands over.' }

/** A question as it reached the emulator. */
export interface Body {
  readonly model: string
  readonly tools?: readonly { readonly name: string }[]
  readonly tool_choice?: object
  readonly messages: readonly {
    readonly role: string
    readonly content: readonly { readonly type: string; readonly text?: string }[]
  }[]
}

/** Something the agent said, and the caller heard. */
export const heard = (text: string, interrupted = false): Message => ({
  ...{ role: 'assistant', text, interrupted },
  generated: interrupted ? `${text} and more` : text,
})
