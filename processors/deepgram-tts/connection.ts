import {
  ProviderError,
  type Cancel,
  type SpeechFormat,
  type TtsContext,
  type Utterance,
} from 'voxgraph/plugin'
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
import type { Mouth, Saying } from './saying.ts'

/** Id of the processor. */
export const provider = 'deepgram-tts'

/** Something comes at least so often while an answer is owed, in ms. */
const answerWithinMs = 5000

/** What `setup` of the voice gets. */
export type Context = TtsContext<TtsOptions, DeepgramSdk>
type Socket = Awaited<
  ReturnType<InstanceType<DeepgramSdk['DeepgramClient']>['speak']['v1']['createConnection']>
>

/** One connection to the voice. It says one utterance at a time. */
export class Connection implements Mouth {
  readonly #ctx: Context
  readonly #budget: FlushBudget
  #link: DeepgramLink<Socket> | undefined
  #saying: Saying | undefined
  /** Clears that are not answered: what comes before belongs to what was cleared. */
  #clears = 0
  #lastFlushed: unknown
  #hasSound = false
  #heardAt = 0
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

  /** It can say a whole utterance. */
  get isReady(): boolean {
    return this.#link?.line.isOpen === true && this.#budget.isEnough
  }

  /** Says an utterance; what comes back goes to `saying`. */
  begin(saying: Saying, utterance: Utterance): void {
    this.#saying = saying
    saying.say(utterance, this).catch((thrown: unknown) => saying.fail(thrown))
  }

  /** Nobody wants any more of it: what is not said yet is not made. */
  end(saying: Saying): void {
    if (this.#saying !== saying) return
    this.#saying = undefined
    if (!saying.hasBegun || saying.isOver || this.#link?.line.isOpen !== true) return
    this.#clears++
    this.#link.socket.sendClear({ type: 'Clear' })
    this.#expect()
  }

  text(text: string): void {
    if (this.#link?.line.isOpen === true) this.#link.socket.sendText({ type: 'Speak', text })
  }

  flush(isLast: boolean): boolean {
    if (isLast) this.#budget.takeLast()
    else if (!this.#budget.takeInner()) return false
    if (this.#link?.line.isOpen === true) this.#link.socket.sendFlush({ type: 'Flush' })
    this.#expect()
    return true
  }

  async close(): Promise<void> {
    this.#cancel?.()
    if (this.#link?.line.isOpen === true) this.#link.socket.sendClose({ type: 'Close' })
    await this.#link?.line.close()
  }

  #take(message: unknown): void {
    this.#heardAt = this.#ctx.clock.now()
    const said = objectOf(message)
    switch (said?.['type']) {
      case 'Flushed':
        return this.#flushed(said['sequence_id'])
      case 'Cleared':
        this.#clears = Math.max(0, this.#clears - 1)
        return
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
    if (this.#clears > 0) return
    this.#hasSound = true
    this.#saying?.sound(bytes)
  }

  #flushed(sequence: unknown): void {
    if (this.#clears > 0) return
    // The same once more.
    if (!this.#hasSound && sequence === this.#lastFlushed) return
    this.#lastFlushed = sequence
    this.#hasSound = false
    this.#saying?.flushed()
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
      if (this.#clears === 0 && (this.#saying?.flushes ?? 0) === 0) return
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
    this.#saying?.fail(error)
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
