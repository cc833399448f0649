import type { CorrectionFrame } from 'voxgraph/plugin'

/** What is really said of the spans of one response, the newest that is corrected. */
export function createCorrections(): {
  take(frame: CorrectionFrame): void
  /** Undefined where it is said as it is written. */
  of(response: number, span: number): string | undefined
} {
  const spans = new Map<number, string>()
  let corrected = 0
  let lastSpan = Infinity
  return {
    take({ of, span, text, last }) {
      if (of !== corrected) {
        spans.clear()
        lastSpan = Infinity
        corrected = of
      }
      spans.set(span, text)
      if (last) lastSpan = span
    },
    of(response, span) {
      if (response !== corrected) return undefined
      return span > lastSpan ? '' : spans.get(span)
    },
  }
}
