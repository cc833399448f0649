import { expression } from './expression.ts'
import type { Finder } from './finder.ts'
import { known, knownNames, knownWords } from './known.ts'
import { phrase } from './phrase.ts'

/** A rule that a log can name: `block[2]`, never what it is about. */
interface Rule {
  readonly name: string
  readonly finder: Finder
}

/** What may not be said, and what is said instead. */
export interface BlockRule extends Rule {
  readonly say: string
  /** The call ends when that has been heard. */
  readonly end: boolean
}

/** What is replaced, and the word that stands for it. */
export interface MaskRule extends Rule {
  readonly with: string
}

/** The rules of one guard. */
export interface Rules {
  readonly blocks: readonly BlockRule[]
  readonly masks: readonly MaskRule[]
  /** Nothing of a sentence is said when something in it is blocked. */
  readonly holdsSentence: boolean
  /** Nothing of a sentence goes on before its end is known. */
  readonly waits: boolean
}

type KnownName = (typeof knownNames)[number]

/** The options that make rules. */
export interface RuleOptions {
  readonly block: readonly (
    | string
    | {
        readonly match: string
        readonly say?: string | undefined
        readonly end?: boolean | undefined
      }
  )[]
  readonly mask: readonly (KnownName | { readonly match: string; readonly with: string })[]
  readonly say: string
  readonly hold: 'sentence' | 'match'
}

const isKnown = (name: string): name is KnownName => knownNames.some((one) => one === name)

/**
 * Makes the rules.
 * @throws Error that names a rule that cannot be used, and says why
 */
export function rulesOf({ block, mask, say, hold }: RuleOptions): Rules {
  const blocks = block.map((one, index) => {
    const { match, ...rest } = typeof one === 'string' ? { match: one } : one
    const name = `block[${index}]`
    return { name, finder: finderOf(name, match), say: rest.say ?? say, end: rest.end ?? false }
  })
  const masks = mask.map((one, index) => {
    if (typeof one === 'string') {
      return { name: one, finder: known[one], with: knownWords[one] }
    }
    const name = `mask[${index}]`
    const finder = isKnown(one.match) ? known[one.match] : finderOf(name, one.match)
    return { name, finder, with: one.with }
  })
  const holdsSentence = hold === 'sentence' && blocks.length > 0
  const waits = holdsSentence || [...blocks, ...masks].some(({ finder }) => finder.seesSentence)
  return { blocks, masks, holdsSentence, waits }
}

/** A phrase, or `/expression/flags`. */
function finderOf(name: string, match: string): Finder {
  try {
    const [, source, flags = ''] = /^\/(.+)\/([a-z]*)$/s.exec(match) ?? []
    return source === undefined ? phrase(match) : expression(source, flags)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new Error(`${name} cannot be used: ${reason}`, { cause: thrown })
  }
}
