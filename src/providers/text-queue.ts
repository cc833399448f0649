import type { UtteranceText } from '../define/index.ts'

/** Text on its way to a voice: pushed in, read out once, in order. */
export interface TextQueue extends AsyncIterable<UtteranceText> {
  push(text: UtteranceText): void
  /** There is no more. What was pushed is still read. */
  end(): void
}

/** Makes a queue. It holds what nobody has read yet: one answer at most. */
export function createTextQueue(): TextQueue {
  const waiting: UtteranceText[] = []
  let isEnded = false
  let wake = (): void => undefined
  return {
    push(text) {
      waiting.push(text)
      wake()
    },
    end() {
      isEnded = true
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else if (isEnded) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
