import loadSpeex from '@echogarden/speex-resampler-wasm/simd'
import { VoxgraphError } from '../errors/index.ts'

/** Changes the sample rate of one stream of sound. */
export interface Resampler {
  /**
   * The next samples of the stream at the new rate, interleaved; a new array. What the filter still needs
   * the future for (3 ms of sound) comes out of the next call.
   */
  process(samples: Int16Array): Int16Array
  /**
   * What the filter still holds; then the resampler is as new. All that came out since it was new is
   * exactly `round(length in × to / from)` samples per channel.
   */
  flush(): Int16Array
  /** Forgets what the filter holds. */
  reset(): void
  /** Frees its memory. It must not be used afterwards. */
  close(): void
}

/** What `createResampler` takes. */
export interface ResamplerOptions {
  /** Rates in Hz. */
  readonly from: number
  readonly to: number
  /** 1 unless given. */
  readonly channels?: number
}

/** A resampling engine; its resamplers share one WebAssembly memory of 16 MiB. */
export interface ResamplerEngine {
  /** @throws VoxgraphError `audio-rate` for rates or channels that do not exist */
  create(options: ResamplerOptions): Resampler
}

/** Filter length, 0 to 10; 3 is what speexdsp names its quality for voice (`SPEEX_RESAMPLER_QUALITY_VOIP`). */
const quality = 3
/** Samples per channel that go through the engine at a time. */
const chunk = 4096
/** Bytes of room for the output of one chunk. */
const outputBytes = 1 << 20

/** Loads the engine; takes 2 ms. One is enough for a process. */
export async function loadResamplerEngine(): Promise<ResamplerEngine> {
  const speex = await loadSpeex()
  const lengths = speex._malloc(8)
  const input = speex._malloc(chunk * 8 * 2)
  const output = speex._malloc(outputBytes)

  /** Sends at most one chunk through; the result is a copy. */
  function run(state: number, samples: Int16Array, channels: number): Int16Array {
    speex.HEAP16.set(samples, input >> 1)
    speex.HEAP32[lengths >> 2] = samples.length / channels
    speex.HEAP32[(lengths >> 2) + 1] = outputBytes / 2 / channels
    speex._speex_resampler_process_interleaved_int(state, input, lengths, output, lengths + 4)
    const made = (speex.HEAP32[(lengths >> 2) + 1] ?? 0) * channels
    return speex.HEAP16.slice(output >> 1, (output >> 1) + made)
  }

  return {
    create({ from, to, channels = 1 }) {
      const valid = isRate(from) && isRate(to) && channels >= 1 && channels <= 8
      const state = valid ? speex._speex_resampler_init(channels, from, to, quality, lengths) : 0
      if (state === 0) throw new VoxgraphError('audio-rate', { from, to, channels })
      speex._speex_resampler_skip_zeros(state)
      return resamplerOn({
        ratio: to / from,
        channels,
        chunk: Math.min(chunk, Math.floor(outputBytes / 2 / channels / (to / from + 1))),
        latency: speex._speex_resampler_get_input_latency(state) + Math.ceil(from / to) + 1,
        run: (samples) => run(state, samples, channels),
        reset: () => {
          speex._speex_resampler_reset_mem(state)
          speex._speex_resampler_skip_zeros(state)
        },
        destroy: () => speex._speex_resampler_destroy(state),
      })
    },
  }
}

const isRate = (rate: number): boolean => Number.isInteger(rate) && rate >= 1000 && rate <= 384_000

interface Filter {
  readonly ratio: number
  readonly channels: number
  /** Most samples per channel that `run` takes. */
  readonly chunk: number
  /** Samples per channel that push everything out. */
  readonly latency: number
  readonly run: (samples: Int16Array) => Int16Array
  readonly reset: () => void
  readonly destroy: () => void
}

function resamplerOn(filter: Filter): Resampler {
  const { channels } = filter
  let taken = 0
  let given = 0

  function process(samples: Int16Array): Int16Array {
    const step = filter.chunk * channels
    taken += samples.length
    const parts: Int16Array[] = []
    for (let from = 0; from < samples.length; from += step) {
      parts.push(filter.run(samples.subarray(from, from + step)))
    }
    const out = concat(parts)
    given += out.length
    return out
  }
  function reset(): void {
    taken = 0
    given = 0
    filter.reset()
  }

  return {
    process,
    flush() {
      const due = Math.round((taken / channels) * filter.ratio) * channels - given
      const out = new Int16Array(Math.max(0, due))
      if (due > 0) out.set(filter.run(new Int16Array(filter.latency * channels)).subarray(0, due))
      reset()
      return out
    },
    reset,
    close: filter.destroy,
  }
}

/** One array of several. */
export function concat(parts: readonly Int16Array[]): Int16Array {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A resampler with an engine of its own; where there are many streams, share one engine. */
export async function createResampler(options: ResamplerOptions): Promise<Resampler> {
  return (await loadResamplerEngine()).create(options)
}
