import {
  createConversion,
  durationMs,
  type AudioFrame,
  type Clock,
  type Conversion,
  type ResamplerEngine,
  type SoundFormat,
} from 'voxgraph/plugin'

/** What a player works with. */
export interface ClientPlayerInit {
  readonly clock: Clock
  readonly engine: ResamplerEngine
  /** Of the sound that is handed over. */
  readonly format: SoundFormat
  /** Rate at which the client plays, in Hz. */
  readonly sampleRate: number
  readonly write: (samples: Int16Array) => void
}

/** Length in which sound that is stopped fades, in ms: as the runtime's own. */
const fadeMs = 5

/**
 * The player of a client that plays whatever comes, one piece after the other: it cannot be told to throw anything
 * away, and says nothing of what it has played. So sound that was cleared is heard all the same, and what was
 * played is reckoned by the clock.
 */
export class ClientPlayer {
  readonly #init: ClientPlayerInit
  readonly #conversion: Conversion
  /** Ms handed over since the connection began. */
  #handedMs = 0
  /** When the client will have played all of it. */
  #endsAt = 0
  #isCleared = false
  #isClosed = false
  /** The last 5 ms that were sent. */
  #tail = new Int16Array()

  constructor(init: ClientPlayerInit) {
    const { engine, format, sampleRate } = init
    this.#init = init
    this.#conversion = createConversion(engine, format, {
      sampleRate,
      channels: 1,
      encoding: 'pcm',
    })
  }

  /** Ms of sound that the client has played, as far as one can know. */
  get playedMs(): number {
    return this.#handedMs - Math.max(0, this.#endsAt - this.#init.clock.now())
  }

  /** `isSilent`: the time of the sound passes, and nobody hears it. */
  play(frame: AudioFrame, isSilent = false): void {
    if (this.#isClosed) return
    const isEnd = this.#isCleared && frame.response === 0 && frame.span === 0
    this.#isCleared = false
    this.#handedMs += durationMs(frame)
    this.#endsAt = Math.max(this.#init.clock.now(), this.#endsAt) + durationMs(frame)
    if (isSilent) return
    // The fading end of stopped sound would be heard after the sound that nobody can stop.
    this.#send(isEnd ? this.#ending() : this.#conversion.convert(frame.samples))
  }

  /** Nothing can be called back: what was sent plays to its end. */
  clear(): void {
    this.#isCleared = true
    if (!this.#isClosed) this.#conversion.reset()
  }

  close(): void {
    this.#isClosed = true
    this.#conversion.close()
  }

  /** The last 5 ms that were sent, backwards and fading: the sound ends here, and nothing clicks. */
  #ending(): Int16Array {
    const { length } = this.#tail
    return this.#tail
      .toReversed()
      .map((sample, index) => Math.round((sample * (length - index)) / (length + 1)))
  }

  #send(samples: Int16Array): void {
    if (samples.length === 0) return
    this.#tail = samples.slice(-Math.round((this.#init.sampleRate * fadeMs) / 1000))
    this.#init.write(samples)
  }
}
