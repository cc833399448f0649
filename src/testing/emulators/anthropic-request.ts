import type { JsonSchema } from '../../schema/json-schema.ts'
import type { SchemaIssue, Validators } from '../../schema/compile.ts'

/** A mark: keep everything up to here. */
interface CacheMark {
  readonly type: 'ephemeral'
  readonly ttl?: '5m' | '1h'
}

/** A block of text, of a tool call or of its result, as it came. */
export interface ContentBlock {
  readonly type: 'text' | 'tool_use' | 'tool_result'
  readonly text?: string
  readonly id?: string
  readonly name?: string
  readonly input?: unknown
  readonly tool_use_id?: string
  readonly content?: unknown
  readonly is_error?: boolean
  readonly cache_control?: CacheMark | null
}

/** A request to `/v1/messages` that fits the schema. */
export interface MessageBody {
  readonly model: string
  readonly max_tokens: number
  readonly stream?: boolean
  readonly system?: string | readonly ContentBlock[]
  readonly messages: readonly {
    readonly role: 'user' | 'assistant'
    readonly content: string | readonly ContentBlock[]
  }[]
  readonly tools?: readonly { readonly name: string; readonly cache_control?: CacheMark | null }[]
  readonly tool_choice?: { readonly type: string }
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number }
  readonly cache_control?: CacheMark | null
}

/** Content in its long form: a text is one block. */
export const blocksOf = (content: string | readonly ContentBlock[]): readonly ContentBlock[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

/** Knobs that came to an end with version 2026-10-21 of the service. */
const gone = ['temperature', 'top_p', 'top_k']

/**
 * What the service has against a request, in its own manner; undefined when it takes it. It is stricter than
 * the service in one thing: turns must alternate, where the service would put them together.
 */
export function requestFault(body: unknown, validators: Validators): string | undefined {
  if (typeof body !== 'object' || body === null) return 'The request body is not valid JSON'
  const knob = gone.find((name) => name in body)
  if (knob !== undefined) return `${knob}: not supported by this version of the API`
  // Of alternatives the one that came furthest was meant.
  const issues = validators.of(schema)(structuredClone(body))
  const depth = ({ pointer, keyword }: SchemaIssue): number =>
    pointer.split('/').length - (keyword === 'const' ? 0.5 : 0)
  const [issue] = issues.toSorted((one, other) => depth(other) - depth(one))
  if (issue !== undefined) {
    const where = issue.pointer.slice(1).replaceAll('/', '.')
    const more = Object.values(issue.params).join(', ')
    return `${where === '' ? 'body' : where}: ${issue.message} (${more})`
  }
  const request = body as MessageBody
  return turnsFault(request) ?? toolsFault(request) ?? marksFault(request) ?? modeFault(request)
}

function turnsFault({ messages }: MessageBody): string | undefined {
  for (const [index, { role, content }] of messages.entries()) {
    const expected = index % 2 === 0 ? 'user' : 'assistant'
    if (role !== expected)
      return `messages.${index}.role: roles must alternate, beginning with user`
    for (const [at, block] of blocksOf(content).entries()) {
      const where = `messages.${index}.content.${at}`
      if (block.type === 'text' && block.text?.trim() === '') {
        return `${where}: text content blocks must be non-empty`
      }
      const side = { tool_use: 'assistant', tool_result: 'user' } as const
      if (block.type !== 'text' && side[block.type] !== role) {
        return `${where}: ${block.type} is not permitted in a message of the ${role}`
      }
    }
  }
  if (messages.at(-1)?.role === 'user') return undefined
  return 'This model does not support assistant message prefill. The conversation must end with a user message.'
}

/** Every call has its result in the next message, before anything else, and every result its call. */
function toolsFault({ messages, tools = [] }: MessageBody): string | undefined {
  const seen = new Set<string>()
  for (const [index, { content }] of messages.entries()) {
    const blocks = blocksOf(content)
    const next = blocksOf(messages[index + 1]?.content ?? [])
    const results = next.filter(({ type }) => type === 'tool_result')
    const answered = results.map((block) => block.tool_use_id)
    const calls = blocks.flatMap(({ type, id = '' }) => (type === 'tool_use' ? [id] : []))
    const twice = calls.find((id) => seen.has(id) || !seen.add(id))
    if (twice !== undefined) return `messages.${index}: \`tool_use\` ids must be unique: ${twice}`
    const open = calls.filter((id) => !answered.includes(id))
    if (open.length > 0) {
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}`
    }
    const stray = answered.filter(
      (id, at) => !calls.includes(id ?? '') || answered.indexOf(id) !== at,
    )
    if (stray.length > 0) {
      return `messages.${index + 1}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.join(', ')}`
    }
    if (next.slice(0, results.length).some(({ type }) => type !== 'tool_result')) {
      return `messages.${index + 1}: \`tool_result\` blocks must come first`
    }
    if (index === 0 && blocks.some(({ type }) => type === 'tool_result')) {
      return 'messages.0: unexpected `tool_result` block'
    }
  }
  if (seen.size > 0 && tools.length === 0) {
    return 'Requests which include `tool_use` or `tool_result` blocks must define tools'
  }
  const names = tools.map(({ name }) => name)
  return new Set(names).size === names.length ? undefined : 'tools: Tool names must be unique.'
}

function marksFault({
  tools = [],
  system = [],
  messages,
  cache_control,
}: MessageBody): string | undefined {
  const marks = [
    ...tools,
    ...blocksOf(system),
    ...messages.flatMap(({ content }) => blocksOf(content)),
    { cache_control },
  ].flatMap((one) => one.cache_control ?? [])
  if (marks.length > 4) {
    return `A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`
  }
  const lives = marks.map(({ ttl = '5m' }) => ttl)
  if (lives.lastIndexOf('1h') > lives.indexOf('5m') && lives.includes('5m')) {
    return "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"
  }
  return undefined
}

function modeFault({
  max_tokens,
  stream,
  thinking,
  tools,
  tool_choice,
}: MessageBody): string | undefined {
  if (max_tokens === 0 && stream === true) return 'max_tokens: 0 cannot be streamed'
  const { type, budget_tokens: budget = 0 } = thinking ?? {}
  if (type === 'enabled' && budget >= max_tokens) {
    return '`max_tokens` must be greater than `thinking.budget_tokens`'
  }
  const isAlone = tool_choice !== undefined && (tools ?? []).length === 0
  return isAlone ? 'tool_choice may only be specified while providing tools' : undefined
}

const object = (
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema => ({ type: 'object', additionalProperties: false, properties, required })

const mark: JsonSchema = {
  anyOf: [
    { type: 'null' },
    object({ type: { const: 'ephemeral' }, ttl: { enum: ['5m', '1h'] } }, ['type']),
  ],
}
const text = object({ type: { const: 'text' }, text: { type: 'string' }, cache_control: mark }, [
  'type',
  'text',
])
const call = object(
  {
    type: { const: 'tool_use' },
    id: { type: 'string', pattern: '^[a-zA-Z0-9_-]+$' },
    name: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,200}$' },
    input: { type: 'object' },
    cache_control: mark,
  },
  ['type', 'id', 'name', 'input'],
)
const result = object(
  {
    type: { const: 'tool_result' },
    tool_use_id: { type: 'string', pattern: '^[a-zA-Z0-9_-]+$' },
    content: { anyOf: [{ type: 'string' }, { type: 'array', items: text }] },
    is_error: { type: 'boolean' },
    cache_control: mark,
  },
  ['type', 'tool_use_id'],
)
const blocks = (items: JsonSchema): JsonSchema => ({
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', minItems: 1, items },
  ],
})

/** The fields that this emulates. The service has more; those are refused here, for nobody sends them. */
const schema: JsonSchema = object(
  {
    model: { type: 'string', minLength: 1 },
    max_tokens: { type: 'integer', minimum: 0 },
    stream: { type: 'boolean' },
    system: { anyOf: [{ type: 'string' }, { type: 'array', items: text }] },
    messages: {
      type: 'array',
      minItems: 1,
      items: object(
        {
          role: { enum: ['user', 'assistant'] },
          content: blocks({ anyOf: [text, call, result] }),
        },
        ['role', 'content'],
      ),
    },
    tools: {
      type: 'array',
      items: object(
        {
          type: { const: 'custom' },
          name: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,128}$' },
          description: { type: 'string' },
          input_schema: {
            type: 'object',
            required: ['type'],
            properties: { type: { const: 'object' } },
          },
          cache_control: mark,
        },
        ['name', 'input_schema'],
      ),
    },
    tool_choice: object(
      {
        type: { enum: ['auto', 'any', 'tool', 'none'] },
        name: { type: 'string' },
        disable_parallel_tool_use: { type: 'boolean' },
      },
      ['type'],
    ),
    thinking: object(
      {
        type: { enum: ['enabled', 'disabled', 'adaptive', 'between_tools'] },
        budget_tokens: { type: 'integer', minimum: 1024 },
      },
      ['type'],
    ),
    output_config: object({ effort: { enum: ['low', 'medium', 'high', 'xhigh', 'max'] } }),
    stop_sequences: { type: 'array', items: { type: 'string' } },
    metadata: object({ user_id: { type: 'string' } }),
    service_tier: { enum: ['auto', 'standard_only'] },
    cache_control: mark,
  },
  ['model', 'max_tokens', 'messages'],
)
