import { stateWidth, type Model } from './runtime.ts'

/** Samples of a window, and samples of the window before that the model wants in front of it: 32 and 4 ms. */
export const windowOf = (sampleRate: number): { readonly length: number; readonly lead: number } =>
  sampleRate === 8000 ? { length: 256, lead: 32 } : { length: 512, lead: 64 }

/** The streams of a model: what each has to carry from window to window. */
export interface Batches {
  /**
   * Runs the next window of some streams as one. A stream that is not known yet begins.
   *
   * @param streams numbers of the streams, each once
   * @param samples their windows, one behind the other
   * @returns how probable it is that each is voice
   */
  run(streams: readonly number[], samples: Int16Array, sampleRate: number): Promise<Float32Array>
  /** Forgets a stream. */
  close(stream: number): void
}

interface StreamMemory {
  readonly state: Float32Array
  /** The last samples of its last window. */
  readonly lead: Float32Array
}

/** Full scale of 16-bit sound. */
const fullScale = 32_768

/** Makes the streams of a model; a stream takes 1.3 kB. Runs must not overlap. */
export function createBatches(model: Model): Batches {
  const memories = new Map<number, StreamMemory>()
  function memoryOf(stream: number, leadLength: number): StreamMemory {
    const known = memories.get(stream)
    if (known !== undefined) return known
    const begun: StreamMemory = {
      state: new Float32Array(2 * stateWidth),
      lead: new Float32Array(leadLength),
    }
    memories.set(stream, begun)
    return begun
  }

  return {
    async run(streams, samples, sampleRate) {
      const count = streams.length
      const { length, lead } = windowOf(sampleRate)
      const rowLength = lead + length
      const input = new Float32Array(count * rowLength)
      const state = new Float32Array(2 * count * stateWidth)
      const taken = streams.map((stream) => memoryOf(stream, lead))
      for (const [row, memory] of taken.entries()) {
        const at = row * rowLength
        input.set(memory.lead, at)
        const from = row * length
        for (let i = 0; i < length; i++) {
          input[at + lead + i] = (samples[from + i] as number) / fullScale
        }
        memory.lead.set(input.subarray(at + rowLength - lead, at + rowLength))
        state.set(memory.state.subarray(0, stateWidth), row * stateWidth)
        state.set(memory.state.subarray(stateWidth), (count + row) * stateWidth)
      }
      const answer = await model.run(input, state, count, sampleRate)
      for (const [row, memory] of taken.entries()) {
        const first = row * stateWidth
        const second = (count + row) * stateWidth
        memory.state.set(answer.state.subarray(first, first + stateWidth))
        memory.state.set(answer.state.subarray(second, second + stateWidth), stateWidth)
      }
      return answer.probabilities
    },
    close: (stream) => void memories.delete(stream),
  }
}
