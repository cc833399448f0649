import type { AudioFrame, PlayoutFrame } from 'voxgraph/plugin'
import type { StereoLine } from './stereo-line.ts'

/** The bot's sound on its way to the recording. */
export interface BotTrack {
  /** Keeps sound until it is heard. */
  take(frame: AudioFrame): void
  /** Puts in place what a fact says was heard; `at` is the position at which it was true. */
  heard(fact: PlayoutFrame, at: number): void
}

interface Span {
  readonly response: number
  readonly chunks: Int16Array[]
  /** Samples in `chunks`. */
  held: number
  /** Samples that are in the recording. */
  placed: number
  /** Where the next one goes; undefined until the first was heard. */
  next: number | undefined
  /** Nothing of it was heard between the last two facts: it is held, or its sound comes too late. */
  isPaused: boolean
  /** Sound of it had to be left out, so nothing after that can be kept. */
  isFull: boolean
}

/** Sound that waits to be heard, at most, in ms: ten minutes. */
const longestHeldMs = 600_000
/** A pause within a span that is longer than this is kept, in ms; reports may be late by less. */
const pauseMs = 250

/**
 * Records the bot as it was heard. Its sound comes faster than it is spoken, so it is kept per span until
 * the facts about its playout come: they say when it began and how much of it was heard, and exactly that
 * is put in place. Facts that say the same twice make a pause of that length: a hold. A word that is said
 * again after a long one is there once. What was never heard is forgotten when a later response begins. More than ten minutes
 * of waiting sound are not kept; `onFull` is then called once.
 */
export function createBotTrack(line: StereoLine, sampleRate: number, onFull: () => void): BotTrack {
  const spans = new Map<string, Span>()
  const most = (sampleRate * longestHeldMs) / 1000
  const pause = (sampleRate * pauseMs) / 1000
  let held = 0
  let isFull = false

  function spanOf(response: number, span: number): Span {
    const key = `${response}.${span}`
    const known = spans.get(key)
    if (known !== undefined) return known
    const made: Span = {
      ...{ response, chunks: [], held: 0, placed: 0, next: undefined },
      ...{ isPaused: false, isFull: false },
    }
    spans.set(key, made)
    return made
  }
  function forget(isForgotten: (span: Span, key: string) => boolean): void {
    for (const [key, span] of spans) {
      if (!isForgotten(span, key)) continue
      held -= span.held
      spans.delete(key)
    }
  }
  function place(span: Span, heard: number, at: number): void {
    const before = span.held
    placeSpan(line, span, { heard, at, pause })
    held -= before - span.held
  }

  return {
    take({ samples, response, span: id }) {
      const span = spanOf(response, id)
      span.isFull ||= held + samples.length > most
      if (span.isFull) {
        if (!isFull) onFull()
        isFull = true
        return
      }
      span.chunks.push(samples)
      span.held += samples.length
      held += samples.length
    },
    heard({ state, of, span: id, heardMs }, at) {
      const span = spanOf(of, id)
      const before = span.placed
      if (state === 'started') {
        forget((other) => other.response < of)
        span.next = at
      }
      const heard = Math.round((heardMs * sampleRate) / 1000)
      place(span, heard, at)
      span.isPaused = state === 'progress' && heard <= before
      if (state === 'stopped') forget((other) => other === span)
    },
  }
}

interface Heard {
  /** Samples of the span that were heard. */
  readonly heard: number
  /** Position at which that was so. */
  readonly at: number
  /** Samples of silence that are taken for a pause. */
  readonly pause: number
}

/** Puts samples of a span in place until `heard` of them are, or there are no more. */
function placeSpan(line: StereoLine, span: Span, { heard, at, pause }: Heard): void {
  const missing = heard - span.placed
  if (missing <= 0) return
  span.next ??= at - missing
  const since = at - missing
  if (span.isPaused) span.next = Math.max(span.next, since)
  else if (since - span.next > pause) span.next = since
  while (span.placed < heard) {
    const [chunk] = span.chunks
    if (chunk === undefined) return
    const part = chunk.subarray(0, heard - span.placed)
    line.put(1, span.next, part)
    span.next += part.length
    span.placed += part.length
    span.held -= part.length
    if (part.length === chunk.length) span.chunks.shift()
    else span.chunks[0] = chunk.subarray(part.length)
  }
}
