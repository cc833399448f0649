import { speech, transcript, type Word } from '../../frames/index.ts'
import type { Cancel, Clock } from '../../time/clock.ts'
import type { Ears } from './ears.ts'
import { timesOf } from './word-times.ts'

/** Voice for this long is speech, and silence for this long ends it, in ms: what webrtc-vad takes. */
const startMs = 120
const stopMs = 250
/** A recogniser gives its words so long after they were said, in ms. */
const interimMs = 150

/** A caller whose words enter the graph as facts: no sound is made and none is heard. */
export interface Mouth {
  /** Says words from now on, or makes a noise without any for `ms`. @returns when the voice ends */
  say(text: string, ms?: number): number
  /** True edges of the last utterance, on the clock; undefined before there was one. */
  readonly voice: { readonly from: number; readonly until: number } | undefined
}

/**
 * Makes a mouth. What a detector and a recogniser would say comes when they would say it: speech 120 ms after
 * the voice begins, words so far 150 ms after each, the final ones and the end of speech 250 ms after the voice
 * ends. A voice that goes on before that goes on with the same utterance.
 */
export function createMouth(clock: Clock, ears: Pick<Ears, 'emit'>): Mouth {
  let voice: { from: number; until: number } | undefined
  /** Words of the utterance, those that are still to be said too. */
  let utterance: readonly Word[] = []
  let isOpen = false
  let cancelEnd: Cancel = () => undefined

  function finish(): void {
    const words = utterance.length === 0 ? undefined : utterance
    ears.emit(transcript({ text: textOf(utterance), final: true, words }))
    ears.emit(speech({ state: 'stopped', latency: stopMs }))
    isOpen = false
    utterance = []
  }
  return {
    get voice() {
      return voice
    },
    say(text, ms) {
      const now = clock.now()
      cancelEnd()
      const from = isOpen && voice !== undefined ? voice.from : now
      const words = timesOf(text).map((word) => ({
        ...word,
        startMs: word.startMs + now - from,
        endMs: word.endMs + now - from,
      }))
      const until = now + (ms ?? timesOf(text).at(-1)?.endMs ?? 0)
      if (!isOpen && until - now >= startMs) {
        isOpen = true
        const begin = (): void => ears.emit(speech({ state: 'started', latency: startMs }))
        clock.after(startMs, begin)
      }
      voice = { from, until }
      const before = utterance
      utterance = [...before, ...words]
      words.forEach((word, index) => {
        const soFar = [...before, ...words.slice(0, index + 1)]
        const hear = (): void => {
          ears.emit(transcript({ text: textOf(soFar), final: false, words: soFar }))
        }
        // The last words come with the final transcript.
        const delay = from + word.endMs - now + interimMs
        if (delay < until - now + stopMs) clock.after(delay, hear)
      })
      if (isOpen) cancelEnd = clock.after(until - now + stopMs, finish)
      return until
    },
  }
}

const textOf = (words: readonly Word[]): string => words.map(({ text }) => text).join(' ')
