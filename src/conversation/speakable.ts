import { blockMark } from './speakable-block.ts'
import { inlineMark } from './speakable-inline.ts'
import {
  longestMark,
  newReading,
  plainSign,
  type Atom,
  type Mark,
  type Reading,
} from './speakable-mark.ts'

/** Letters, digits and signs that are no part of a mark within a line, in a run. */
const plainRun = /[\p{L}\p{N} ,.;:?'"()/%$€£@&+=“”‘’…–—-]+/uy

/**
 * Reads Markdown and says, part by part, what of it a voice should say. It holds back only what may be a
 * mark that is not complete, `longestMark` characters at most, so it does not matter in which chunks the
 * text arrives. The parts add up to the text.
 */
export function createSpeakable(): {
  /** Takes more text. @returns what is known to be a mark, or to be none */
  push(text: string): Atom[]
  /** The text is over: what was held back is no mark. */
  flush(): Atom[]
} {
  const reading = newReading()
  let rest = ''
  const read = (isOver: boolean): Atom[] => {
    const atoms: Atom[] = []
    let at = 0
    while (at < rest.length) {
      const view = rest.slice(at, at + longestMark)
      const mark = nextMark(reading, view, isOver && at + view.length === rest.length)
      if (mark === 'more' && view.length < longestMark) break
      // What is longer than a mark may be is spoken as it is.
      const taken = mark === 'more' ? plainSign(view) : mark
      take(reading, taken, atoms)
      at += taken.text.length
    }
    rest = rest.slice(at)
    return atoms
  }
  return {
    push(text) {
      rest += text
      return read(false)
    },
    flush: () => read(true),
  }
}

function nextMark(reading: Reading, view: string, isOver: boolean): Mark | 'more' {
  const block = blockMark(reading, view, isOver)
  if (block !== undefined) return block
  if (!reading.isInTarget) {
    plainRun.lastIndex = 0
    const run = plainRun.exec(view)?.[0]
    if (run !== undefined) return { text: run, spoken: run }
  }
  return inlineMark(reading, view, isOver) ?? plainSign(view)
}

/** Puts down what a mark stands for, and notes where in its line the text is now. */
function take(reading: Reading, mark: Mark, atoms: Atom[]): void {
  const { text, spoken, code = false, closes = false, label } = mark
  if (label === undefined) atoms.push({ text, spoken, code, closes })
  else {
    atoms.push({ text: label.open, spoken: '', code, closes })
    readLabel(reading, label.text, atoms)
    atoms.push({ text: label.close, spoken: '', code, closes: true })
  }
  if (text.endsWith('\n')) {
    const { fence } = reading
    Object.assign(reading, newReading(), { fence })
    return
  }
  if (mark.goesOn === true) reading.isInTarget = true
  if (mark.keepsStart !== true) reading.isStart = false
  if (spoken !== '') reading.isAfterEmoji = false
  reading.isAfterBullet &&= mark.keepsStart === true
  reading.before = text.at(-1) ?? ''
}

function readLabel(reading: Reading, label: string, atoms: Atom[]): void {
  reading.before = ''
  for (let at = 0; at < label.length;) {
    const view = label.slice(at)
    const found = inlineMark(reading, view, true)
    const mark = found === undefined || found === 'more' ? plainSign(view) : found
    take(reading, mark, atoms)
    at += mark.text.length
  }
}
