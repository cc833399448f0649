import type { Json } from '../../frames/index.ts'
import { blocksOf, type ContentBlock, type MessageBody } from '../emulators/anthropic-request.ts'
import type { ChatBody } from '../emulators/openai-request.ts'
import type { Told, ToldModel } from './told-model.ts'

/** What a request to Anthropic's Messages API tells. */
export function toldClaude({ system = '', messages, tools = [] }: MessageBody): ToldModel {
  const results = new Map<string, ContentBlock>()
  const blocks = messages.flatMap(({ role, content }) =>
    blocksOf(content).map((block) => ({ role, block })),
  )
  for (const { block } of blocks) {
    if (block.type === 'tool_result') results.set(block.tool_use_id ?? '', block)
  }
  const told = blocks.flatMap(({ role, block }): Told[] => {
    const { type, text = '', id = '', name = '', input } = block
    if (type === 'text') return [{ role, text }]
    if (type !== 'tool_use') return []
    const { content = '', is_error: failed = false } = results.get(id) ?? {}
    return [
      { role: 'tool', callId: id, name, arguments: mapOf(input), content: textOf(content), failed },
    ]
  })
  return {
    system: blocksOf(system)
      .map(({ text = '' }) => text)
      .join('\n'),
    told,
    tools: tools.map(({ name }) => name),
  }
}

/** What a request to OpenAI's chat completions tells. */
export function toldOpenAi({ messages, tools = [] }: ChatBody): ToldModel {
  const results = new Map(
    messages.flatMap(({ role, tool_call_id: id = '', content }) =>
      role === 'tool' ? [[id, content ?? ''] as const] : [],
    ),
  )
  const told = messages.flatMap(({ role, content, tool_calls: calls = [] }): Told[] => {
    if (role === 'user') return [{ role, text: content ?? '' }]
    if (role !== 'assistant') return []
    const said: Told[] = (content ?? '') === '' ? [] : [{ role, text: content ?? '' }]
    return [
      ...said,
      ...calls.map(({ id, function: { name, arguments: args } }): Told => {
        const input = JSON.parse(args) as unknown
        const content = results.get(id) ?? ''
        return { role: 'tool', callId: id, name, arguments: mapOf(input), content, failed: false }
      }),
    ]
  })
  const system = messages.flatMap(({ role, content }) =>
    role === 'system' || role === 'developer' ? [content ?? ''] : [],
  )
  return { system: system.join('\n'), told, tools: tools.map((one) => one.function.name) }
}

const mapOf = (input: unknown): { readonly [key: string]: Json } =>
  (typeof input === 'object' && input !== null ? input : {}) as { readonly [key: string]: Json }

const textOf = (content: unknown): string =>
  typeof content === 'string' ? content : JSON.stringify(content)
