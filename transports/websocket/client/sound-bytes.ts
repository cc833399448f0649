import type { WireAudio } from '../wire.ts'

/** Bias of G.711 µ-law, in 16-bit samples. */
const bias = 132

/** One µ-law byte as a 16-bit sample (ITU-T G.711). */
function fromMulaw(byte: number): number {
  const bits = ~byte & 0xff
  const size = (((bits & 0x0f) << 3) + bias) << ((bits & 0x70) >> 4)
  return bits & 0x80 ? bias - size : size - bias
}

function toMulaw(sample: number): number {
  const size = Math.min(32_635, Math.abs(sample)) + bias
  const exponent = 31 - Math.clz32(size) - 7
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff
}

/** Sound of the wire as samples from -1 to 1. */
export function readSound(bytes: ArrayBuffer, { encoding }: WireAudio): Float32Array<ArrayBuffer> {
  if (encoding === 'mulaw') {
    return Float32Array.from(new Uint8Array(bytes), (byte) => fromMulaw(byte) / 32_768)
  }
  const view = new DataView(bytes)
  return Float32Array.from(
    { length: bytes.byteLength >> 1 },
    (_, index) => view.getInt16(index * 2, true) / 32_768,
  )
}

/** Samples as sound of the wire; what is louder than can be is clipped. */
export function writeSound(samples: Float32Array, { encoding }: WireAudio): ArrayBuffer {
  const linear = (sample: number): number =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)))
  if (encoding === 'mulaw') return Uint8Array.from(samples, (one) => toMulaw(linear(one))).buffer
  const view = new DataView(new ArrayBuffer(samples.length * 2))
  samples.forEach((sample, index) => view.setInt16(index * 2, linear(sample), true))
  return view.buffer
}

/** Root mean square, 0 to 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length)
}
