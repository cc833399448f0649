/** How the cutter is set up. */
export interface SpanCutterOptions {
  readonly segmenter: Intl.Segmenter
  /** True: the first span may end early, at a comma after eight words. */
  readonly early?: boolean
}

/** Finds where spans begin, one character at a time. */
export interface SpanCutter {
  /** True when the character that comes next, one that is no white space, may begin a new span. */
  readonly isAtGap: boolean
  /** Takes the next UTF-16 unit. @returns whether it begins a new span (the first of all does not) */
  take(unit: string): boolean
}

/** Words after which the first clause may be spoken before its sentence is known. */
const earlyWords = 8
/** Length from which a span without an end is cut at the next space, in characters. */
const longSpan = 400
/** Length at which it is cut at the next letter, and beyond which it is cut anywhere. */
const longestSpan = 500
const hardLimit = 600

const closers = new Set('"\'”’»›)]}」』）】》〉')
const wideStops = new Set('。！？｡')
const clauseEnds = new Set(',;:')
const wideClauseEnds = new Set('、，；：—')

/** Abbreviations in front of a name: no sentence ends there. */
const titles =
  /^(?:mr|mrs|ms|mx|dr|st|prof|rev|gen|col|capt|cpt|lt|sgt|sen|rep|gov|hon|messrs|vs|e\.g|i\.e|viz|al|cf|resp|approx|incl)$/i
/** Abbreviations in front of a number. */
const counted =
  /^(?:nos?|nr|pp?|figs?|vol|ch|sec|art|ext|tel|op|ca|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)$/i
/** Initials and the like: J. R., U.S., Ph.D. A lone "I" is a word. */
const initials = /^(?:(?!I$)\p{Lu}|\p{Lu}\p{Ll}?(?:\.\p{Lu}\p{Ll}?)+)$/u
/** Number or letter of a list item at the beginning of a line. */
const listNumber = /^\s*(?:\d{1,3}|[a-zA-Z])[.)]\s*$/
const wide = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`
/** A word, or two characters of a script that has no spaces. */
const wordLike = new RegExp(
  String.raw`${wide}{1,2}|(?:(?!${wide})[^\s—])*[\p{L}\p{N}](?:(?!${wide})[^\s—])*`,
  'gu',
)

const isSpace = (unit: string): boolean => /\s/.test(unit)
const isLowSurrogate = (unit: string): boolean => /[\udc00-\udfff]/.test(unit)

/** What finds sentence ends. It is dear to make and keeps nothing, so one serves a whole call. */
export const createSegmenter = (): Intl.Segmenter =>
  new Intl.Segmenter('en', { granularity: 'sentence' })

/**
 * Cuts a stream of text into spans at sentence ends and line ends. What a character belongs to is known
 * when it comes, so nothing waits and it does not matter in which chunks the text arrives. White space
 * belongs to the span before it.
 */
export function createSpanCutter({ segmenter, early = false }: SpanCutterOptions): SpanCutter {
  let sentence = ''
  let last = ''
  let hasWords = false
  let mayBeEarly = early
  const endsBefore = (unit: string): boolean => {
    const { length } = sentence
    // Within a word: nearly always. Looking at the sentence would copy it for each letter.
    if (length < longSpan && !isGap(last)) return false
    if (!hasWords || isLowSurrogate(unit)) return false
    if (length >= longSpan && (isSpace(sentence.at(-1) ?? '') || length >= hardLimit)) return true
    if (length >= longestSpan && /[\p{L}\p{N}]/u.test(unit)) return true
    const tail = tailOf(sentence)
    if (tail.hasNewline || isSentenceEnd(segmenter, sentence, tail, unit)) return true
    return mayBeEarly && isClauseEnd(sentence, tail)
  }
  return {
    get isAtGap() {
      return !hasWords || isGap(last)
    },
    take(unit) {
      if (isSpace(unit)) {
        last = unit
        // Nobody reads how much white space there is; only the bound does.
        if (sentence.length < hardLimit || unit === '\n') sentence += unit
        return false
      }
      const cut = endsBefore(unit)
      if (cut) {
        sentence = ''
        mayBeEarly = false
      }
      sentence += unit
      last = unit
      hasWords = true
      return cut
    },
  }
}

/** What stands at the end of a text: words, then stops, then closing quotes, then white space. */
interface Tail {
  readonly hasNewline: boolean
  readonly hasSpace: boolean
  /** Where the closing quotes begin, and where the white space does. */
  readonly closersAt: number
  readonly spaceAt: number
}

function tailOf(text: string): Tail {
  let spaceAt = text.length
  let hasNewline = false
  while (spaceAt > 0 && isSpace(text.charAt(spaceAt - 1))) {
    spaceAt--
    hasNewline ||= /[\n\r\u2028\u2029]/.test(text.charAt(spaceAt))
  }
  let closersAt = spaceAt
  while (closersAt > 0 && closers.has(text.charAt(closersAt - 1))) closersAt--
  return { hasNewline, hasSpace: spaceAt < text.length, closersAt, spaceAt }
}

/** True for a character behind which a span may end. */
const isGap = (last: string): boolean =>
  isSpace(last) || wideStops.has(last) || closers.has(last) || wideClauseEnds.has(last)

function isSentenceEnd(
  segmenter: Intl.Segmenter,
  text: string,
  { hasSpace, closersAt, spaceAt }: Tail,
  next: string,
): boolean {
  const stop = text.charAt(closersAt - 1)
  if (wideStops.has(stop)) return !closers.has(next) && !wideStops.has(next)
  if (!hasSpace || !'.!?…'.includes(stop) || stop === '') return false
  const isQuoted = spaceAt > closersAt
  // "Stop!" she said. The segmenter looks at small letters behind a full stop only.
  if (isQuoted && stop !== '.' && /\p{Ll}/u.test(next)) return false
  if (stop === '.' && isAbbreviated(text.slice(0, closersAt - 1), next)) return false
  // What the segmenter would say, too; asking it costs a copy of the text outside the heap.
  if (/[\p{Lu}\p{N}]/u.test(next)) return true
  const asked = text.replaceAll('…', '.') + next
  return segmenter.segment(asked).containing(text.length)?.index === text.length
}

/** True when a full stop after `text` belongs to its last word. */
function isAbbreviated(text: string, next: string): boolean {
  if (listNumber.test(`${text}.`)) return true
  const word = /[^\s([{"'“‘]*$/.exec(text.slice(-20))?.[0] ?? ''
  if (titles.test(word) || initials.test(word)) return true
  return counted.test(word) && /\d/.test(next)
}

function isClauseEnd(text: string, { hasSpace, closersAt }: Tail): boolean {
  const mark = text.charAt(closersAt - 1)
  const isEnd = wideClauseEnds.has(mark) || (hasSpace && clauseEnds.has(mark))
  return isEnd && (text.match(wordLike)?.length ?? 0) >= earlyWords
}
