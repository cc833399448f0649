import { linkMark } from './speakable-link.ts'
import { plainSign, silent, unlessOver, type Found, type Reading } from './speakable-mark.ts'

const escapable = /^\\[!-/:-@[-`{-~]/
const isBlank = (sign: string): boolean => sign === '' || /\s/.test(sign)
const isWordSign = (sign: string): boolean => /[\p{L}\p{N}]/u.test(sign)
/** What emphasis may begin with; not "*.ts" nor "*)". */
const opening = /[\p{L}\p{N}"'“‘([{_*~$€£#<¡¿\\`!&@+-]|[\ud800-\udbff]/u
/** Signs that are pictures in themselves; ©, ®, ™, ‼ and ⁉ are spoken. */
const picture = /^(?![©®™‼⁉ℹ])[\p{Extended_Pictographic}\p{Regional_Indicator}\u{e0020}-\u{e007f}]/u
/** What comes behind a sign and makes a picture of it, or of another colour. */
const picturePart = /^(?:[\ufe0e\ufe0f\u20e3]|\p{Emoji_Modifier})/u
const zeroWidthJoiner = '\u200d'

/** What may stand anywhere in a line: emphasis, code, links, escapes, tags, emoji. */
export function inlineMark(reading: Reading, view: string, isOver: boolean): Found {
  const first = view.charAt(0)
  if (reading.isInTarget) {
    const target = /^[^\s)]+|^\)/.exec(view)?.[0]
    if (target === undefined || target === ')') reading.isInTarget = false
    if (target !== undefined) return silent(target)
  }
  if (first === '`') return codeMark(reading, view, isOver)
  if (reading.code > 0 && first !== '\n') return pictureMark(reading, view, isOver)
  switch (first) {
    case '\\':
      if (view.length === 1) return unlessOver(isOver)
      return escapable.test(view) ? { text: view.slice(0, 2), spoken: view.charAt(1) } : undefined
    case '*':
    case '_':
    case '~':
      return emphasis(reading, view, isOver)
    case '!':
      if (view.length === 1) return unlessOver(isOver)
      return view.startsWith('![') ? linkMark(reading, view, isOver) : undefined
    case '[':
      return linkMark(reading, view, isOver)
    case '<':
      return tag(view, isOver)
    case '|':
      return reading.isTable ? cellEnd(view, isOver) : undefined
    case '#':
      return reading.isHeading && isBlank(reading.before) ? headingEnd(view, isOver) : undefined
    default:
      return pictureMark(reading, view, isOver)
  }
}

function codeMark(reading: Reading, view: string, isOver: boolean): Found {
  const run = /^`+/.exec(view)?.[0] ?? ''
  if (run === view && !isOver) return 'more'
  if (reading.code > 0 && reading.code !== run.length) return { text: run, spoken: run }
  if (reading.code === 0) {
    reading.code = run.length
    return silent(run)
  }
  reading.code = 0
  return { ...silent(run), closes: true }
}

function emphasis({ open, before }: Reading, view: string, isOver: boolean): Found {
  const run = /^(?:\*+|_+|~+)/.exec(view)?.[0] ?? ''
  if (run === view && !isOver) return 'more'
  const after = view.charAt(run.length)
  const asItIs = { text: run, spoken: run }
  const isInWord = isWordSign(before) && isWordSign(after)
  if ((run.startsWith('~') && run.length !== 2) || (run.startsWith('_') && isInWord)) return asItIs
  const opener = open.findLastIndex((mark) => mark.startsWith(run.charAt(0)))
  const isSame = open[opener] === run && run.length > 1
  if (opener >= 0 && (!isBlank(before) || isSame)) {
    open.length = opener
    return { ...silent(run), closes: true }
  }
  const isProduct = isInWord && (run.length === 1 || /\d/.test(before + after))
  if (isProduct || !opening.test(after)) return asItIs
  open.push(run)
  return silent(run)
}

const tagNames =
  /^<\/?(?:br|b|i|em|strong|u|s|sub|sup|p|ul|ol|li|code|pre|span|div|hr|small|mark|del)[ \t]?\/?>/i
const address = /^<((?:https?:\/\/|mailto:)[^\s<>]+|[\w.+-]+@[\w.-]+)>/i
/** What may become a tag or an address in angle brackets. */
const tagBegun =
  /^<(?:\/?(?:[a-z]+[ \t]?\/?)?|[\w.+-]*(?:@[\w.-]*)?|(?:https?:\/{0,2}|https?:\/\/[^\s<>]*|mailto:[^\s<>]*))$/i

function tag(view: string, isOver: boolean): Found {
  const found = address.exec(view)
  if (found !== null) return { text: found[0], spoken: found[1] ?? '' }
  const name = tagNames.exec(view)?.[0]
  if (name !== undefined) return silent(name)
  return tagBegun.test(view) ? unlessOver(isOver) : undefined
}

function cellEnd(view: string, isOver: boolean): Found {
  const isLast = /^\|[ \t]*(?:\n|$)/.test(view)
  if (!isLast) return { text: '|', spoken: ',' }
  return view.includes('\n') || isOver ? silent('|') : 'more'
}

function headingEnd(view: string, isOver: boolean): Found {
  const marks = /^(#+)[ \t]*(?:\n|$)/.exec(view)
  if (marks === null) return undefined
  return view.includes('\n') || isOver ? silent(marks[1] ?? '') : 'more'
}

function pictureMark(reading: Reading, view: string, isOver: boolean): Found {
  if (/^[\ud800-\udbff]$/.test(view)) return unlessOver(isOver)
  const sign = plainSign(view).text
  const isJoined = reading.isAfterEmoji && sign === zeroWidthJoiner
  if (picture.test(sign) || picturePart.test(sign) || isJoined) {
    reading.isAfterEmoji = true
    return silent(sign)
  }
  return undefined
}
