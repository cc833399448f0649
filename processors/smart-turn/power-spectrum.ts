/** Samples of a frame: 25 ms at 16 kHz, as Whisper has it. */
export const frameLength = 400
/** Frequencies of a frame, from 0 to half the sample rate. */
export const binCount = frameLength / 2 + 1
/** 400 = 20 × 20: two rounds of short sums take a tenth of the time of one long one. */
const side = 20

/** Writes the power of each frequency of `frame` (400 samples, already windowed) into `power` (201 values). */
export type PowerSpectrum = (frame: Float64Array, power: Float64Array) => void

/**
 * A discrete Fourier transform of 400 real samples. The common libraries want a power of two; this is one
 * step of Cooley and Tukey: `n = 20a + b` and `k = c + 20d`, first the sums over a, then those over b.
 */
export function createPowerSpectrum(): PowerSpectrum {
  const cos = Float64Array.from({ length: frameLength }, (_, i) => Math.cos(angleOf(i)))
  const sin = Float64Array.from({ length: frameLength }, (_, i) => -Math.sin(angleOf(i)))
  const re = new Float64Array(frameLength)
  const im = new Float64Array(frameLength)

  /** `[c, b]`: the sum over a, turned by `b·c`. */
  function sumColumns(frame: Float64Array): void {
    for (let b = 0; b < side; b++) {
      for (let c = 0; c < side; c++) {
        let x = 0
        let y = 0
        for (let a = 0; a < side; a++) {
          const sample = frame[side * a + b] ?? 0
          const turn = ((a * c) % side) * side
          x += sample * (cos[turn] ?? 0)
          y += sample * (sin[turn] ?? 0)
        }
        const u = cos[b * c] ?? 0
        const v = sin[b * c] ?? 0
        re[c * side + b] = x * u - y * v
        im[c * side + b] = x * v + y * u
      }
    }
  }

  return (frame, power) => {
    sumColumns(frame)
    for (let k = 0; k < binCount; k++) {
      const c = k % side
      const d = (k - c) / side
      let x = 0
      let y = 0
      for (let b = 0; b < side; b++) {
        const turn = ((b * d) % side) * side
        const u = cos[turn] ?? 0
        const v = sin[turn] ?? 0
        const p = re[c * side + b] ?? 0
        const q = im[c * side + b] ?? 0
        x += p * u - q * v
        y += p * v + q * u
      }
      power[k] = x * x + y * y
    }
  }
}

const angleOf = (index: number): number => (2 * Math.PI * index) / frameLength
