import {
  bytesPerSample,
  bytesToSound,
  createInbox,
  ProviderError,
  type Inbox,
  type SpeechFormat,
  type SpokenPiece,
} from 'voxgraph/plugin'

/** Most sound that one may have, in bytes: ten minutes of the widest. */
const mostSound = 60_000_000

/**
 * What one connection says of an utterance: some spans, each flushed at its end. What comes back belongs to the
 * first span whose flush has not been answered. `pieces` is read once, and holds what is not read yet.
 */
export class Stretch {
  readonly pieces: Inbox<SpokenPiece> = createInbox()
  readonly #provider: string
  readonly #format: SpeechFormat
  /** Spans that sound is still to come of. */
  readonly #spans: number[] = []
  #isTextOver = false
  #isOver = false
  #soundBytes = 0
  #rest = new Uint8Array(0)
  /** Flushes that are not answered. */
  #flushes = 0

  readonly #over: () => void

  /** `over` is called once, when it is over and somebody still wanted it. */
  constructor(provider: string, format: SpeechFormat, over: () => void) {
    this.#provider = provider
    this.#format = format
    this.#over = over
  }

  /** All of its sound is there, or none will come any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Sound is to come. */
  get isOwed(): boolean {
    return !this.#isOver && this.#spans.length > 0
  }

  /** The end of a span has been told to Deepgram, which has to answer. */
  get isAwaited(): boolean {
    return !this.#isOver && this.#flushes > 0
  }

  /** Text of a span goes out. */
  begin(span: number): void {
    this.#spans.push(span)
  }

  /** All text of the span has gone out. */
  flush(): void {
    this.#flushes++
  }

  /** No more text comes. */
  end(): void {
    this.#isTextOver = true
    if (this.#spans.length === 0) this.#finish()
  }

  sound(bytes: Uint8Array): void {
    const span = this.#spans[0]
    // Nothing more was asked for.
    if (span === undefined || this.#isOver) return
    this.#soundBytes += bytes.length
    if (this.#soundBytes > mostSound) {
      const reason = 'the sound has no end'
      return this.fail(new ProviderError('server', { provider: this.#provider, reason }))
    }
    const all = new Uint8Array(this.#rest.length + bytes.length)
    all.set(this.#rest)
    all.set(bytes, this.#rest.length)
    const { encoding } = this.#format
    const whole = all.length - (all.length % bytesPerSample(encoding))
    this.#rest = all.slice(whole)
    if (whole === 0) return
    this.pieces.push({ span, samples: bytesToSound(all.subarray(0, whole), encoding) })
  }

  /** All sound of the next span is there. */
  flushed(): void {
    if (this.#flushes === 0) return
    this.#flushes--
    this.#spans.shift()
    this.#rest = new Uint8Array(0)
    if (this.#isTextOver && this.#spans.length === 0) this.#finish()
  }

  /** Nothing more comes. What is there is still read, and then it fails; where nothing is owed it ends. */
  fail(error: Error): void {
    if (this.#isOver) return
    const isOwed = this.isOwed
    this.#isOver = true
    if (isOwed) this.pieces.fail(error)
    else this.pieces.end()
    this.#over()
  }

  /** Nobody wants it any more. */
  drop(): void {
    this.#isOver = true
    this.pieces.drop()
  }

  #finish(): void {
    this.#isOver = true
    this.pieces.end()
    this.#over()
  }
}
