import { written, type SpokenSpan } from './heard-part.ts'

/** Puts what is really said in the place of what was written; the gap to the next span stays. */
export function correctSpan(span: SpokenSpan, said: string): void {
  const gap = /\s*$/.exec(written(span.pieces).slice(-1))?.[0] ?? ''
  const text = said.trim() === '' ? '' : said.trim() + gap
  span.pieces.splice(0, Infinity, { text, spoken: text })
  span.isCorrected = true
}
