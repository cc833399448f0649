/** Added to a magnitude before its exponent is taken; ITU-T G.711 in 16-bit terms (33 × 4). */
const bias = 0x84
/** Largest magnitude that still fits after the bias. */
const clip = 32_635

/**
 * G.711 µ-law codes of 16-bit samples, one code 0–255 per element, as an `AudioFrame` with encoding
 * `mulaw` holds them.
 */
export function encodeMulaw(samples: Int16Array): Int16Array {
  const codes = new Int16Array(samples.length)
  for (let index = 0; index < samples.length; index++) codes[index] = codeOf(samples[index] ?? 0)
  return codes
}

/** 16-bit samples of G.711 µ-law codes; takes bytes as well as the elements of a frame. */
export function decodeMulaw(codes: Int16Array | Uint8Array): Int16Array {
  const samples = new Int16Array(codes.length)
  for (let index = 0; index < codes.length; index++) {
    samples[index] = levels[(codes[index] ?? 0) & 0xff] ?? 0
  }
  return samples
}

function codeOf(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(Math.abs(sample), clip) + bias
  const exponent = 24 - Math.clz32(magnitude)
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}

/** Sample of every code. */
const levels = Int16Array.from({ length: 256 }, (_, code) => {
  const inverse = ~code & 0xff
  const magnitude = ((((inverse & 0x0f) << 3) + bias) << ((inverse >> 4) & 7)) - bias
  return (inverse & 0x80) === 0 ? magnitude : -magnitude
})
