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
import { createChunks, type Chunks } from './chunks.ts'
import type { FluxOptions } from './options.ts'
import { createLookout, type Lookout } from './lookout.ts'
import { queryOf } from './query.ts'
import { createStreamTimes } from './times.ts'
import { readTurnInfo, type TurnInfo } from './turn-info.ts'

/** Id of the processor. */
export const provider = 'deepgram-flux'

/** Length of the pieces that Flux wants its sound in, in ms. */
const chunkMs = 80
/** A turn in which no sound comes for so long gets as much silence, in ms: Flux ends no turn without sound. */
const silenceMs = 500
/** In a turn Flux says something four times a second; when it has not for so long, in ms, it never will. */
const silentForMs = 5000

type Context = SttContext<FluxOptions, DeepgramSdk>
type Socket = Awaited<
  ReturnType<InstanceType<DeepgramSdk['DeepgramClient']>['listen']['v2']['createConnection']>
>

/** Opens a stream; resolves when it takes sound. */
export async function openStream(ctx: Context, init: SttStreamInit): Promise<SttStream> {
  const { clock, options, shared: sdk } = ctx
  const stream = new Stream(ctx, init)
  const query = queryOf(provider, options, init.format)
  const link = await connectDeepgram({
    ...{ sdk, provider, account: options, clock, signal: init.signal },
    create: (client) => client.listen.v2.createConnection(query),
    message: (message) => stream.take(message),
    failed: (error) => stream.failed(error),
  })
  stream.attach(link)
  return stream
}

/** It has no `finish`: Flux goes by its own view of the turn, whatever our detector says. */
class Stream implements SttStream {
  readonly #ctx: Context
  readonly #init: SttStreamInit
  readonly #chunks: Chunks
  readonly #times = createStreamTimes()
  readonly #lookout: Lookout
  /** It speaks of silence, too: so it has to speak all the time. */
  #tellsAll = false
  #link: DeepgramLink<Socket> | undefined
  #isOver = false
  #sequence = -1
  /** The turn that is open, and the last one that is over. */
  #turn: number | undefined
  #ended = -1
  #text = ''
  #settledMs = 0
  #pushedAt = 0
  #heardAt = 0
  #cancel: Cancel = () => undefined

  constructor(ctx: Context, init: SttStreamInit) {
    this.#ctx = ctx
    this.#init = init
    this.#lookout = createLookout(ctx.clock)
    this.#chunks = createChunks((init.format.sampleRate * chunkMs) / 1000)
  }

  attach(link: DeepgramLink<Socket>): void {
    this.#link = link
  }

  push(samples: Int16Array): void {
    if (this.#isOver || samples.length === 0) return
    this.#pushedAt = this.#ctx.clock.now()
    for (const chunk of this.#chunks.push(samples)) this.#sendSound(chunk)
    this.#lookout.sent(this.#times.pushedMs)
    if (!this.#tellsAll || !this.#lookout.isBehind()) return
    const reason = 'it does not keep up with the sound'
    this.#fail(new ProviderError('timeout', { provider, reason }))
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
    this.#init.failed(error)
  }

  take(message: unknown): void {
    if (this.#isOver) return
    const said = objectOf(message)
    if (typeof said?.['type'] !== 'string') return this.#fail(nonsense(provider))
    this.#heardAt = this.#ctx.clock.now()
    if (said['type'] === 'Error') return this.#fail(failureOfMessage(provider, said))
    if (said['type'] === 'ConfigureFailure') this.#ctx.log.warn('Flux refused new settings')
    if (said['type'] !== 'TurnInfo') return
    const info = readTurnInfo(said)
    if (info === undefined) return this.#fail(nonsense(provider))
    // The same once more, or one that was overtaken; and what is said of a turn that is over.
    if (info.sequence <= this.#sequence || info.turn <= this.#ended) return
    this.#sequence = info.sequence
    this.#lookout.looked(this.#times.pushedAt(info.endMs))
    this.#tellsAll ||= this.#turn === undefined && info.event === 'Update'
    this.#turned(info)
  }

  #turned(info: TurnInfo): void {
    const { event, text } = info
    const { heard } = this.#init
    if (event === 'EndOfTurn') return this.#endTurn(info)
    if (this.#turn === undefined && (event === 'StartOfTurn' || text !== '')) {
      this.#turn = info.turn
      heard({ type: 'turn', state: 'started', text })
      this.#watch()
    }
    // Whatever waits for the end of the turn is told first that it is not over.
    if (event === 'TurnResumed') heard({ type: 'turn', state: 'resumed', text })
    if (text !== this.#text) {
      this.#text = text
      heard({ type: 'interim', text, ...this.#details(info) })
    }
    if (event === 'EagerEndOfTurn') heard({ type: 'turn', state: 'eager', text })
  }

  /** What was said becomes final before anybody hears that the turn is over. */
  #endTurn(info: TurnInfo): void {
    const { text, turn } = info
    const { heard } = this.#init
    this.#cancel()
    this.#turn = undefined
    this.#ended = turn
    this.#text = ''
    this.#settledMs = Math.max(this.#settledMs, this.#times.pushedAt(info.endMs))
    heard({ type: 'final', text, ...this.#details(info), untilMs: this.#settledMs })
    heard({ type: 'turn', state: 'ended', text })
  }

  #details({ words, language }: TurnInfo) {
    const at = (ms: number): number => this.#times.pushedAt(ms)
    const placed = words.map((word) => ({
      ...word,
      startMs: at(word.startMs),
      endMs: at(word.endMs),
    }))
    const isEnglish = this.#ctx.options.model === 'flux-general-en'
    const spoken = language ?? (isEnglish ? 'en' : undefined)
    return {
      ...(spoken !== undefined && { language: spoken }),
      ...(placed.length > 0 && { words: placed }),
    }
  }

  #sendSound(samples: Int16Array): void {
    const { encoding, sampleRate } = this.#init.format
    this.#times.sound((samples.length * 1000) / sampleRate)
    this.#link?.socket.sendMedia(soundToBytes(samples, encoding))
  }

  /** While a turn is open: sound that stops is made good by silence, and somebody has to say something. */
  #watch(): void {
    const { clock } = this.#ctx
    this.#cancel()
    this.#cancel = clock.after(silenceMs, () => {
      const now = clock.now()
      if (now - this.#heardAt >= silentForMs) {
        const reason = `it has said nothing for ${silentForMs / 1000} s in the middle of a turn`
        return this.#fail(new ProviderError('timeout', { provider, reason }))
      }
      if (now - this.#pushedAt >= silenceMs) this.#sendSilence()
      this.#watch()
    })
  }

  #sendSilence(): void {
    const { encoding, sampleRate } = this.#init.format
    const rest = this.#chunks.flush()
    if (rest.length > 0) this.#sendSound(rest)
    const silence = new Int16Array((sampleRate * silenceMs) / 1000)
    if (encoding === 'mulaw') silence.fill(0xff)
    this.#times.silence(silenceMs)
    this.#link?.socket.sendMedia(soundToBytes(silence, encoding))
  }

  /** Ends the connection; `failed` is told by it. */
  #fail(error: ProviderError): void {
    this.#link?.line.fail(error)
  }

  #end(): void {
    this.#isOver = true
    this.#cancel()
  }
}
