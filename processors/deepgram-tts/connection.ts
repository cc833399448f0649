import { ProviderError, type Cancel, type SpeechFormat, type TtsContext } from 'voxgraph/plugin'
import {
  connectDeepgram,
  failureOfMessage,
  nonsense,
  objectOf,
  type DeepgramLink,
  type DeepgramSdk,
} from '../deepgram.ts'
import { createFlushBudget, type FlushBudget } from './flush-budget.ts'
import type { TtsOptions } from './options.ts'
import { Stretch } from './stretch.ts'

/** Id of the processor. */
export const provider = 'deepgram-tts'

/** Something comes at least so often while an answer is owed, in ms. */
const answerWithinMs = 5000

/** What `setup` of the voice gets. */
export type Context = TtsContext<TtsOptions, DeepgramSdk>
type Socket = Awaited<
  ReturnType<InstanceType<DeepgramSdk['DeepgramClient']>['speak']['v1']['createConnection']>
>

/** A connection on which a `Clear` is not answered within this, in ms, is not waited for. */
const clearWithinMs = 300
/** Longest text of a message, in characters; documented. */
const longestText = 2000

/** One connection to the voice. It says one stretch at a time. */
export class Connection {
  readonly #ctx: Context
  readonly #budget: FlushBudget
  #link: DeepgramLink<Socket> | undefined
  #stretch: Stretch | undefined
  /** Clears that are not answered: what comes before belongs to what was cleared. */
  #clears = 0
  #last = Buffer.alloc(0)
  #lastFlushed: unknown
  #hasSound = false
  #heardAt = 0
  #isRetired = false
  #isClear: (() => void) | undefined
  #cancel: Cancel | undefined

  private constructor(ctx: Context) {
    this.#ctx = ctx
    this.#budget = createFlushBudget(() => ctx.clock.now())
  }

  /**
   * Opens a connection.
   * @throws ProviderError
   */
  static async open(ctx: Context, signal: AbortSignal): Promise<Connection> {
    const { clock, options, shared: sdk, format } = ctx
    const made = new Connection(ctx)
    made.#link = await connectDeepgram({
      ...{ sdk, provider, account: options, clock, signal },
      create: (client) => client.speak.v1.createConnection(queryOf(options, format)),
      message: (message) => made.#take(message),
      sound: (bytes) => made.#sound(bytes),
      failed: (error) => made.#failed(error),
    })
    return made
  }

  /** It can say a whole span. */
  get isReady(): boolean {
    return this.#isOpen && !this.#budget.isUsedUp
  }

  /** Waits until all is cleared that was to be; false when that does not come soon. */
  async cleared(signal: AbortSignal): Promise<boolean> {
    if (this.#clears === 0) return true
    const { clock } = this.#ctx
    await new Promise<void>((resolve) => {
      const cancel = clock.after(clearWithinMs, resolve)
      this.#isClear = () => {
        cancel()
        resolve()
      }
      signal.addEventListener('abort', this.#isClear, { once: true })
    })
    return this.#clears === 0
  }

  /** What is told from here on is said in a stretch of its own. */
  begin(): Stretch {
    const over = (): void => {
      if (this.#isRetired) void this.close()
    }
    this.#stretch = new Stretch(provider, this.#ctx.format, over)
    return this.#stretch
  }

  /** Says text of the span that was begun. */
  text(text: string): void {
    if (!this.#isOpen) return
    for (const part of parts(text)) this.#link?.socket.sendText({ type: 'Speak', text: part })
  }

  /** The span that was begun is complete. */
  flush(): void {
    if (!this.#isOpen) return
    this.#budget.take()
    this.#stretch?.flush()
    this.#link?.socket.sendFlush({ type: 'Flush' })
    this.#expect()
  }

  /** Nobody wants any more of a stretch: what is not said yet is not made. */
  end(stretch: Stretch): void {
    const isOwed = stretch.isOwed
    stretch.drop()
    if (this.#stretch !== stretch) return
    this.#stretch = undefined
    if (this.#isRetired) return void this.close()
    if (!isOwed || !this.#isOpen) return
    this.#clears++
    this.#link?.socket.sendClear({ type: 'Clear' })
    this.#expect()
  }

  /** Nothing more is told to it: it closes when all is said. */
  retire(): void {
    this.#isRetired = true
    if (this.#stretch?.isOver !== false) void this.close()
  }

  get #isOpen(): boolean {
    return this.#link?.line.isOpen === true
  }

  async close(): Promise<void> {
    this.#cancel?.()
    if (this.#isOpen) this.#link?.socket.sendClose({ type: 'Close' })
    await this.#link?.line.close()
  }

  #take(message: unknown): void {
    this.#heardAt = this.#ctx.clock.now()
    const said = objectOf(message)
    switch (said?.['type']) {
      case 'Flushed':
        return this.#flushed(said['sequence_id'])
      case 'Cleared':
        return this.#cleared()
      case 'Warning':
        return this.#warned(said)
      case 'Error':
        return this.#fail(failureOfMessage(provider, said))
      default:
        if (typeof said?.['type'] !== 'string') this.#fail(nonsense(provider))
    }
  }

  #sound(bytes: Uint8Array): void {
    this.#heardAt = this.#ctx.clock.now()
    // The same once more: no two pieces of sound are alike, but for silence.
    const isAgain = this.#last.equals(bytes) && bytes.some((byte) => byte !== bytes[0])
    this.#last = Buffer.from(bytes)
    if (this.#clears > 0 || isAgain) return
    this.#hasSound = true
    this.#stretch?.sound(bytes)
  }

  #cleared(): void {
    this.#clears = Math.max(0, this.#clears - 1)
    if (this.#clears === 0) this.#isClear?.()
  }

  #flushed(sequence: unknown): void {
    if (this.#clears > 0) return
    // The same once more.
    if (!this.#hasSound && sequence === this.#lastFlushed) return
    this.#lastFlushed = sequence
    this.#hasSound = false
    this.#stretch?.flushed()
  }

  #warned(said: Readonly<Record<string, unknown>>): void {
    const { code, description } = said
    const reason = `${String(code)} ${String(description)}`
    this.#ctx.log.warn('Deepgram warns', { reason })
    // What is not flushed is never said.
    if (/flush/i.test(reason)) this.#fail(new ProviderError('rate-limit', { provider, reason }))
  }

  /** Watches that what is owed comes: the ends of spans, and of what was cleared. */
  #expect(): void {
    if (this.#cancel !== undefined) return
    this.#heardAt = this.#ctx.clock.now()
    this.#await()
  }

  #await(): void {
    const { clock } = this.#ctx
    this.#cancel = clock.after(this.#heardAt + answerWithinMs - clock.now(), () => {
      this.#cancel = undefined
      if (this.#clears === 0 && this.#stretch?.isAwaited !== true) return
      if (clock.now() - this.#heardAt < answerWithinMs) return this.#await()
      const reason = `nothing has come for ${answerWithinMs / 1000} s`
      this.#fail(new ProviderError('timeout', { provider, reason }))
    })
  }

  #fail(error: ProviderError): void {
    this.#link?.line.fail(error)
  }

  #failed(error: ProviderError): void {
    this.#cancel?.()
    this.#stretch?.fail(error)
  }
}

const queryOf = (options: TtsOptions, { encoding, sampleRate }: SpeechFormat) => ({
  model: options.voice,
  encoding: encoding === 'mulaw' ? 'mulaw' : 'linear16',
  sample_rate: String(sampleRate),
  ...(options.speed !== undefined && { speed: options.speed }),
  ...(options.mip_opt_out && { mip_opt_out: 'true' }),
  reconnectAttempts: 0,
})

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
