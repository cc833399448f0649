import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { Json } from '../frames/index.ts'

/** Longest result that the model is shown, in characters: it has to fit into what it is told in a call. */
export const longestResult = 20_000
/** Deepest value that is taken as one; a deeper one stays text. */
const deepest = 64

/**
 * What a tool of a server gives, as JSON: its structured content where there is some, else its text, as a value
 * where that is JSON itself. Pictures and sound are left out, and that is said. What is too long is cut, and that
 * is said, too.
 */
export function resultOf({ content, structuredContent }: CallToolResult): Json {
  if (structuredContent !== undefined) {
    const text = JSON.stringify(structuredContent)
    return fits(structuredContent, text) ? (JSON.parse(text) as Json) : cut(text)
  }
  const [first, ...more] = content
  if (first?.type === 'text' && more.length === 0) return valueOf(first.text)
  return cut(content.map(textOf).join('\n'))
}

/** What a tool says went wrong, short enough for the model. */
export const refusalOf = ({ content }: CallToolResult): string =>
  content.map(textOf).join(' ').trim().slice(0, 500) || 'It did not work.'

type Block = CallToolResult['content'][number]

function textOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return block.text
    case 'resource':
      return 'text' in block.resource ? block.resource.text : '[a file was left out]'
    case 'resource_link':
      return `[${block.name}: ${block.uri}]`
    default:
      return `[${block.type === 'image' ? 'a picture' : 'a sound'} was left out]`
  }
}

/** A text that is an object or a list is one; a number stays the text it is. */
function valueOf(text: string): Json {
  if (text.length > longestResult || !/^\s*[[{]/.test(text)) return cut(text)
  try {
    const value = JSON.parse(text) as Json
    return fits(value, text) ? value : text
  } catch {
    return text
  }
}

const fits = (value: unknown, text: string): boolean =>
  text.length <= longestResult && isWithin(value, deepest)

function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isWithin(inner, levels - 1))
}

function cut(text: string): string {
  if (text.length <= longestResult) return text
  const left = text.length - longestResult
  return `${text.slice(0, longestResult)} [${left} more characters were left out]`
}
