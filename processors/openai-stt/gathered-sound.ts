/** What is kept from before the caller began to speak, as the detector says, in ms: the detector is late. */
const leadMs = 700
/** What is kept while nobody has said that the caller speaks, in ms. */
const idleMs = 30_000
/** Level above which a piece of sound is not silence: −60 dB of full scale. */
const quietest = 33
/** What is kept before the first sound that is not silence, in ms. */
const edgeMs = 300

/** Sound that is gathered until it is sent. */
export interface GatheredSound {
  /** All that was ever pushed, in ms. */
  readonly untilMs: number
  /** Sound since `begin`, in ms; 0 while nobody speaks. */
  readonly spokenMs: number
  push(samples: Int16Array): void
  /** The caller speaks: what came long before is forgotten. */
  begin(): void
  /** The caller has stopped. Gives what was gathered, without the silence before it; empty when all is silence. */
  take(): Int16Array
}

/** Makes an empty one. Pure: it keeps no time but that of the sound. */
export function createGatheredSound(sampleRate: number): GatheredSound {
  let pieces: Int16Array[] = []
  let kept = 0
  let pushed = 0
  let begun: number | undefined
  const msOf = (samples: number): number => (samples * 1000) / sampleRate
  const keep = (ms: number): void => {
    for (let first = pieces[0]; first !== undefined; first = pieces[0]) {
      if (msOf(kept - first.length) < ms) return
      kept -= first.length
      pieces.shift()
    }
  }
  return {
    get untilMs() {
      return msOf(pushed)
    },
    get spokenMs() {
      return begun === undefined ? 0 : msOf(pushed - begun)
    },
    push(samples) {
      pieces.push(samples)
      kept += samples.length
      pushed += samples.length
      if (begun === undefined) keep(idleMs)
    },
    begin() {
      if (begun !== undefined) return
      begun = pushed
      keep(leadMs)
    },
    take() {
      const loud = pieces.findIndex((piece) => levelOf(piece) > quietest)
      let from = loud
      for (let ms = 0; from > 0 && ms < edgeMs; from--) ms += msOf(pieces[from - 1]?.length ?? 0)
      const taken = loud < 0 ? [] : pieces.slice(from)
      const all = new Int16Array(taken.reduce((length, piece) => length + piece.length, 0))
      let at = 0
      for (const piece of taken) {
        all.set(piece, at)
        at += piece.length
      }
      pieces = []
      kept = 0
      begun = undefined
      return all
    },
  }
}

/** Root mean square of some sound. */
const levelOf = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / (samples.length || 1))
