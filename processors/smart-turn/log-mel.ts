import { melCount, melFilters } from './mel-filters.ts'
import { binCount, createPowerSpectrum, frameLength } from './power-spectrum.ts'

/** In Hz; what the model was trained on. */
export const sampleRate = 16_000
/** What the model looks at: 8 s. */
export const windowSamples = 8 * sampleRate
/** Frames of a window, 10 ms apart. */
export const frameCount = 800
const hop = windowSamples / frameCount
/** Keeps silence from being divided by nothing, and its logarithm finite; both as in Whisper's extractor. */
const varianceFloor = 1e-7
const powerFloor = 1e-10
/** What is this much weaker than the loudest is nothing, in powers of ten. */
const range = 8

/**
 * Turns the last samples of a turn into what the model takes: 80 bands of 800 frames, band after band.
 * Less than 8 s gets silence in front; of more, the last 8 s count.
 */
export type LogMel = (samples: Int16Array) => Float32Array

/**
 * The front end of Smart Turn v3, which is that of Whisper with a normalised waveform: zero mean and unit
 * variance over the whole window, Hann window of 400 each 160, mirrored at both ends, 80 Slaney bands,
 * logarithm, and a range of 80 dB under the loudest. Takes 30 ms or so, which belongs in a thread.
 */
export function createLogMel(): LogMel {
  const spectrum = createPowerSpectrum()
  const filters = melFilters()
  const hann = Float64Array.from(
    { length: frameLength },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / frameLength),
  )
  const frame = new Float64Array(frameLength)
  const power = new Float64Array(binCount)

  return (samples) => {
    const sound = mirrored(normalised(samples))
    const bands = new Float64Array(melCount * frameCount)
    let loudest = -Infinity
    for (let at = 0; at < frameCount; at++) {
      for (let i = 0; i < frameLength; i++) {
        frame[i] = (sound[at * hop + i] ?? 0) * (hann[i] ?? 0)
      }
      spectrum(frame, power)
      for (const [band, { from, weights }] of filters.entries()) {
        let sum = 0
        for (let i = 0; i < weights.length; i++) sum += (weights[i] ?? 0) * (power[from + i] ?? 0)
        const level = Math.log10(Math.max(powerFloor, sum))
        bands[band * frameCount + at] = level
        if (level > loudest) loudest = level
      }
    }
    return Float32Array.from(bands, (level) => (Math.max(level, loudest - range) + 4) / 4)
  }
}

/** The window: silence in front if need be, then zero mean and unit variance. */
function normalised(samples: Int16Array): Float64Array {
  const tail = samples.subarray(Math.max(0, samples.length - windowSamples))
  const sound = new Float64Array(windowSamples)
  for (const [i, sample] of tail.entries()) sound[windowSamples - tail.length + i] = sample / 32_768
  const mean = sound.reduce((sum, value) => sum + value, 0) / windowSamples
  const variance = sound.reduce((sum, value) => sum + (value - mean) ** 2, 0) / windowSamples
  const scale = 1 / Math.sqrt(variance + varianceFloor)
  return sound.map((value) => (value - mean) * scale)
}

/** Half a frame more at both ends, mirrored, so that a frame lies around its time and not behind it. */
function mirrored(sound: Float64Array): Float64Array {
  const half = frameLength / 2
  const last = sound.length - 1
  const wide = new Float64Array(sound.length + 2 * half)
  wide.set(sound, half)
  for (let i = 1; i <= half; i++) {
    wide[half - i] = sound[i] ?? 0
    wide[half + last + i] = sound[last - i] ?? 0
  }
  return wide
}
