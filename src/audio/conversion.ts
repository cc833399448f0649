import type { AudioEncoding } from '../frames/index.ts'
import { decodeMulaw, encodeMulaw } from './g711.ts'
import type { ResamplerEngine } from './resampler.ts'

/** How sound is written down. */
export interface SoundFormat {
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number
  readonly channels: number
  readonly encoding: AudioEncoding
}

/** Brings one stream of sound from one format into another. */
export interface Conversion {
  /** The next samples in the new format; a new array, or the same one when the formats are equal. */
  convert(samples: Int16Array): Int16Array
  /** The last few samples, which the resampling filter still holds; then it is as new. */
  flush(): Int16Array
  /** Forgets what the filter holds. */
  reset(): void
  /** Frees its memory. */
  close(): void
}

/** True when sound in one format is sound in the other. */
export const sameFormat = (a: SoundFormat, b: SoundFormat): boolean =>
  a.sampleRate === b.sampleRate && a.channels === b.channels && a.encoding === b.encoding

/**
 * Makes a conversion. Channels are averaged to one, or one is copied to all; between two other numbers of
 * channels sound goes through one.
 * @throws VoxgraphError `audio-rate` for rates or channels that do not exist
 */
export function createConversion(
  engine: ResamplerEngine,
  from: SoundFormat,
  to: SoundFormat,
): Conversion {
  if (sameFormat(from, to)) {
    const none = new Int16Array()
    return { convert: (samples) => samples, flush: () => none, reset() {}, close() {} }
  }
  const channels = from.channels === to.channels ? to.channels : 1
  const resampler =
    from.sampleRate === to.sampleRate
      ? undefined
      : engine.create({ from: from.sampleRate, to: to.sampleRate, channels })

  function finish(samples: Int16Array): Int16Array {
    const spread = spreadTo(samples, channels, to.channels)
    return to.encoding === 'mulaw' ? encodeMulaw(spread) : spread
  }
  return {
    convert(samples) {
      const linear = from.encoding === 'mulaw' ? decodeMulaw(samples) : samples
      const mixed = mixDown(linear, from.channels, channels)
      return finish(resampler === undefined ? mixed : resampler.process(mixed))
    },
    flush: () => finish(resampler?.flush() ?? new Int16Array()),
    reset: () => resampler?.reset(),
    close: () => resampler?.close(),
  }
}

function mixDown(samples: Int16Array, channels: number, wanted: number): Int16Array {
  if (channels === wanted) return samples
  const mono = new Int16Array(Math.floor(samples.length / channels))
  for (let index = 0; index < mono.length; index++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++) {
      sum += samples[index * channels + channel] ?? 0
    }
    mono[index] = Math.round(sum / channels)
  }
  return mono
}

function spreadTo(samples: Int16Array, channels: number, wanted: number): Int16Array {
  if (channels === wanted) return samples
  const wide = new Int16Array(samples.length * wanted)
  for (let index = 0; index < samples.length; index++) {
    wide.fill(samples[index] ?? 0, index * wanted, (index + 1) * wanted)
  }
  return wide
}
