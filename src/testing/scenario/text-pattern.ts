import { createContext, Script, type Context } from 'node:vm'
import { reasonOf } from '../../errors/voxgraph-error.ts'

/** A text that a test looks for. */
export interface TextPattern {
  /** As it was written. */
  readonly shown: string
  /** @throws PatternTooSlow */
  test(text: string): boolean
}

/** A regular expression took longer than any that is meant well. */
export class PatternTooSlow extends Error {
  override readonly name = 'PatternTooSlow'
}

/** Longest expression, in characters. */
const longestExpression = 500
/** Most of a text that is looked at, in characters: its end. */
const longestText = 20_000
/** How long one look may take, in ms of real time. A good one takes microseconds. */
const mostMs = 1000

/**
 * Reads a pattern: `/x/`, with `i` and `u` behind it if wanted, is a regular expression; anything else is text
 * that must be contained, whatever its case and spaces.
 * @throws Error that says what is wrong with the expression
 */
export function textPattern(written: string): TextPattern {
  const match = /^\/(.+)\/([a-z]*)$/s.exec(written)
  if (match === null) {
    const wanted = plain(written)
    return { shown: `"${written}"`, test: (text) => plain(text).includes(wanted) }
  }
  const [, source = '', flags = ''] = match
  if (source.length > longestExpression) {
    throw new Error(`it is longer than ${longestExpression} characters`)
  }
  if (/[^iu]/.test(flags)) throw new Error('only the flags i and u make sense here')
  try {
    new RegExp(source, flags)
  } catch (thrown) {
    throw new Error(reasonOf(thrown).replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, ''), {
      cause: thrown,
    })
  }
  return { shown: written, test: bounded(written, source, flags) }
}

/** An expression can take for ever on a short text; one that runs in a script can be stopped. */
function bounded(shown: string, source: string, flags: string): (text: string) => boolean {
  const script = new Script('new RegExp(source, flags).test(text)')
  let context: Context | undefined
  return (text) => {
    context ??= createContext({ source, flags, text: '' })
    context['text'] = text.slice(-longestText)
    try {
      return script.runInContext(context, { timeout: mostMs }) === true
    } catch (thrown) {
      const isSlow = (thrown as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
      if (!isSlow) throw thrown
      throw new PatternTooSlow(`${shown} took more than ${mostMs} ms on one text`)
    }
  }
}

const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ').trim()
