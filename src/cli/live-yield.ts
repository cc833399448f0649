import type { Sound } from '../audio/wav.ts'
import { levelOf } from '../testing/caller-ear.ts'

/** One place of a recording where the caller speaks into what the bot says. */
export interface Yielding {
  /** Where the caller's voice begins, in ms. */
  readonly atMs: number
  /** How long the bot goes on after that. */
  readonly yieldMs: number
}

const windowMs = 10
/** Root mean square above which a channel is a voice: −43 dB of full scale. */
const voiceLevel = 230
/** Quiet that parts two utterances, and two words at least, in ms. */
const gapMs = 300
const shortGapMs = 60

/**
 * Measures in a stereo recording (caller left, bot right) how soon the bot falls silent when the caller
 * begins to speak. Exact to 10 ms.
 */
export function measureYielding(sound: Sound): readonly Yielding[] {
  const caller = utterances(voiceOf(sound, 0))
  const bot = utterances(voiceOf(sound, 1))
  return caller.flatMap(({ from }) => {
    const spoken = bot.find((other) => other.from < from && other.until > from)
    if (spoken === undefined) return []
    return [{ atMs: from * windowMs, yieldMs: (spoken.until - from) * windowMs }]
  })
}

/** Stretches of voice in a channel, in ms; pauses shorter than 60 ms belong to them. */
export const stretchesOf = (
  sound: Sound,
  channel: number,
): readonly { readonly fromMs: number; readonly untilMs: number }[] =>
  utterances(voiceOf(sound, channel), shortGapMs).map(({ from, until }) => ({
    fromMs: from * windowMs,
    untilMs: until * windowMs,
  }))

/** How many ms of voice a channel holds. */
export const voiceMs = (sound: Sound, channel: number): number =>
  voiceOf(sound, channel).filter(Boolean).length * windowMs

/** Whether there is a voice, window by window. */
function voiceOf({ samples, channels, sampleRate }: Sound, channel: number): readonly boolean[] {
  const length = Math.round((sampleRate * windowMs) / 1000)
  const count = Math.floor(samples.length / channels / length)
  const window = new Int16Array(length)
  return Array.from({ length: count }, (_, index) => {
    for (let at = 0; at < length; at++) {
      window[at] = samples[(index * length + at) * channels + channel] ?? 0
    }
    return levelOf(window) >= voiceLevel
  })
}

/** Stretches of voice, in windows; pauses shorter than the gap belong to them. */
function utterances(
  voice: readonly boolean[],
  longestGapMs = gapMs,
): readonly { from: number; until: number }[] {
  const found: { from: number; until: number }[] = []
  voice.forEach((isVoice, index) => {
    if (!isVoice) return
    const last = found.at(-1)
    if (last !== undefined && index - last.until < longestGapMs / windowMs) last.until = index + 1
    else found.push({ from: index, until: index + 1 })
  })
  return found
}
