import loadFvad from '@echogarden/fvad-wasm'
import { hearFloor, isAboveFloor, levelOf, unheard } from './noise-floor.ts'

/** Rates that libfvad takes, in Hz. */
export const sampleRates = [8000, 16_000, 32_000, 48_000] as const
/** Length of the windows it is given, in ms; libfvad takes 10, 20 and 30. */
export const windowMs = 20

/** How a detector listens. */
export interface DetectorOptions {
  /** In Hz. */
  readonly sampleRate: (typeof sampleRates)[number]
  /** 0 takes most for speech, 3 least. */
  readonly mode: 0 | 1 | 2 | 3
}

/** Tells speech from other sound, window by window. Keeps state, so it belongs to one stream. */
export interface Detector {
  /**
   * Whether the next window of the stream is speech: libfvad takes it for speech and it stands out from
   * the noise floor. libfvad alone goes on for 100 to 140 ms after the end of speech, and takes steady
   * noise for speech until it has adapted.
   *
   * @param samples exactly `windowMs` of mono PCM
   */
  isVoiced(samples: Int16Array): boolean
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
      let floor = unheard
      return {
        isVoiced(samples) {
          if (samples.length !== length) {
            throw new RangeError(`A window has ${length} samples, not ${samples.length}.`)
          }
          const level = levelOf(samples)
          floor = hearFloor(floor, level, windowMs)
          fvad.HEAP16.set(samples, input >> 1)
          return fvad._fvad_process(state, input, length) === 1 && isAboveFloor(floor, level)
        },
        close: () => fvad._fvad_free(state),
      }
    },
  }
}
