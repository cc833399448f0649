import type { Clock, WavWriter } from 'voxgraph/plugin'
import type { SoundSink } from './connect-file.ts'

/** A sink that keeps what is heard in a file. */
export interface HeardFile extends SoundSink {
  /** Writes what was heard up to now and closes the file. Rejects when something could not be written. */
  close(): Promise<void>
}

interface Segment {
  readonly at: number
  readonly samples: Int16Array
}

/**
 * Writes what is heard on the time line of the clock, which begins now; where nothing is heard there is
 * silence. Sound is kept until its time has passed, so that `clear` can take it back.
 */
export function createHeardFile(clock: Clock, writer: WavWriter, sampleRate: number): HeardFile {
  const zero = clock.now()
  const positionOf = (ms: number): number =>
    Math.max(0, Math.round(((ms - zero) * sampleRate) / 1000))
  let ahead: Segment[] = []
  let written = 0
  let failure: unknown

  function writeTo(until: number): void {
    if (failure !== undefined) return
    try {
      while (ahead[0] !== undefined && ahead[0].at < until) {
        const { at, samples } = ahead[0]
        const part = samples.subarray(0, until - at)
        keepTimeWith(writer.silence(at - written))
        keepTimeWith(writer.write(part))
        written = Math.max(written, at) + part.length
        if (part.length === samples.length) ahead.shift()
        else ahead[0] = { at: until, samples: samples.subarray(part.length) }
      }
    } catch (thrown) {
      failure = thrown
      ahead = []
    }
  }
  /** Under virtual time the clock waits when the disk is behind. */
  const keepTimeWith = (wait: Promise<void> | undefined): void => {
    if (wait !== undefined) void clock.work(wait)
  }

  return {
    write(samples, atMs) {
      writeTo(positionOf(clock.now()))
      const last = ahead.at(-1)
      const end = last === undefined ? written : last.at + last.samples.length
      ahead.push({ at: Math.max(end, positionOf(atMs)), samples })
    },
    clear(atMs) {
      writeTo(positionOf(atMs))
      ahead = []
    },
    async close() {
      const until = positionOf(clock.now())
      writeTo(until)
      if (failure === undefined) void writer.silence(until - written)
      await clock.work(writer.close())
      if (failure !== undefined) throw failure as Error
    },
  }
}
