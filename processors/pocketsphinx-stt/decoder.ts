import { mostTransitions, type Grammar } from './grammar.ts'
import {
  modelPath,
  type NativeList,
  type NativeRecogniser,
  type NativeSegment,
  type PocketSphinx,
} from './load-pocketsphinx.ts'
import type { Pronunciation } from './pronounce.ts'
import { SttError } from './stt-error.ts'

/** A word on the best path. */
export interface HeardWord {
  readonly text: string
  /** In ms from the first sample of the utterance. */
  readonly startMs: number
  readonly endMs: number
}

/** The best path through the grammar. */
export interface Heard {
  /** Empty when nothing of the grammar fits. */
  readonly text: string
  readonly words: readonly HeardWord[]
  /**
   * How much worse the words fit than the best sounds there are, on average per frame of 10 ms, in tenths
   * of a neper: some 35 for what was truly said, 90 for what was not. Speech that was taken for silence
   * counts. Infinity when nothing fits.
   */
  readonly cost: number
}

/** A decoder of one stream: `start`, any number of `push`, `finish`, and again. */
export interface Decoder {
  start(): void
  /** Takes the next samples, 16 kHz mono; returns the words so far. */
  push(samples: Int16Array): string
  /**
   * Ends the utterance. A doubtful one is heard a second time: by its end the decoder has learned how the
   * line and the voice sound, which in the first words of a call it does not know yet. One that comes
   * after something nothing was made of (a bang, another language) is then heard by a new decoder, too.
   */
  finish(): Heard
  close(): void
}

/** Rate of the samples, in Hz. */
export const sampleRate = 16_000
/** What is longer is cut off, in ms: the search keeps 150 kB for each second. */
export const longestUtteranceMs = 30_000
/** Length of a frame, in ms. */
const frameMs = 10
/** Cost at which an utterance is worth a second time. */
const doubtfulCost = 50
/** How often a stream may get a new decoder; each leaves something behind. */
const mostRenewals = 50
/** A longer word, with the pause before it, is a noise in which phones were found, in ms. */
const longestWordMs = 2_000
/** Cost of a frame at which silence is not silence: 10 to 30 in silence and noise, 100 and more in speech. */
const loudSilenceCost = 58

/** Memory of a decoder without its grammar and of a transition, in bytes. */
const decoderBytes = 4_000_000
const transitionBytes = 3_000

/** What a decoder leaves behind when it is closed, in bytes. */
export const leftBehindBytes = 11_000
/** An upper estimate of what a decoder takes, in bytes. */
export const bytesOf = (grammar: Grammar): number =>
  decoderBytes + grammar.transitions.length * transitionBytes
/** What the decoders of one engine may take together, in bytes. */
export const engineBytes = Math.max(70_000_000, decoderBytes + mostTransitions * transitionBytes)

/**
 * - `varfloor`: without it the distance of some densities leaves the range of an integer, which is a trap
 *   in WebAssembly; it touches 285 of 209 664 variances and no result.
 * - `compallsen`: scores are measured against the best sound there is, not against the best that the
 *   grammar allows, which is what makes the cost comparable.
 * - `wbeam`: as wide as the other beams; else the end of a phrase is lost now and then.
 * - `silprob`: a pause between words costs nothing.
 * - `mmap`: shares the model; `bestpath` would only reorder what the search has found.
 */
const config = [
  ['-hmm', modelPath],
  ['-varfloor', '1'],
  ['-compallsen', 'yes'],
  ['-remove_noise', 'yes'],
  ['-mmap', 'yes'],
  ['-bestpath', 'no'],
  ['-wbeam', '1e-48'],
  ['-dict', '/words.dict'],
  ['-fsg', '/grammar.fsg'],
  ['-silprob', '1'],
] as const

/**
 * Makes a decoder; takes 10 ms, and 20 ms for a grammar of 600 transitions.
 *
 * @throws SttError `engine-failed`
 */
export function createDecoder(
  engine: PocketSphinx,
  grammar: Grammar,
  pronunciations: readonly Pronunciation[],
): Decoder {
  const make = (): NativeRecogniser => makeRecogniser(engine, grammar, pronunciations)
  const check = (result: object, what: string): void => checkResult(engine, result, what)
  let recogniser = make()
  let room = 0
  let kept: Int16Array[] = []
  /** It has heard something that it made nothing of, and learned from it what it should not. */
  let isSpoilt = false
  let renewals = 0

  function process(samples: Int16Array): void {
    if (samples.length === 0) return
    withList(new engine.AudioBuffer(), samples, (list) => check(recogniser.process(list), 'sound'))
  }
  function stop(): Heard {
    check(recogniser.stop(), 'the end')
    return readBest(recogniser.getHyp(), segmentsOf(engine, recogniser))
  }
  function hearAgain(): Heard {
    check(recogniser.start(), 'an utterance')
    for (const samples of kept) process(samples)
    return stop()
  }
  /** The same with a decoder that has heard nothing else. */
  function hearAnew(): Heard {
    renewals += 1
    recogniser.delete()
    recogniser = make()
    return better(hearAgain(), hearAgain())
  }

  return {
    start() {
      check(recogniser.start(), 'an utterance')
      room = (longestUtteranceMs * sampleRate) / 1000
      kept = []
    },
    push(samples) {
      const part = samples.subarray(0, room)
      room -= part.length
      kept.push(part)
      process(part)
      return recogniser.getHyp()
    },
    finish() {
      const isDoubtful = (): boolean => heard.cost > doubtfulCost && kept.length > 0
      let heard = stop()
      if (isDoubtful()) heard = better(heard, hearAgain())
      if (isDoubtful() && isSpoilt && renewals < mostRenewals) heard = better(heard, hearAnew())
      isSpoilt = heard.cost > doubtfulCost
      kept = []
      return heard
    },
    close: () => recogniser.delete(),
  }
}

function checkResult(engine: PocketSphinx, result: object, what: string): void {
  if (result === engine.ReturnType.SUCCESS) return
  throw new SttError('engine-failed', `The recogniser did not take ${what}.`)
}

/**
 * The grammar and its words are given as files: what is given by calls is never freed again, half a megabyte
 * for 600 transitions.
 */
function makeRecogniser(
  engine: PocketSphinx,
  grammar: Grammar,
  pronunciations: readonly Pronunciation[],
): NativeRecogniser {
  const write = (name: string, text: string): void =>
    engine.FS_createDataFile('/', name, Buffer.from(text), true, false, true)
  write('words.dict', dictionaryFile(pronunciations))
  write('grammar.fsg', grammarFile(grammar))
  try {
    return withList(new engine.Config(), config, (list) => new engine.Recognizer(list))
  } finally {
    engine.FS_unlink('/words.dict')
    engine.FS_unlink('/grammar.fsg')
  }
}

const dictionaryFile = (pronunciations: readonly Pronunciation[]): string =>
  pronunciations.map(({ word, phones }) => `${word} ${phones}\n`).join('')

/** The format that sphinxbase reads, see `fsg_model_read` in its `fsg_model.c`. */
function grammarFile({ states, transitions, final }: Grammar): string {
  const steps = transitions.map(({ from, to, word }) => `TRANSITION ${from} ${to} 1.0 ${word}`)
  const ends = final.map((from) => `TRANSITION ${from} ${states} 1.0`)
  return [
    'FSG_BEGIN phrases',
    `NUM_STATES ${states + 1}`,
    'START_STATE 0',
    `FINAL_STATE ${states}`,
    ...steps,
    ...ends,
    'FSG_END\n',
  ].join('\n')
}

const better = (one: Heard, other: Heard): Heard => (other.cost < one.cost ? other : one)

function segmentsOf(engine: PocketSphinx, recogniser: NativeRecogniser): NativeSegment[] {
  return withList(new engine.Segmentation(), [], (list) => {
    recogniser.getHypseg(list)
    return Array.from({ length: list.size() }, (_, index) => list.get(index))
  })
}

function readBest(text: string, segments: readonly NativeSegment[]): Heard {
  const spoken = text === '' ? [] : segments.filter(isWord)
  // Speech that fits no word is put into silence, where it costs as much as it would in a wrong word.
  const loud = segments.filter((segment) => !isWord(segment) && costOf([segment]) > loudSilenceCost)
  const words = spoken.map(({ word, start, end }) => ({
    text: word.replace(/\(\d+\)$/, ''),
    startMs: start * frameMs,
    endMs: (end + 1) * frameMs,
  }))
  const fits = words.every(
    (word, index) => word.endMs - (words[index - 1]?.endMs ?? word.startMs) <= longestWordMs,
  )
  return { text, words, cost: fits && words.length > 0 ? costOf([...spoken, ...loud]) : Infinity }
}

/** Silence is called `<sil>`, a step without a word `(NULL)`. */
const isWord = ({ word }: NativeSegment): boolean => !/^[<(]/.test(word)

function costOf(segments: readonly NativeSegment[]): number {
  const score = segments.reduce((sum, { ascr }) => sum + ascr, 0)
  return -score / segments.reduce((sum, { start, end }) => sum + end - start + 1, 0)
}

/** Fills a list, uses it and frees it. */
function withList<T, R>(
  list: NativeList<T>,
  values: Iterable<T>,
  use: (list: NativeList<T>) => R,
): R {
  try {
    for (const value of values) list.push_back(value)
    return use(list)
  } finally {
    list.delete()
  }
}
