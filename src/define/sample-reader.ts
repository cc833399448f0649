import type { AudioEncoding } from '../frames/audio.ts'
import { bytesToPcm } from '../frames/codec-samples.ts'

/** Makes samples of the bytes that a vendor sends, however it cuts them. */
export interface SampleReader {
  /** The samples that are whole by now; half of one waits for the next bytes. */
  read(bytes: Uint8Array): Int16Array
}

/** Bytes with one in front; there may be millions. */
function behind(first: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + 1)
  all[0] = first
  all.set(bytes, 1)
  return all
}

/** A reader of linear 16-bit sound, little-endian, or of µ-law, one byte each. */
export function createSampleReader(encoding: AudioEncoding): SampleReader {
  if (encoding === 'mulaw') return { read: (bytes) => Int16Array.from(bytes) }
  let half: number | undefined
  return {
    read(bytes) {
      if (half === undefined && bytes.length % 2 === 0) return bytesToPcm(bytes)
      const all = half === undefined ? bytes : behind(half, bytes)
      half = all.length % 2 === 1 ? all.at(-1) : undefined
      return bytesToPcm(all)
    },
  }
}
