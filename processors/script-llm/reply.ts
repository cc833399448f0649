import type { Json, ToolOutcome } from 'voxgraph/plugin'
import type { Answer, Rule } from './dialogue.ts'
import type { SlotValue } from './slots.ts'

/** What is known when something is said. */
export interface Known {
  readonly slots: ReadonlyMap<string, SlotValue>
  readonly result: ToolOutcome | undefined
}

const placeholder = /\{\s*([a-z][a-z0-9_]*(?:\.[\w-]+)*)\s*\}/g

/** Names in braces in a text: slots, and `result` or fields of it. */
export const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(placeholder)].map((match) => match[1] ?? '')

/** A text with slots as they were said and fields of the result put in. */
export const fillIn = (text: string, known: Known): string =>
  text.replace(placeholder, (_, name: string) => spoken(valueOf(name, known, 'heard')))

/** Arguments of a tool: what the slots mean. A text that is one slot and nothing else keeps its type. */
export function argumentsOf(written: Json, known: Known): Json {
  if (typeof written === 'string') {
    const [name] = namesIn(written)
    const isAlone = name !== undefined && written.trim().replace(placeholder, '') === ''
    if (isAlone) return valueOf(name, known, 'value')
    return written.replace(placeholder, (_, one: string) => spoken(valueOf(one, known, 'value')))
  }
  if (typeof written !== 'object' || written === null) return written
  if (Array.isArray(written)) return written.map((item: Json) => argumentsOf(item, known))
  const entries = Object.entries(written as { readonly [key: string]: Json })
  return Object.fromEntries(entries.map(([key, value]) => [key, argumentsOf(value, known)]))
}

/** The answer of a rule to the result of its tool; without a tool, its answer. */
export function answerFor(rule: Rule, result: ToolOutcome | undefined): Answer {
  if (result === undefined) return rule.answer
  if (result.status !== 'ok') return rule.failed
  const fits = rule.cases.find(({ if: fields }) =>
    Object.entries(fields).every(([path, value]) => isSame(fieldOf(result.value, path), value)),
  )
  return fits?.answer ?? rule.answer
}

function valueOf(name: string, known: Known, as: 'heard' | 'value'): Json {
  if (name !== 'result' && !name.startsWith('result.')) return known.slots.get(name)?.[as] ?? null
  if (known.result?.status !== 'ok') return null
  return fieldOf(known.result.value, name.slice('result.'.length))
}

function fieldOf(value: Json, path: string): Json {
  let field: Json | undefined = value
  for (const key of path === '' ? [] : path.split('.')) {
    if (typeof field !== 'object' || field === null || !Object.hasOwn(field, key)) return null
    field = (field as { readonly [key: string]: Json })[key]
  }
  return field ?? null
}

const isSame = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other)

const lists = new Intl.ListFormat('en', { type: 'conjunction' })

function spoken(value: Json): string {
  if (value === null) return ''
  if (Array.isArray(value)) return lists.format(value.map((item: Json) => spoken(item)))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
