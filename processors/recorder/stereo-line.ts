import type { WavWriter } from 'voxgraph/plugin'

/** Left is the caller, right is the bot. */
export type Side = 0 | 1

/**
 * The last seconds of a stereo recording, where sound can still be put in place; what is older goes to
 * the file. Positions are samples per channel since the recording began.
 */
export interface StereoLine {
  /** Puts sound in place. What lies before the part that is still open is left out. */
  put(side: Side, at: number, samples: Int16Array): void
  /** Closes everything before `until` and writes it. The promise is that of the writer. */
  writeUntil(until: number): Promise<void> | undefined
  /** Position after the last sound that was put in. */
  end(): number
}

/** Makes a line that begins at position 0. Nothing is kept but the open part. */
export function createStereoLine(writer: Pick<WavWriter, 'write' | 'silence'>): StereoLine {
  let open = new Int16Array(1 << 17)
  /** Position of the first sample of `open`. */
  let base = 0
  let end = 0

  function reserve(frames: number): void {
    if (frames * 2 <= open.length) return
    const larger = new Int16Array(2 ** Math.ceil(Math.log2(frames * 2)))
    larger.set(open)
    open = larger
  }

  return {
    put(side, at, samples) {
      const skipped = Math.max(0, base - at)
      reserve(at + samples.length - base)
      for (let index = skipped; index < samples.length; index++) {
        open[(at + index - base) * 2 + side] = samples[index] ?? 0
      }
      end = Math.max(end, at + samples.length)
    },
    writeUntil(until) {
      if (until <= base) return undefined
      const filled = Math.min(until, end) - base
      const sound = filled > 0 ? writer.write(open.subarray(0, filled * 2)) : undefined
      const silence = writer.silence(until - base - Math.max(0, filled))
      if (filled > 0) {
        open.copyWithin(0, filled * 2, Math.max(0, end - base) * 2)
        open.fill(0, Math.max(0, end - base - filled) * 2, Math.max(0, end - base) * 2)
      }
      base = until
      return silence ?? sound
    },
    end: () => end,
  }
}
