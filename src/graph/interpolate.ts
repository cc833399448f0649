/** Where a value can come from when the graph is loaded. */
export const schemes = ['env', 'secret', 'file', 'param'] as const

/** One of those places. */
export type Scheme = (typeof schemes)[number]

/** `${scheme:name}` in a text, with `:-fallback` or `:?complaint`. */
export interface Reference {
  readonly scheme: Scheme
  readonly name: string
  readonly fallback: string | undefined
  readonly complaint: string | undefined
  /** As it was written. */
  readonly written: string
}

/** What looks like a reference and is none. */
export interface Mistake {
  readonly kind: 'name' | 'bare' | 'unknown' | 'open'
  readonly name: string
  readonly written: string
}

/** A text cut into literal pieces and references, in order. */
export interface Interpolation {
  readonly pieces: readonly (string | Reference)[]
  readonly mistakes: readonly Mistake[]
}

/** Cuts a text. `$${` is a literal `${`, `$$NAME` a literal `$NAME`. */
export function parseInterpolation(text: string): Interpolation {
  const pieces: (string | Reference)[] = []
  const mistakes: Mistake[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const dollar = text.indexOf('$', at)
    if (dollar < 0) break
    literal += text.slice(at, dollar)
    at = dollar
    const rest = text.slice(dollar, dollar + 2)
    const bare = bareName(text, dollar)
    if (rest === '$$' && (text[dollar + 2] === '{' || bareName(text, dollar + 1) !== undefined)) {
      literal += '$'
      // The second dollar and what follows are literal too.
      at = dollar + 2
      const { length } = text[at] === '{' ? '{' : ''
      literal += text.slice(at, at + length)
      at += length
    } else if (rest === '${') {
      const found = readReference(text, dollar)
      if ('kind' in found) mistakes.push(found)
      else {
        if (literal !== '') pieces.push(literal)
        literal = ''
        pieces.push(found)
      }
      at = dollar + found.written.length
    } else if (bare !== undefined) {
      mistakes.push({ kind: 'bare', name: bare, written: `$${bare}` })
      at = dollar + 1 + bare.length
    } else {
      literal += '$'
      at = dollar + 1
    }
  }
  literal += text.slice(at)
  if (literal !== '') pieces.push(literal)
  return { pieces, mistakes }
}

/** Writes a text so that it is read as itself. */
export const escapeInterpolation = (text: string): string =>
  text.replace(/\$(?=\{|[A-Z][A-Z0-9_])/g, '$$$$')

/** `$NAME` as shells write it: two capitals or more, and no dollar or word before it. */
function bareName(text: string, dollar: number): string | undefined {
  return /^\$([A-Z][A-Z0-9_]+)/.exec(text.slice(dollar, dollar + 80))?.[1]
}

function readReference(text: string, start: number): Reference | Mistake {
  const close = text.indexOf('}', start)
  if (close < 0) return { kind: 'open', name: '', written: text.slice(start, start + 30) }
  const written = text.slice(start, close + 1)
  const inner = written.slice(2, -1)
  const match = /^(\w+):([^]*?)(?::([-?])([^]*))?$/.exec(inner)
  const scheme = schemes.find((one) => one === match?.[1])
  const name = match?.[2] ?? ''
  if (scheme === undefined || name === '') {
    const plain = /^[A-Za-z_]\w*$/.test(inner)
    return { kind: plain ? 'name' : 'unknown', name: inner, written }
  }
  const fallback = match?.[3] === '-' ? match[4] : undefined
  const complaint = match?.[3] === '?' ? match[4] : undefined
  return { scheme, name, fallback, complaint, written }
}
