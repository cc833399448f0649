import { bytesToPcm, pcmToBytes } from '../frames/codec-samples.ts'
import type { AudioEncoding } from '../frames/audio.ts'

/** Bytes of a sample on the wire. */
export const bytesPerSample = (encoding: AudioEncoding): number => (encoding === 'mulaw' ? 1 : 2)

/** Sound of a frame as it goes over a wire: 16-bit little-endian samples, or a byte for each µ-law code. */
export const soundToBytes = (
  samples: Int16Array,
  encoding: AudioEncoding,
): Uint8Array<ArrayBuffer> =>
  encoding === 'mulaw' ? Uint8Array.from(samples) : pcmToBytes(samples)

/** The other way: samples, or a µ-law code in each element. An odd last byte of 16-bit sound is left out. */
export const bytesToSound = (bytes: Uint8Array, encoding: AudioEncoding): Int16Array =>
  encoding === 'mulaw' ? Int16Array.from(bytes) : bytesToPcm(bytes)
