import type { Word } from '../../frames/index.ts'

/** Length of a frame of sound, in ms. */
export const frameMs = 20
/** A word of five letters takes 340 ms: 160 to 170 words a minute, the pace of people on the telephone. */
const leastWordMs = 160
const letterMs = 60
const edgeMs = 40
/** A pause behind `,` and `.`, in ms. */
const shortPauseMs = 140
const longPauseMs = 300

/** How long a word takes, and the pause behind it, in whole frames. */
export function lengthOf(word: string): { readonly ms: number; readonly pauseMs: number } {
  const letters = word.replace(/[^\p{L}\p{N}]/gu, '').length
  const ms = Math.max(leastWordMs, edgeMs + letterMs * letters)
  const pauseMs = /[.!?…]["')\]]*$/.test(word)
    ? longPauseMs
    : /[,;:–]["')\]]*$/.test(word)
      ? shortPauseMs
      : 0
  return { ms: inFrames(ms), pauseMs: inFrames(pauseMs) }
}

const inFrames = (ms: number): number => Math.round(ms / frameMs) * frameMs

/** Words of a text and when they would be said, from 0 on; the pause at the end is left out. */
export function timesOf(text: string): readonly Word[] {
  let at = 0
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const { ms, pauseMs } = lengthOf(word)
      const startMs = at
      at += ms + pauseMs
      return { text: word, startMs, endMs: startMs + ms }
    })
}
