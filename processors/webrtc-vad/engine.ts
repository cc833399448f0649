import loadFvad from '@echogarden/fvad-wasm'
import type { VadEngine } from 'voxgraph/plugin'

/** Rates that libfvad takes, in Hz; best first. */
export const sampleRates = [16_000, 8000, 32_000, 48_000] as const
/** Length of the windows it is given, in ms; libfvad takes 10, 20 and 30. */
const windowMs = 20

/** How a detector listens. */
export interface DetectorOptions {
  /** One of `sampleRates`, in Hz. */
  readonly sampleRate: number
  /** 0 takes most for speech, 3 least. */
  readonly mode: 0 | 1 | 2 | 3
}

/** Tells speech from other sound, window by window. Keeps state, so it belongs to one stream. */
export interface Detector extends VadEngine {
  /** 1 when libfvad takes the next window of the stream for speech, 0 when not. */
  probability(window: Int16Array): 0 | 1
  /** Frees its memory (700 bytes). It must not be used afterwards. */
  close(): void
}

/** libfvad, loaded; its detectors share one WebAssembly memory. */
export interface DetectorEngine {
  create(options: DetectorOptions): Detector
}

/** Loads libfvad; takes 2 ms. One is enough for a process. */
export async function loadDetectorEngine(): Promise<DetectorEngine> {
  const fvad = await loadFvad()
  const largest = 48 * windowMs * Int16Array.BYTES_PER_ELEMENT
  const input = fvad._malloc(largest)
  return {
    create({ sampleRate, mode }) {
      const state = fvad._fvad_new()
      const length = (sampleRate * windowMs) / 1000
      const isSet =
        fvad._fvad_set_mode(state, mode) === 0 &&
        fvad._fvad_set_sample_rate(state, sampleRate) === 0
      if (!isSet) throw new RangeError(`libfvad takes no mode ${mode} at ${sampleRate} Hz.`)
      return {
        windowSamples: length,
        probability(samples) {
          if (samples.length !== length) {
            throw new RangeError(`A window has ${length} samples, not ${samples.length}.`)
          }
          fvad.HEAP16.set(samples, input >> 1)
          return fvad._fvad_process(state, input, length) === 1 ? 1 : 0
        },
        close: () => fvad._fvad_free(state),
      }
    },
  }
}
