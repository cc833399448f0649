/** Sound on its way into chunks of one length. */
export interface Chunks {
  /** Takes sound of any length; gives the chunks that are full by now. */
  push(samples: Int16Array): readonly Int16Array[]
  /** What is left, shorter than a chunk; empty when there is nothing. */
  flush(): Int16Array
}

/** Gathers sound into chunks of `length` samples. */
export function createChunks(length: number): Chunks {
  const chunk = new Int16Array(length)
  let filled = 0
  return {
    push(samples) {
      const full: Int16Array[] = []
      for (let at = 0; at < samples.length;) {
        const part = samples.subarray(at, at + length - filled)
        chunk.set(part, filled)
        at += part.length
        filled += part.length
        if (filled < length) break
        full.push(chunk.slice())
        filled = 0
      }
      return full
    },
    flush() {
      const rest = chunk.slice(0, filled)
      filled = 0
      return rest
    },
  }
}
