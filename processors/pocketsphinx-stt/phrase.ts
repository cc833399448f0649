import { SttError } from './stt-error.ts'

/** A phrase taken apart. An optional part is a choice with an empty sequence. */
export type Phrase =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Phrase[] }
  | { readonly kind: 'choice'; readonly parts: readonly Phrase[] }

/** Values of each slot; a value may be several words. */
export type Slots = Readonly<Record<string, readonly string[]>>

/** Words, brackets and slots of a phrase, at most; 30 s of speech have 100 words. */
const mostTokens = 400
const nothing: Phrase = { kind: 'sequence', parts: [] }

/**
 * Reads a phrase: words, `(one|other)`, `[optional]` and `{slot}`, nested as you like. Words are taken in
 * lower case; punctuation around them is dropped.
 *
 * @throws SttError `bad-phrase`
 */
export function parsePhrase(text: string, slots: Slots): Phrase {
  const tokens = text.match(/[()[\]|]|\{[^{}]*\}|[{}]|[^\s()[\]{}|]+/g) ?? []
  if (tokens.length > mostTokens) throw fault(text, 'it is too long to be said')
  let next = 0

  function choice(): Phrase {
    const parts = [sequence()]
    while (tokens[next] === '|') {
      next += 1
      parts.push(sequence())
    }
    return parts.length === 1 ? (parts[0] ?? nothing) : { kind: 'choice', parts }
  }
  function sequence(): Phrase {
    const parts: Phrase[] = []
    for (let token = tokens[next]; token !== undefined; token = tokens[next]) {
      if (token === '|' || token === ')' || token === ']') break
      next += 1
      parts.push(part(token))
    }
    return { kind: 'sequence', parts }
  }
  function part(token: string): Phrase {
    if (token === '(') return closed(choice(), ')')
    if (token === '[') return { kind: 'choice', parts: [closed(choice(), ']'), nothing] }
    if (token === '{' || token === '}') throw fault(text, `"${token}" stands alone`)
    if (token.startsWith('{')) return slot(token.slice(1, -1).trim())
    return wordOf(token)
  }
  function closed(inner: Phrase, bracket: string): Phrase {
    if (tokens[next] !== bracket) throw fault(text, `"${bracket}" is missing`)
    next += 1
    return inner
  }
  function slot(name: string): Phrase {
    const values = slots[name]
    if (values === undefined) throw fault(text, `there is no slot "${name}"`)
    return { kind: 'choice', parts: values.map((value) => parsePhrase(value, {})) }
  }

  const phrase = choice()
  if (next < tokens.length) throw fault(text, `"${tokens[next]}" is never opened`)
  if (!saysSomething(phrase)) throw fault(text, 'it may be silence')
  return phrase
}

function wordOf(token: string): Phrase {
  const word = token
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/^[^\p{L}\p{N}']+|[^\p{L}\p{N}']+$/gu, '')
  return word === '' ? nothing : { kind: 'word', word }
}

/** False when a phrase can be passed without a word. */
function saysSomething(phrase: Phrase): boolean {
  if (phrase.kind === 'word') return true
  if (phrase.kind === 'sequence') return phrase.parts.some(saysSomething)
  return phrase.parts.length > 0 && phrase.parts.every(saysSomething)
}

const fault = (text: string, reason: string): SttError => {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new SttError('bad-phrase', `The phrase "${shown}" cannot be read: ${reason}.`, [text])
}
