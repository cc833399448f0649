import type { FrameOf, Json } from '../frames/index.ts'

/** Tells of a hand-off in a few words: who gives the call to whom, why, and who has the floor then. */
export function handoffText({
  state,
  from,
  to,
  reason,
  pass,
}: Pick<FrameOf<'handoff'>, 'state' | 'from' | 'to' | 'reason' | 'pass'>): string {
  const why = reason === '' ? '' : `: ${reason}`
  if (state === 'returned') return `the floor goes back to ${from}${why}`
  if (state === 'done') return `${to} has the floor`
  const passed = shortJson(pass)
  const does = to === 'end' ? `${from} ends the call` : `${from} hands over to ${to}`
  return `${does}${why}${passed === '' ? '' : ` ${passed}`}`
}

/** JSON as people read it: `{ free: 3, note: "x" }`; nothing for an empty object. */
export function shortJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => shortJson(item)).join(', ')}]`
  const fields = Object.entries(value).map(([key, item]) => `${key}: ${shortJson(item as Json)}`)
  return fields.length === 0 ? '' : `{ ${fields.join(', ')} }`
}
