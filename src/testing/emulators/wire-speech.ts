import { encodeMulaw } from '../../audio/g711.ts'
import { concat, loadResamplerEngine } from '../../audio/resampler.ts'
import type { AudioEncoding, Word } from '../../frames/index.ts'
import { pcmToBytes } from '../../frames/codec-samples.ts'
import type { Clock } from '../../time/clock.ts'
import type { EmulatorInit } from './emulator.ts'
import { emulatedRate, tones, type Speak } from './minds.ts'

/** How an emulated voice speaks; every emulator of a voice takes these. */
export interface VoiceEmulatorInit extends EmulatorInit {
  /** What it says with; `tones` unless given. */
  readonly speak?: Speak
  /** Length of the pieces in which sound goes out, in ms; 120 unless given. */
  readonly chunkMs?: number
  /** How many times faster than it sounds it is sent; as fast as can be unless given. */
  readonly pace?: number
}

/** Sound in the form in which it goes out. */
export interface WireSpeech {
  readonly bytes: Uint8Array
  readonly words: readonly Word[]
  /** Bytes of a ms of sound. */
  readonly perMs: number
}

/** A piece of it, and what of the text begins in it. */
export interface WireChunk {
  readonly bytes: Uint8Array
  /** Where it lies in its speech, in ms. */
  readonly startMs: number
  readonly endMs: number
  readonly words: readonly Word[]
}

/** True for silence, which is never sent twice: that is a longer pause, and nobody can know that it is not one. */
export const isPause = ({ bytes }: WireChunk): boolean => bytes.every((byte) => byte === bytes[0])

/** The form in which a vendor is asked for sound. */
export interface WireFormat {
  readonly sampleRate: number
  readonly encoding: AudioEncoding
}

/** Speaks a text in the form that was asked for. */
export async function wireSpeech(
  { speak = tones }: VoiceEmulatorInit,
  { text, voice, format }: { text: string; voice: string; format: WireFormat },
): Promise<WireSpeech> {
  const { samples, words } = await speak(text, voice)
  const sound = await atRate(samples, format.sampleRate)
  const isMulaw = format.encoding === 'mulaw'
  return {
    bytes: isMulaw ? Uint8Array.from(encodeMulaw(sound)) : pcmToBytes(sound),
    words,
    perMs: (format.sampleRate * (isMulaw ? 1 : 2)) / 1000,
  }
}

async function atRate(samples: Int16Array, rate: number): Promise<Int16Array> {
  if (rate === emulatedRate) return samples
  const resampler = (await loadResamplerEngine()).create({ from: emulatedRate, to: rate })
  const made = concat([resampler.process(samples), resampler.flush()])
  resampler.close()
  // To the sample: what is counted must not depend on how a resampler ends.
  const exact = new Int16Array(Math.round((samples.length * rate) / emulatedRate))
  exact.set(made.subarray(0, exact.length))
  return exact
}

/** Cuts speech into the pieces in which it goes out. */
export function chunksOf(
  { bytes, words, perMs }: WireSpeech,
  chunkMs: number,
): readonly WireChunk[] {
  const chunks: WireChunk[] = []
  const length = Math.max(2, Math.round((chunkMs * perMs) / 2) * 2)
  for (let at = 0; at < bytes.length; at += length) {
    const end = Math.min(bytes.length, at + length)
    const startMs = at / perMs
    const endMs = end / perMs
    const isIn = ({ startMs: ms }: Word): boolean => ms >= startMs && ms < endMs
    chunks.push({ bytes: bytes.subarray(at, end), startMs, endMs, words: words.filter(isIn) })
  }
  return chunks
}

/** Length of the pieces unless they are given, in ms: no multiple of what `tones` repeats. */
export const usualChunkMs = 120

/** Wait between two pieces of an answer that drips, in ms. */
export const dripMs = 20_000

/** Waits as long as a piece of sound takes to be sent; rejects when the signal is aborted. */
export async function paced(
  { pace }: VoiceEmulatorInit,
  clock: Clock,
  { startMs, endMs }: WireChunk,
  signal: AbortSignal,
): Promise<void> {
  if (pace !== undefined) return clock.sleep((endMs - startMs) / pace, signal)
  // What the client says meanwhile must be heard between two pieces: its socket is real, whatever the clock.
  await new Promise<void>((resolve) => setImmediate(resolve))
  signal.throwIfAborted()
}
