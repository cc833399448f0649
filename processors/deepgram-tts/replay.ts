import type { UtteranceText } from 'voxgraph/plugin'

/** Text that can be read several times, each time from its beginning. */
export interface Replay {
  read(): AsyncIterable<UtteranceText>
}

/** Reads a text once, from the first `read` on, and keeps it: one answer at most. */
export function createReplay(text: AsyncIterable<UtteranceText>): Replay {
  const known: UtteranceText[] = []
  let end: { readonly thrown?: unknown } | undefined
  let isReading = false
  let next = Promise.withResolvers<void>()
  const wake = (): void => {
    next.resolve()
    next = Promise.withResolvers()
  }
  async function pump(): Promise<void> {
    try {
      for await (const piece of text) {
        known.push(piece)
        wake()
      }
      end = {}
    } catch (thrown) {
      end = { thrown }
    }
    wake()
  }
  return {
    async *read() {
      if (!isReading) void pump()
      isReading = true
      for (let at = 0; ; at++) {
        while (at >= known.length && end === undefined) await next.promise
        const piece = known[at]
        if (piece !== undefined) yield piece
        else if (end !== undefined && 'thrown' in end) throw end.thrown
        else return
      }
    },
  }
}
