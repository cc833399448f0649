/** Cuts a stream of sound into windows of one length, whatever the length of the pieces it comes in. */
export interface Windows {
  /**
   * Takes the next piece and gives the windows that it completes, each with the number of samples that
   * follow it in the piece. Windows are views where they can be, so nobody may write to them.
   */
  take(samples: Int16Array): readonly CutWindow[]
  /** Samples that wait for the rest of their window. */
  readonly waiting: number
}

/** A window and how many samples of its piece come behind it. */
export interface CutWindow {
  readonly samples: Int16Array
  readonly behind: number
}

/** Makes the cutter of one stream. It keeps less than a window. */
export function createWindows(length: number): Windows {
  let rest = new Int16Array(0)
  return {
    take(piece) {
      const samples = rest.length === 0 ? piece : joined(rest, piece)
      const cut: CutWindow[] = []
      let from = 0
      for (; from + length <= samples.length; from += length) {
        const behind = samples.length - from - length
        cut.push({ samples: samples.subarray(from, from + length), behind })
      }
      rest = samples.slice(from)
      return cut
    },
    get waiting() {
      return rest.length
    },
  }
}

function joined(head: Int16Array, tail: Int16Array): Int16Array {
  const samples = new Int16Array(head.length + tail.length)
  samples.set(head)
  samples.set(tail, head.length)
  return samples
}
