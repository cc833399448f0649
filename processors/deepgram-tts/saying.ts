import {
  bytesPerSample,
  bytesToSound,
  ProviderError,
  type SpeechFormat,
  type SpokenPiece,
  type Utterance,
} from 'voxgraph/plugin'

/** Longest text of a message, in characters; documented. */
const longestText = 2000
/** Most sound that may wait to be read, in bytes: ten minutes of the widest. */
const mostWaiting = 60_000_000

/** What an utterance says to the connection. */
export interface Mouth {
  text(text: string): void
  /** Ends a span, or the utterance. False: it could not be done, and is to be gone without. */
  flush(isLast: boolean): boolean
}

/**
 * One utterance on a connection: its text goes out as it comes, the end of each span is flushed, and what
 * comes back belongs to the first span whose flush has not been answered.
 */
export class Saying {
  readonly #provider: string
  readonly #format: SpeechFormat
  readonly #waiting: SpokenPiece[] = []
  /** Spans that sound is still to come of. */
  readonly #spans: number[] = []
  #waitingBytes = 0
  #rest = new Uint8Array(0)
  #isTextOver = false
  #failure: { readonly thrown: unknown } | undefined
  #wake = (): void => undefined
  /** Flushes that are not answered yet. */
  flushes = 0
  /** Something of it was sent. */
  hasBegun = false

  constructor(provider: string, format: SpeechFormat) {
    this.#provider = provider
    this.#format = format
  }

  /** True when all of its sound is there, or none will come any more. */
  get isOver(): boolean {
    return this.#failure !== undefined || (this.#isTextOver && this.flushes === 0)
  }

  /** Says the text as it comes; returns when there is no more, or nobody wants it. */
  async say({ text, signal }: Utterance, mouth: Mouth): Promise<void> {
    let open: number | undefined
    /** White space goes out with what follows it. */
    let space = ''
    for await (const piece of text) {
      if (signal.aborted || this.isOver) return
      if (open !== undefined && piece.span !== open) {
        const isFlushed = this.#flush(mouth, false)
        space = isFlushed ? '' : ' '
        open = isFlushed ? undefined : piece.span
      }
      const said = space + piece.text
      if (said.trim() === '') {
        space = said
        continue
      }
      space = ''
      if (open === undefined) this.#spans.push(piece.span)
      open = piece.span
      this.hasBegun = true
      for (const part of parts(said)) mouth.text(part)
    }
    if (signal.aborted || this.isOver) return
    this.#isTextOver = true
    if (open !== undefined) this.#flush(mouth, true)
    this.#wake()
  }

  sound(bytes: Uint8Array): void {
    const span = this.#spans[0]
    // Nothing more was asked for.
    if (span === undefined || this.isOver) return
    const all = new Uint8Array(this.#rest.length + bytes.length)
    all.set(this.#rest)
    all.set(bytes, this.#rest.length)
    const { encoding } = this.#format
    const whole = all.length - (all.length % bytesPerSample(encoding))
    this.#rest = all.slice(whole)
    this.#waitingBytes += whole
    if (this.#waitingBytes > mostWaiting) {
      return this.fail(
        new ProviderError('server', { ...this.#who, reason: 'the sound has no end' }),
      )
    }
    this.#waiting.push({ span, samples: bytesToSound(all.subarray(0, whole), encoding) })
    this.#wake()
  }

  /** All sound of the next span is there. */
  flushed(): void {
    if (this.flushes === 0) return
    this.flushes--
    this.#spans.shift()
    this.#rest = new Uint8Array(0)
    this.#wake()
  }

  /** It will not be completed. What is there already is still read. */
  fail(thrown: unknown): void {
    if (this.isOver) return
    this.#failure = { thrown }
    this.#wake()
  }

  /** The sound as it comes. */
  async *pieces(signal: AbortSignal): AsyncGenerator<SpokenPiece> {
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake, { once: true })
    try {
      while (!signal.aborted) {
        const next = this.#waiting.shift()
        if (next !== undefined) {
          this.#waitingBytes -= next.samples.length * bytesPerSample(this.#format.encoding)
          yield next
        } else if (this.#failure !== undefined) throw this.#failure.thrown
        else if (this.isOver) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  get #who(): { readonly provider: string } {
    return { provider: this.#provider }
  }

  #flush(mouth: Mouth, isLast: boolean): boolean {
    const isFlushed = mouth.flush(isLast)
    if (isFlushed) this.flushes++
    return isFlushed
  }
}

/** A text in parts that are not too long, cut at spaces where there are any. */
function* parts(text: string): Generator<string> {
  let rest = text
  while (rest.length > longestText) {
    const space = rest.lastIndexOf(' ', longestText - 1)
    const end = space > 0 ? space + 1 : longestText
    yield rest.slice(0, end)
    rest = rest.slice(end)
  }
  yield rest
}
