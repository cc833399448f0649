import type { Bot } from './bot.ts'

const samplesPerMs = 48

/** What a bot says to its caller; while it tells a human what a call is about, the caller is to hear nothing. */
export interface Mouth {
  play(samples: Int16Array): void
  clear(): void
  /** Ms of what was given for the caller that were played; what came during a brief counts as played at once. */
  playedMs(): number
  /**
   * A human is told something, from this sample of the bot's on; undefined: that is over.
   */
  brief(from: number | undefined): void
}

/** Makes the mouth of one call. */
export function createMouth(bot: Bot): Mouth {
  let briefFrom: number | undefined
  /** Samples that were played of briefs. */
  let briefed = 0
  /** Samples for the caller that came during one: nobody is to hear them. */
  let swallowed = 0
  let playedMs = 0
  return {
    play(samples) {
      if (briefFrom === undefined) bot.play(samples)
      else swallowed += samples.length
    },
    clear() {
      // An interruption of the caller's does not cut what the human is told.
      if (briefFrom === undefined) bot.clear()
    },
    playedMs() {
      const samples = Math.min(bot.playedSamples, briefFrom ?? Infinity) - briefed + swallowed
      playedMs = Math.max(playedMs, samples / samplesPerMs)
      return playedMs
    },
    brief(from) {
      if (briefFrom !== undefined) briefed += Math.max(0, bot.playedSamples - briefFrom)
      briefFrom = from
    },
  }
}
