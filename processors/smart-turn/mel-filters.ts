import { binCount } from './power-spectrum.ts'

/** A triangle over some frequencies of a spectrum. */
export interface MelFilter {
  /** First frequency that it takes. */
  readonly from: number
  readonly weights: Float64Array
}

/** Bands of Whisper's spectrogram. */
export const melCount = 80
/** Half of 16 kHz, in Hz. */
const topHz = 8000
/** Slaney's scale is straight up to here, in Hz and mel, and logarithmic from here on. */
const bendHz = 1000
const bendMel = 15
const logStep = Math.log(6.4) / 27

const toMel = (hz: number): number =>
  hz < bendHz ? (hz * 3) / 200 : bendMel + Math.log(hz / bendHz) / logStep
const toHz = (mel: number): number =>
  mel < bendMel ? (mel * 200) / 3 : bendHz * Math.exp(logStep * (mel - bendMel))

/** Slaney's 80 triangles from 0 to 8 kHz, each of the same area, as Whisper's feature extractor has them. */
export function melFilters(): readonly MelFilter[] {
  const edges = Array.from({ length: melCount + 2 }, (_, i) =>
    toHz((toMel(topHz) * i) / (melCount + 1)),
  )
  return Array.from({ length: melCount }, (_, i) => {
    const [left = 0, middle = 0, right = 0] = edges.slice(i, i + 3)
    const weights = Array.from({ length: binCount }, (_, bin) => {
      const hz = (topHz * bin) / (binCount - 1)
      const height = Math.min((hz - left) / (middle - left), (right - hz) / (right - middle))
      return (Math.max(0, height) * 2) / (right - left)
    })
    const from = Math.max(
      0,
      weights.findIndex((weight) => weight > 0),
    )
    const to = weights.findLastIndex((weight) => weight > 0) + 1
    return { from, weights: Float64Array.from(weights.slice(from, to)) }
  })
}
