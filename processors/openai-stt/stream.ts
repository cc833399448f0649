import {
  encodeWav,
  ProviderError,
  type SttContext,
  type SttStream,
  type SttStreamInit,
} from 'voxgraph/plugin'
import { failureOf, isPage, strange, type Account, type Clients } from '../openai.ts'
import { createGatheredSound, type GatheredSound } from './gathered-sound.ts'
import { provider, type HearingOptions } from './options.ts'

/** What a call of `openai-stt` gets from the runtime. */
export type HearingContext = SttContext<HearingOptions, Clients>

/** Requests that may be under way at once; a server that is slower than that does not keep up. */
const mostAsked = 8
/** Longest transcript that is taken, in characters: nobody says more in ten minutes. */
const longestTranscript = 20_000

/**
 * Gathers what the caller says and sends it when the caller has stopped. Transcripts come in the order in
 * which the words were said, whichever request is answered first. Opens no connection before.
 */
export class UtteranceStream implements SttStream {
  readonly #options: HearingOptions
  readonly #account: Account
  readonly #init: SttStreamInit
  readonly #sound: GatheredSound
  readonly #over = new AbortController()
  readonly #signal: AbortSignal
  #last: Promise<void> = Promise.resolve()
  #asked = 0

  constructor({ options }: HearingContext, account: Account, init: SttStreamInit) {
    this.#options = options
    this.#account = account
    this.#init = init
    this.#sound = createGatheredSound(init.format.sampleRate)
    this.#signal = AbortSignal.any([init.signal, this.#over.signal])
  }

  push(samples: Int16Array): void {
    this.#sound.push(samples)
    if (this.#sound.spokenMs < this.#options.longest) return
    this.finish()
    this.#sound.begin()
  }

  started(): void {
    this.#sound.begin()
  }

  finish(): void {
    if (this.#signal.aborted) return
    const { untilMs } = this.#sound
    const samples = this.#sound.take()
    const text = samples.length === 0 ? Promise.resolve('') : this.#ask(samples)
    const before = this.#last
    const told = (async () => {
      const heard = await text
      await before
      if (!this.#signal.aborted) this.#init.heard({ type: 'final', text: heard, untilMs })
    })()
    this.#last = told.catch((thrown: unknown) => this.#fail(thrown))
  }

  close(): void {
    this.#over.abort()
  }

  async #ask(samples: Int16Array): Promise<string> {
    if (this.#asked >= mostAsked) {
      const reason = `${mostAsked} utterances wait for their transcripts`
      throw new ProviderError('timeout', { provider, reason })
    }
    this.#asked++
    const { client } = this.#account
    const { model, language, hints } = this.#options
    const { sampleRate } = this.#init.format
    const file = new File([encodeWav(samples, sampleRate)], 'speech.wav', { type: 'audio/wav' })
    const more = { ...(language !== undefined && { language }), ...(hints && { prompt: hints }) }
    try {
      const asked = client.audio.transcriptions.create(
        { file, model, response_format: 'json', ...more },
        { signal: this.#signal },
      )
      const { data, response } = await asked.withResponse()
      if (isPage(response.headers)) throw strange(provider, response.headers)
      return textOf(data)
    } finally {
      this.#asked--
    }
  }

  /** It gives nothing more, and says so once. */
  #fail(thrown: unknown): void {
    if (this.#signal.aborted) return
    this.#over.abort()
    this.#init.failed(failureOf(thrown, this.#account))
  }
}

function textOf(answer: unknown): string {
  const { text } = (answer ?? {}) as { readonly text?: unknown }
  if (typeof text === 'string' && text.length <= longestTranscript) return text.trim()
  throw new ProviderError('server', { provider, reason: 'it sent what is no transcript' })
}
