/** What a caller hears: sound that is to be played at certain times, and whether somebody speaks in it. */
export interface CallerEar {
  /** Sound that will be heard from `atMs` on; earlier sound that is still to be heard goes first. */
  hear(samples: Int16Array, atMs: number): void
  /** What has not been heard by `atMs` never will be. */
  clear(atMs: number): void
  /** The next `samples` samples of what is heard; silence where there is nothing. */
  take(samples: number): Int16Array
}

/** Makes an ear that begins to hear at 0 ms. It keeps what is ahead, without a bound but the sender's. */
export function createEar(sampleRate: number): CallerEar {
  let ahead: { readonly from: number; readonly samples: Int16Array }[] = []
  let position = 0
  const positionOf = (ms: number): number => Math.round((ms * sampleRate) / 1000)
  return {
    hear(samples, atMs) {
      const last = ahead.at(-1)
      const free = last === undefined ? position : last.from + last.samples.length
      ahead.push({ from: Math.max(free, positionOf(atMs)), samples })
    },
    clear(atMs) {
      const until = Math.max(position, positionOf(atMs))
      ahead = ahead.flatMap(({ from, samples }) => {
        const kept = samples.subarray(0, Math.max(0, until - from))
        return kept.length === 0 ? [] : [{ from, samples: kept }]
      })
    },
    take(count) {
      const heard = new Int16Array(count)
      const until = position + count
      for (const { from, samples } of ahead) {
        const begin = Math.max(from, position)
        const end = Math.min(from + samples.length, until)
        if (begin < end) heard.set(samples.subarray(begin - from, end - from), begin - position)
      }
      ahead = ahead.filter(({ from, samples }) => from + samples.length > until)
      position = until
      return heard
    },
  }
}

/** A change in whether somebody speaks; `at` is the true edge. */
export interface VoiceChange {
  readonly state: 'started' | 'stopped'
  readonly at: number
}

/** Root mean square above which sound is a voice: −43 dB of full scale. A synthetic voice is far louder. */
const voiceLevel = 230
/** Voice for this long is somebody speaking, in ms; shorter is a click. */
const leastVoiceMs = 40
/** Quiet for this long is the end of it, in ms; shorter is a pause between words. */
const leastQuietMs = 240

/** Loudness of a piece of sound: root mean square of its samples. */
export function levelOf(samples: Int16Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length)
}

/**
 * Tells a voice from silence by its loudness. The function takes the next piece of sound, of about 20 ms,
 * and the time at which it ends.
 */
export function createVoiceMeter(): (
  samples: Int16Array,
  endsAt: number,
  ms: number,
) => VoiceChange | undefined {
  let isSpeaking = false
  /** When what may become a change began. */
  let since: number | undefined
  return (samples, endsAt, ms) => {
    const isVoice = levelOf(samples) >= voiceLevel
    if (isVoice === isSpeaking) {
      since = undefined
      return undefined
    }
    since ??= endsAt - ms
    if (endsAt - since < (isVoice ? leastVoiceMs : leastQuietMs)) return undefined
    const at = since
    since = undefined
    isSpeaking = isVoice
    return { state: isVoice ? 'started' : 'stopped', at }
  }
}
