import type { JsonSchema } from '../../schema/json-schema.ts'
import type { Validators } from '../../schema/compile.ts'
import type { ModelQuestion } from './minds.ts'
import { chatSchema, messageSchemas } from './openai-schemas.ts'

/** A message that fits its schema. */
export interface ChatEntry {
  readonly role: string
  readonly content?: string | null
  readonly tool_calls?: readonly {
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }[]
  readonly tool_call_id?: string
}

/** A request to `/v1/chat/completions` that fits the schema. */
export interface ChatBody {
  readonly model: string
  readonly messages: readonly ChatEntry[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
}

/** What the API has against a request, in its own manner; undefined when it takes it. */
export function chatFault(body: unknown, validators: Validators): string | undefined {
  const wrong = schemaFault(body, chatSchema, validators)
  if (wrong !== undefined) return wrong
  const { messages, stream, stream_options: more, ...rest } = body as ChatBody
  if (more !== undefined && stream !== true) return 'stream_options: only with stream'
  if (rest.max_tokens !== undefined && rest.max_completion_tokens !== undefined) {
    return 'max_tokens: not together with max_completion_tokens'
  }
  return messagesFault(messages, validators)
}

/** The first thing that does not fit a schema; undefined when all does. */
export function schemaFault(
  body: unknown,
  schema: JsonSchema,
  validators: Validators,
): string | undefined {
  if (typeof body !== 'object' || body === null) return 'the body is not valid JSON'
  const [issue] = validators.of(schema)(structuredClone(body))
  if (issue === undefined) return undefined
  const where = issue.pointer.slice(1).replaceAll('/', '.') || 'body'
  return `${where}: ${issue.message} (${Object.values(issue.params).join(', ')})`
}

/** Calls must be answered right behind them, all of them, and nothing else must be. */
function messagesFault(messages: readonly ChatEntry[], validators: Validators): string | undefined {
  let open: string[] = []
  for (const [index, message] of messages.entries()) {
    const schema = messageSchemas[message.role]
    if (schema === undefined) return `messages.${index}: no role "${message.role}"`
    const wrong = schemaFault(message, schema, validators)
    if (wrong !== undefined) return `messages.${index}.${wrong}`
    const { role, content, tool_calls: calls, tool_call_id: answered } = message
    if (role === 'tool') {
      if (!open.includes(answered ?? '')) return `messages.${index}: answers no tool call`
      open = open.filter((id) => id !== answered)
      continue
    }
    if (open.length > 0) return `messages.${index}: tool calls without answers: ${open.join(', ')}`
    if (role !== 'assistant') continue
    if (calls === undefined && (content ?? null) === null) return `messages.${index}: it is empty`
    open = (calls ?? []).map(({ id }) => id)
    if (new Set(open).size < open.length) return `messages.${index}: two tool calls with one id`
  }
  return open.length === 0 ? undefined : `tool calls without answers: ${open.join(', ')}`
}

/** What was said last. */
export function questionOf({ messages }: ChatBody): ModelQuestion {
  const last = messages.findLastIndex(({ role }) => role !== 'tool')
  const results = messages.slice(last + 1).map(({ content }) => content ?? '')
  const { role, content } = messages[last] ?? { role: '' }
  return { said: role === 'user' ? (content ?? '') : '', results }
}
