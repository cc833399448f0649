/** What the audio thread gives a worklet module; the library of TypeScript has no types for it. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void

/** Most that waits to be played, in samples: five seconds. The runtime is 200 ms ahead at most. */
const capacity = 240_000
/** How often the position is told, in samples: every 10.7 ms. */
const tellEvery = 512

/** What the worklet is told: sound to be played next, or that what waits is to be thrown away. */
export type ToPlayback = Int16Array | 'clear'

/** What it tells, every 10.7 ms. */
export interface Playback {
  readonly samples: number
  readonly waiting: number
  readonly dropped: number
}

/**
 * Plays what it is sent, and silence where there is nothing: a steady line. What is thrown away is gone with
 * the next quantum (2.7 ms). Sound for which there is no room is dropped and counted.
 */
class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #ring = new Int16Array(capacity)
  #from = 0
  #waiting = 0
  #samples = 0
  #dropped = 0
  #toldAgo = 0

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<ToPlayback>) => {
      if (data === 'clear') {
        this.#waiting = 0
        this.#tell()
      } else this.#take(data)
    }
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0]
    if (out === undefined) return true
    const count = Math.min(out.length, this.#waiting)
    for (let index = 0; index < count; index++) {
      out[index] = (this.#ring[(this.#from + index) % capacity] ?? 0) / 32_768
    }
    this.#from = (this.#from + count) % capacity
    this.#waiting -= count
    this.#samples += count
    this.#toldAgo += out.length
    if (this.#toldAgo >= tellEvery) this.#tell()
    return true
  }

  #take(sound: Int16Array): void {
    const count = Math.min(sound.length, capacity - this.#waiting)
    for (let index = 0; index < count; index++) {
      this.#ring[(this.#from + this.#waiting + index) % capacity] = sound[index] ?? 0
    }
    this.#waiting += count
    this.#dropped += sound.length - count
  }

  #tell(): void {
    this.#toldAgo = 0
    const told: Playback = {
      samples: this.#samples,
      waiting: this.#waiting,
      dropped: this.#dropped,
    }
    this.port.postMessage(told)
  }
}

registerProcessor('voxgraph-playback', PlaybackProcessor)
