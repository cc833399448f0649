import { concat } from '../../audio/resampler.ts'
import type { Word } from '../../frames/index.ts'

/** What an emulated voice says with: mono sound of 16 kHz, and its words in ms. */
export interface EmulatedSpeech {
  readonly samples: Int16Array
  readonly words: readonly Word[]
}

/** Rate of what `Speak` gives, in Hz. */
export const emulatedRate = 16_000

/** Makes the sound of a text; `voice` is the id that the vendor was asked for. */
export type Speak = (text: string, voice: string) => Promise<EmulatedSpeech>

/** What an emulated recogniser hears. Times are ms from the first sample. */
export type EmulatedHearing =
  | { readonly type: 'started' | 'stopped'; readonly atMs: number }
  | {
      readonly type: 'interim' | 'final'
      readonly text: string
      readonly startMs: number
      readonly endMs: number
    }

/** An ear at work on one stream of linear sound. */
export interface Ear {
  push(samples: Int16Array): void
  /** Says now what has been heard so far. */
  finish(): void
  /** Nothing comes any more. Resolves when what came before has been heard to its end. */
  close(): void | Promise<void>
}

/** Opens an ear for sound of a rate; `hear` is told what it hears, in order. */
export type OpenEar = (sampleRate: number, hear: (heard: EmulatedHearing) => void) => Ear

/** Ms that a voice of `tones` takes for a word. */
const wordMs = 250

/**
 * Says each word with a tone of 200 ms and a gap of 50 ms: enough where nobody listens to the words. Its
 * times are exact.
 */
export const tones: Speak = (text) => {
  const words = text.split(/\s+/).filter((word) => word !== '')
  const samples = new Int16Array((words.length * wordMs * emulatedRate) / 1000)
  for (let at = 0; at < samples.length; at++) {
    const inWord = at % ((wordMs * emulatedRate) / 1000)
    if (inWord < 0.2 * emulatedRate)
      samples[at] = 6000 * Math.sin((at * 2 * Math.PI * 220) / emulatedRate)
  }
  const placed = words.map((word, index) => ({
    text: word,
    startMs: index * wordMs,
    endMs: index * wordMs + 200,
  }))
  return Promise.resolve({ samples, words: placed })
}

/** Level above which a window of 20 ms is voice: −40 dB of full scale. */
const loud = 330
/** Silence that ends an utterance, in ms. */
const pauseMs = 300

/** Finds the words of an utterance by its sound. */
export type WordsOf = (utterance: Int16Array, sampleRate: number) => string

/**
 * An ear that hears when somebody speaks. The words come from a list, whose first line is the first utterance
 * (when it is used up, nothing is heard), or from a function of the sound, which then hears the same thing
 * in the same sound however often it is played.
 */
export function scriptedEar(lines: readonly string[] | WordsOf): OpenEar {
  let next = 0
  return (sampleRate, hear) => {
    let said: Int16Array[] = []
    const line = (): string =>
      typeof lines === 'function' ? lines(concat(said), sampleRate) : (lines[next] ?? '')
    const perWindow = (sampleRate * 20) / 1000
    let atMs = 0
    let quietMs = 0
    let begunMs: number | undefined
    let rest = new Int16Array(0)
    const end = (): void => {
      if (begunMs === undefined) return
      const text = line()
      next++
      hear({ type: 'final', text, startMs: begunMs, endMs: atMs - quietMs })
      hear({ type: 'stopped', atMs: atMs - quietMs })
      begunMs = undefined
      said = []
    }
    const window = (samples: Int16Array): void => {
      const level = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length)
      if (level > loud && begunMs === undefined) {
        begunMs = atMs
        hear({ type: 'started', atMs })
      }
      if (begunMs !== undefined) said.push(samples)
      atMs += 20
      quietMs = level > loud ? 0 : quietMs + 20
      if (begunMs === undefined) return
      if (quietMs >= pauseMs) return end()
      if (quietMs > 0 || (atMs - begunMs) % 200 !== 0) return
      const soFar = wordsWithin(line(), atMs - begunMs)
      if (soFar !== '') hear({ type: 'interim', text: soFar, startMs: begunMs, endMs: atMs })
    }
    return {
      push(samples) {
        const all = new Int16Array(rest.length + samples.length)
        all.set(rest)
        all.set(samples, rest.length)
        let at = 0
        for (; at + perWindow <= all.length; at += perWindow)
          window(all.subarray(at, at + perWindow))
        rest = all.slice(at)
      },
      finish: end,
      close: () => undefined,
    }
  }
}

/** The words that somebody has said after so long, at four words a second. */
const wordsWithin = (text: string, ms: number): string =>
  text
    .split(' ')
    .slice(0, Math.floor(ms / 250))
    .join(' ')

/** What an emulated model is asked: what was said last. */
export interface ModelQuestion {
  /** What the user said last; empty when tools have answered since. */
  readonly said: string
  /** Results of tools behind that, in order. */
  readonly results: readonly string[]
}

/** A piece of what an emulated model says; `json` are arguments as they are sent, right or wrong. */
export type ModelPiece =
  | { readonly text: string }
  | { readonly tool: string; readonly arguments: object }
  | { readonly tool: string; readonly json: string }

/** Answers what an emulated model is asked. Text is sent word by word. */
export type AnswerModel = (
  question: ModelQuestion,
) => Iterable<ModelPiece> | AsyncIterable<ModelPiece>

/** It has understood, and says so. */
export const echoing: AnswerModel = ({ said, results }) => [
  { text: `You said: ${(said || results.join(', ')).slice(0, 200)}. What else can I do for you?` },
]
