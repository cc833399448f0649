import {
  ProviderError,
  soundToBytes,
  type Cancel,
  type SttContext,
  type SttStream,
  type SttStreamInit,
} from 'voxgraph/plugin'
import {
  connectDeepgram,
  failureOfMessage,
  nonsense,
  objectOf,
  type DeepgramLink,
  type DeepgramSdk,
} from '../deepgram.ts'
import type { SttOptions } from './options.ts'
import { queryOf } from './query.ts'
import { readResults, type Results } from './results.ts'

/** Id of the processor. */
export const provider = 'deepgram-stt'

/** After so long without sound Deepgram is told that there will be more, in ms: it hangs up after 10 s. */
const keepAliveMs = 4000
/** A `Finalize` is answered within this, in ms, where there is something left to answer. */
const finalizeWithinMs = 3000
/** Sound behind the last final, in ms, in which there is no word: our detector is as late as that. */
const wordlessMs = 400
/** To a `Finalize` with less sound behind the last final, in ms, Deepgram may say nothing … */
const leastOpenMs = 1000
/** … and has not, when it is not there within this, in ms. */
const maybeWithinMs = 800
/** Deepgram says something of all sound, silence too; when it has not for so long, in ms, it never will. */
const silentForMs = 10_000
/** Sound that has to have come meanwhile, in ms: of a little it may have nothing to say. */
const mostUnheardMs = 5000
/** Times of Deepgram are good to this, in ms. */
const toleranceMs = 10

type Context = SttContext<SttOptions, DeepgramSdk>
type Socket = Awaited<ReturnType<typeof createSocket>>

/** Opens a stream; resolves when it takes sound. */
export async function openStream(ctx: Context, init: SttStreamInit): Promise<SttStream> {
  const { clock, options, shared: sdk } = ctx
  const stream = new Stream(ctx, init)
  const link = await connectDeepgram({
    ...{ sdk, provider, account: options, clock, signal: init.signal },
    create: (client) => createSocket(client, options, init),
    message: (message) => stream.take(message),
    failed: (error) => stream.failed(error),
  })
  stream.attach(link)
  return stream
}

const createSocket = (
  client: InstanceType<DeepgramSdk['DeepgramClient']>,
  options: SttOptions,
  { format }: SttStreamInit,
) => client.listen.v1.createConnection(queryOf(options, format))

class Stream implements SttStream {
  readonly #ctx: Context
  readonly #init: SttStreamInit
  #link: DeepgramLink<Socket> | undefined
  #isOver = false
  /** Sound that was pushed, is settled by what Deepgram says, and is settled as far as anybody was told, in ms. */
  #pushedMs = 0
  #settledMs = 0
  #toldMs = 0
  /** Sound since Deepgram last said anything, in ms, and when it began to come. */
  #unheardMs = 0
  #unheardSince = 0
  /** The words that are not final yet. */
  #open = ''
  /** An answer to a `Finalize` is waited for. */
  #isFinishing = false
  #sentAt = 0
  #cancelKeepAlive: Cancel = () => undefined
  #cancelAnswer: Cancel = () => undefined

  constructor(ctx: Context, init: SttStreamInit) {
    this.#ctx = ctx
    this.#init = init
  }

  attach(link: DeepgramLink<Socket>): void {
    this.#link = link
    if (this.#isOver) return
    this.#sentAt = this.#ctx.clock.now()
    this.#keepAlive()
  }

  push(samples: Int16Array): void {
    const { format } = this.#init
    if (this.#isOver || samples.length === 0) return
    this.#link?.socket.sendMedia(soundToBytes(samples, format.encoding))
    this.#sentAt = this.#ctx.clock.now()
    const lengthMs = (samples.length * 1000) / format.sampleRate
    this.#pushedMs += lengthMs
    if (this.#unheardMs === 0) this.#unheardSince = this.#sentAt
    this.#unheardMs += lengthMs
    const silentMs = this.#sentAt - this.#unheardSince
    if (silentMs < silentForMs || this.#unheardMs < mostUnheardMs) return
    this.#stuck(`it has said nothing for ${silentForMs / 1000} s`)
  }

  finish(): void {
    if (this.#isOver) return
    this.#link?.socket.sendFinalize({ type: 'Finalize' })
    this.#answered()
    const openMs = this.#pushedMs - this.#settledMs
    const untilMs = this.#pushedMs
    // It had finished before our detector knew.
    if (this.#open === '' && openMs < wordlessMs) return this.#tellNothing(this.#settledMs)
    this.#isFinishing = true
    const isOwed = this.#open !== '' || openMs >= leastOpenMs
    const { clock } = this.#ctx
    this.#cancelAnswer = clock.after(isOwed ? finalizeWithinMs : maybeWithinMs, () => {
      if (isOwed) this.#stuck('it did not finish what was said')
      else this.#tellNothing(untilMs)
    })
  }

  async close(): Promise<void> {
    const wasOver = this.#isOver
    this.#end()
    if (!wasOver) this.#link?.socket.sendCloseStream({ type: 'CloseStream' })
    await this.#link?.line.close()
  }

  failed(error: ProviderError): void {
    if (this.#isOver) return
    this.#end()
    // What fails before it is open is thrown by `open`.
    this.#init.failed(error)
  }

  take(message: unknown): void {
    if (this.#isOver) return
    const said = objectOf(message)
    if (typeof said?.['type'] !== 'string') return this.#fail(nonsense(provider))
    if (said['type'] === 'Error') return this.#fail(failureOfMessage(provider, said))
    // Ends of speech and of utterances say nothing that the finals do not say.
    if (said['type'] !== 'Results') return
    const results = readResults(said)
    if (results === undefined) return this.#fail(nonsense(provider))
    this.#unheardMs = 0
    if (results.isFinal) this.#final(results)
    else this.#interim(results)
  }

  #interim(results: Results): void {
    // One that comes behind its own final.
    if (results.endMs <= this.#settledMs + toleranceMs || results.text === this.#open) return
    this.#open = results.text
    const { text } = results
    this.#init.heard({ type: 'interim', text, ...this.#details(results) })
  }

  #final(results: Results): void {
    const { text, confidence, endMs, isFromFinalize } = results
    const isNew = endMs > this.#settledMs + toleranceMs
    // The same once more: its words are known.
    if (!isNew && (text !== '' || !isFromFinalize)) return
    this.#settledMs = Math.min(this.#pushedMs, Math.max(this.#settledMs, endMs))
    // It had found no words before; what is being waited for comes behind it.
    if (text === '' && this.#isFinishing && !isFromFinalize) return
    this.#answered()
    this.#open = ''
    const sure = confidence === undefined || text === '' ? {} : { confidence }
    const details = this.#details(results)
    this.#toldMs = Math.max(this.#toldMs, this.#settledMs)
    this.#init.heard({ type: 'final', text, ...sure, ...details, untilMs: this.#toldMs })
  }

  #details({ language, words }: Results) {
    const { language: asked } = this.#ctx.options
    const spoken = language ?? (asked === 'multi' ? undefined : asked)
    const within = (ms: number): number => Math.min(ms, this.#pushedMs)
    const placed = words.map((word) => ({
      ...word,
      startMs: within(word.startMs),
      endMs: within(word.endMs),
    }))
    return {
      ...(spoken !== undefined && { language: spoken }),
      ...(placed.length > 0 && { words: placed }),
    }
  }

  #keepAlive(): void {
    const { clock } = this.#ctx
    this.#cancelKeepAlive = clock.after(this.#sentAt + keepAliveMs - clock.now(), () => {
      if (clock.now() - this.#sentAt >= keepAliveMs) {
        this.#link?.socket.sendKeepAlive({ type: 'KeepAlive' })
        this.#sentAt = clock.now()
      }
      this.#keepAlive()
    })
  }

  /** Nothing is left to finish. Whoever asked waits for an answer. */
  #tellNothing(untilMs: number): void {
    this.#answered()
    this.#toldMs = Math.max(this.#toldMs, untilMs)
    this.#init.heard({ type: 'final', text: '', untilMs: this.#toldMs })
  }

  #answered(): void {
    this.#isFinishing = false
    this.#cancelAnswer()
  }

  #stuck(reason: string): void {
    this.#fail(new ProviderError('timeout', { provider, reason }))
  }

  /** Ends the connection; `failed` is told by it. */
  #fail(error: ProviderError): void {
    this.#link?.line.fail(error)
  }

  #end(): void {
    this.#isOver = true
    this.#cancelKeepAlive()
    this.#cancelAnswer()
  }
}
