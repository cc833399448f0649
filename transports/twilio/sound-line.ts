/** A piece of the caller's sound, as it comes. */
export interface Chunk {
  /** Counts pieces from 1. */
  readonly chunk: number
  /** Ms since the stream began, where it begins. */
  readonly timestamp: number
  /** µ-law, 8000 Hz, mono: a byte each sample. */
  readonly sound: Uint8Array
}

/** Where a line of sound stands. */
export interface SoundLine {
  /** Number of the piece that is next. */
  readonly next: number
  /** Ms of the stream that were given out; undefined: none yet. */
  readonly at: number | undefined
  /** Pieces that have overtaken others, in their order. */
  readonly waiting: readonly Chunk[]
}

/** A line of which nothing has come. */
export const newLine: SoundLine = { next: 1, at: undefined, waiting: [] }

/** Most pieces that wait for one that is late: 60 ms of them. Then it is lost. */
export const mostWaiting = 3
/** Longest silence that is put where sound is missing, in ms. */
export const longestGapMs = 1000
/** Length of a piece of it, in ms: what Twilio sends at a time. */
const pieceMs = 20
const bytesPerMs = 8
/** µ-law code of silence. */
const silence = 0xff

/**
 * Takes the next piece: what came twice, or too late, is dropped; what came too early waits for the pieces
 * before it; where sound is missing there is silence.
 * @returns the line afterwards, and the sound that is next
 */
export function takeChunk(line: SoundLine, chunk: Chunk): readonly [SoundLine, Uint8Array[]] {
  const isKnown = line.waiting.some((other) => other.chunk === chunk.chunk)
  if (chunk.chunk < line.next || isKnown) return [line, []]
  const waiting = [...line.waiting, chunk].sort((a, b) => a.chunk - b.chunk)
  const [first] = waiting
  if (first === undefined || (first.chunk > line.next && waiting.length <= mostWaiting)) {
    return [{ ...line, waiting }, []]
  }
  return giveOut({ ...line, next: first.chunk, waiting })
}

/** What still waits, when no more comes. */
export const restOfLine = ({ at, waiting }: SoundLine): readonly Uint8Array[] =>
  waiting.reduce<{ at: number | undefined; out: Uint8Array[] }>(
    (soFar, chunk) => {
      const out = [...soFar.out, ...withGap(soFar.at, chunk)]
      return { at: endOf(soFar.at, chunk), out }
    },
    { at, out: [] },
  ).out

/** Gives out what is in its order now. */
function giveOut(line: SoundLine): readonly [SoundLine, Uint8Array[]] {
  const out: Uint8Array[] = []
  let { next, at } = line
  const waiting = [...line.waiting]
  while (waiting[0]?.chunk === next) {
    const [chunk] = waiting.splice(0, 1)
    if (chunk === undefined) break
    out.push(...withGap(at, chunk))
    at = endOf(at, chunk)
    next++
  }
  return [{ next, at, waiting }, out]
}

const endOf = (at: number | undefined, { timestamp, sound }: Chunk): number =>
  Math.max(at ?? 0, timestamp) + sound.length / bytesPerMs

function withGap(at: number | undefined, { timestamp, sound }: Chunk): readonly Uint8Array[] {
  const gap = at === undefined ? 0 : Math.min(longestGapMs, timestamp - at)
  const pieces = Math.max(0, Math.floor(gap / pieceMs))
  const missing = Array.from({ length: pieces }, () =>
    new Uint8Array(pieceMs * bytesPerMs).fill(silence),
  )
  return [...missing, sound]
}
