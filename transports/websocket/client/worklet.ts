/**
 * What runs on the audio thread of the page: `voxgraph-speaker` plays what it is given, `voxgraph-microphone`
 * gives what it hears in blocks of 20 ms.
 */
import { JitterBuffer } from './jitter-buffer.ts'
import { loudness } from './sound-bytes.ts'
import type { SpeakerMessage, SpeakerStatus } from './worklet-messages.ts'

/** The AudioWorklet's own names, which no library of TypeScript has. */
declare const sampleRate: number
declare const registerProcessor: (name: string, made: new () => AudioWorkletProcessor) => void
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}

/** How often the speaker tells where it is, in ms; at the end of sound and after a clear at once. */
const statusMs = 100
/** Length of the microphone's blocks, in ms. */
const blockMs = 20

class Speaker extends AudioWorkletProcessor {
  #buffer = new JitterBuffer(sampleRate)
  #call = 0
  #sinceStatus = 0
  #power = 0
  #wasDry = true
  #isOver = false

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<SpeakerMessage>) => {
      if (data === 'clear') {
        this.#buffer.clear()
        this.#tell(true)
      } else if (data === 'close') this.#isOver = true
      else if ('call' in data) {
        this.#call = data.call
        this.#buffer = new JitterBuffer(sampleRate)
      } else this.#buffer.push(data.samples, data.ms)
    }
  }

  process(_inputs: unknown, [output]: readonly (readonly Float32Array[])[]): boolean {
    const [first, ...others] = output ?? []
    if (first === undefined) return !this.#isOver
    this.#buffer.pull(first)
    for (const other of others) other.set(first)
    this.#power += loudness(first) ** 2 * first.length
    this.#sinceStatus += first.length
    const { isDry } = this.#buffer
    const isDue = this.#sinceStatus >= (statusMs * sampleRate) / 1000
    if (isDue || (isDry && !this.#wasDry)) this.#tell(false)
    this.#wasDry = isDry
    return !this.#isOver
  }

  #tell(isCleared: boolean): void {
    const { playedMs, waitingMs, targetMs, underruns } = this.#buffer
    const level = Math.sqrt(this.#power / Math.max(1, this.#sinceStatus))
    const figures = { playedMs, waitingMs, targetMs, underruns, level }
    const status: SpeakerStatus = { call: this.#call, ...figures, isCleared }
    this.port.postMessage(status)
    this.#sinceStatus = 0
    this.#power = 0
  }
}

class Microphone extends AudioWorkletProcessor {
  #block = new Float32Array(Math.round((blockMs * sampleRate) / 1000))
  #filled = 0
  #isOver = false

  constructor() {
    super()
    this.port.onmessage = () => {
      this.#isOver = true
    }
  }

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    let samples = input?.[0] ?? new Float32Array()
    while (samples.length > 0) {
      const part = samples.subarray(0, this.#block.length - this.#filled)
      this.#block.set(part, this.#filled)
      this.#filled += part.length
      samples = samples.subarray(part.length)
      if (this.#filled === this.#block.length) {
        this.port.postMessage(this.#block, [this.#block.buffer])
        this.#block = new Float32Array(Math.round((blockMs * sampleRate) / 1000))
        this.#filled = 0
      }
    }
    return !this.#isOver
  }
}

registerProcessor('voxgraph-speaker', Speaker)
registerProcessor('voxgraph-microphone', Microphone)
