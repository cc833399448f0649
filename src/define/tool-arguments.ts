import type { Json } from '../frames/index.ts'

/** The arguments of a tool call as a model writes them: a JSON object, or nothing for none. Undefined for anything else. */
export function toolArguments(json: string): { readonly [key: string]: Json } | undefined {
  if (json.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(json)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as { readonly [key: string]: Json }) : undefined
  } catch {
    return undefined
  }
}
