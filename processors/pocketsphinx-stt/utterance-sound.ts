/** The sound of a stream, kept so that an utterance can begin before anybody knew of it. */
export interface UtteranceSound {
  /** Takes the next samples of the stream. */
  take(samples: Int16Array): void
  /** An utterance has begun `backMs` ago: what came since then is the first of it. */
  begin(backMs: number): void
  /** The next piece of the utterance, once there is enough for one; nothing between utterances. */
  next(): Int16Array | undefined
  /** The utterance is over: what is left of it. */
  end(): Int16Array
}

/** How far back an utterance may begin, in ms; a detector that is later loses the first sound. */
const longestBackMs = 1_000
/** Length of a piece, in ms: short enough for words so far, long enough to cost few messages. */
const pieceMs = 100

/** Makes the memory of one stream of `sampleRate` Hz, mono; it keeps a second of it. */
export function createUtteranceSound(sampleRate: number): UtteranceSound {
  const samplesOf = (ms: number): number => Math.round((ms * sampleRate) / 1000)
  const piece = samplesOf(pieceMs)
  let kept: Int16Array[] = []
  let length = 0
  let isOpen = false

  function dropOldest(least: number): void {
    for (let first = kept[0]; first !== undefined; first = kept[0]) {
      if (length - first.length < least) return
      kept.shift()
      length -= first.length
    }
  }
  function takeAll(): Int16Array {
    const all = new Int16Array(length)
    let at = 0
    for (const samples of kept) {
      all.set(samples, at)
      at += samples.length
    }
    kept = []
    length = 0
    return all
  }

  return {
    take(samples) {
      kept.push(samples)
      length += samples.length
      if (!isOpen) dropOldest(samplesOf(longestBackMs))
    },
    begin(backMs) {
      isOpen = true
      const all = takeAll()
      const rest = all.subarray(Math.max(0, all.length - samplesOf(backMs)))
      kept = [rest]
      length = rest.length
    },
    next: () => (isOpen && length >= piece ? takeAll() : undefined),
    end() {
      isOpen = false
      return takeAll()
    },
  }
}
