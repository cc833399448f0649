import { silent, unlessOver, type Found, type Mark, type Reading } from './speakable-mark.ts'

/** The rest of a line, and whether its end is known. */
interface Line {
  readonly text: string
  readonly isWhole: boolean
}

/** What only stands at the beginning of a line: lists, headings, quotes, rules, tables, fenced code. */
export function blockMark(reading: Reading, view: string, isOver: boolean): Found {
  const newline = view.indexOf('\n')
  const text = newline < 0 ? view : view.slice(0, newline)
  const line = { text, isWhole: newline >= 0 || isOver }
  if (reading.fence !== undefined) return fencedCode(reading, reading.fence, view, line)
  if (!reading.isStart) return undefined
  const first = view.charAt(0)
  switch (first) {
    case ' ':
    case '\t':
      return { text: first, spoken: first, keepsStart: true }
    case '`':
    case '~':
      return fence(reading, view, line)
    case '>':
      if (text === '>' && !line.isWhole) return 'more'
      return /^>(?:[ \t>]|$)/.test(text) ? { ...silent('>'), keepsStart: true } : undefined
    case '#':
      return heading(reading, line)
    case '|':
      return tableRow(reading, line)
    case '[':
      return reading.isAfterBullet ? taskBox(view, isOver) : undefined
    default:
      return '-*_+=•‣◦'.includes(first) ? ruleOrBullet(reading, line) : undefined
  }
}

function fencedCode(
  reading: Reading,
  fence: { readonly mark: string; isStart: boolean },
  view: string,
  line: Line,
): Found {
  if (fence.isStart) {
    const closing = line.text.trim()
    const isMark = /^(?:`*|~*)$/.test(closing) && closing.startsWith(fence.mark)
    if (isMark && line.isWhole) {
      reading.fence = undefined
      return { ...silent(line.text), code: true }
    }
    const { mark } = fence
    const mayClose = isMark || mark.startsWith(closing)
    if (mayClose && !line.isWhole) return 'more'
  }
  const text = line.text.length < view.length ? view.slice(0, line.text.length + 1) : view
  fence.isStart = text.endsWith('\n')
  return { ...silent(text), code: true }
}

function fence(reading: Reading, view: string, line: Line): Found {
  const mark = /^(?:`+|~+)/.exec(line.text)?.[0] ?? ''
  const info = line.text.slice(mark.length)
  if (mark.length < 3) return info === '' && !line.isWhole ? 'more' : undefined
  if (mark.startsWith('`') && info.includes('`')) return undefined
  if (!line.isWhole) return 'more'
  reading.fence = { mark, isStart: true }
  return { ...silent(view.slice(0, line.text.length + 1)), code: true }
}

function heading(reading: Reading, { text, isWhole }: Line): Found {
  const mark = /^#+/.exec(text)?.[0] ?? ''
  if (mark.length > 6) return undefined
  if (mark === text) {
    if (!isWhole) return 'more'
    return mark.length > 1 ? silent(mark) : undefined
  }
  if (!/[ \t]/.test(text.charAt(mark.length))) return undefined
  reading.isHeading = true
  return silent(mark)
}

function tableRow(reading: Reading, { text, isWhole }: Line): Found {
  if (/^[|:\- \t]*$/.test(text)) return isWhole ? silent(text) : 'more'
  reading.isTable = true
  return silent('|')
}

function taskBox(view: string, isOver: boolean): Found {
  if (/^\[(?:[ xX]\]?)?$/.test(view)) return unlessOver(isOver)
  const box = /^\[[ xX]\](?=[ \t])/.exec(view)?.[0]
  return box === undefined ? undefined : silent(box)
}

function ruleOrBullet(reading: Reading, { text, isWhole }: Line): Found {
  if (/^([-*_=])(?:[ \t]*\1)*[ \t]*$/.test(text) || text === '+') {
    if (!isWhole) return 'more'
    const marks = text.replace(/[ \t]/g, '').length
    const isRule = text.startsWith('=') ? marks > 1 : marks > 2
    if (isRule || text.trim() === '-') return silent(text)
  }
  const bullet = /^[-*+•‣◦][ \t]/.exec(text)?.[0]
  if (bullet === undefined) return /^[•‣◦]$/.test(text) && !isWhole ? 'more' : undefined
  reading.isAfterBullet = true
  return { ...silent(bullet), keepsStart: true } satisfies Mark
}
