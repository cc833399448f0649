import { longestMark, silent, type Found, type Mark, type Reading } from './speakable-mark.ts'

/** A target with balanced parentheses, and perhaps a title. */
const target =
  /^\([ \t]*(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?[ \t]*\)/
const targetBegun = /^\([ \t]*\S*(?:[ \t]+(?:["'][^\n]*)?)?$/
/** What a target that goes on beyond `longestMark` begins with. */
const longTarget = /^\((?:https?:|mailto:|tel:|data:|\/|#)\S*$/i

/** A link or a picture: what is spoken of `[label](target)` is the label. */
export function linkMark(reading: Reading, view: string, isOver: boolean): Found {
  const from = view.startsWith('!') ? 2 : 1
  const end = labelEnd(view, from)
  if (end === 'none') return undefined
  if (end === undefined) return isOver ? undefined : 'more'
  const label = view.slice(from, end)
  const open = view.slice(0, from)
  const rest = view.slice(end + 1)
  const link = (length: number): Mark => {
    const close = `]${rest.slice(0, length)}`
    return { text: open + label + close, spoken: '', label: { open, text: label, close } }
  }
  if (/^\^[^\s]+$/.test(label) && from === 1) return silent(view.slice(0, end + 1))
  if (rest === '') return isOver ? undefined : 'more'
  if (rest.startsWith('(')) {
    const whole = target.exec(rest)?.[0]
    if (whole !== undefined) return link(whole.length)
    const isLong = isOver || view.length >= longestMark
    if (isLong && longTarget.test(rest)) return { ...link(1), goesOn: true }
    return targetBegun.test(rest) && !isOver ? 'more' : undefined
  }
  if (!rest.startsWith('[') || /[\p{L}\p{N}]/u.test(reading.before)) return undefined
  const reference = /^\[[^\][\n]*\]/.exec(rest)?.[0]
  if (reference !== undefined) return link(reference.length)
  return /^\[[^\][\n]*$/.test(rest) && !isOver ? 'more' : undefined
}

/** Where the label ends; undefined while that is not known. */
function labelEnd(view: string, from: number): number | 'none' | undefined {
  let depth = 1
  for (let at = from; at < view.length; at++) {
    const sign = view.charAt(at)
    if (sign === '\n') return 'none'
    if (sign === '\\') at++
    else if (sign === '[') depth++
    else if (sign === ']' && --depth === 0) return at
  }
  return undefined
}
