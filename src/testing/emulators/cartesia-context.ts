import type { Cancel } from '../../time/clock.ts'
import type { CartesiaEmulatorInit } from './cartesia.ts'
import type { FaultName } from './emulator.ts'
import type { EmulatorServer, Peer } from './server.ts'
import { spoilAnswer } from './spoil-answer.ts'
import { chunksOf, dripMs, paced, usualChunkMs, wireSpeech, type WireChunk } from './wire-speech.ts'

/** A checked message with text. */
export interface Generation {
  readonly context_id: string
  readonly model_id: string
  readonly transcript: string
  readonly voice: string | { readonly id: string }
  readonly output_format: { readonly encoding: string; readonly sample_rate: number }
  readonly add_timestamps?: boolean | null
  readonly continue?: boolean | null
  readonly flush?: boolean | null
  readonly max_buffer_delay_ms?: number | null
}

/** How long Cartesia waits for more text unless it is told, in ms. */
const usualBufferMs = 3000

/** All fields that must be the same in every message of a context. */
function constants(message: Generation): string {
  const { transcript: _transcript, continue: _continue, flush: _flush, ...rest } = message
  return JSON.stringify(Object.entries(rest).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

/**
 * One context: text in, sound and times out. It speaks what it has at the end of a sentence, when it is
 * flushed or finished, and when no more came for `max_buffer_delay_ms`.
 */
export class CartesiaContext {
  readonly #init: CartesiaEmulatorInit
  readonly #server: EmulatorServer
  readonly #peer: Peer
  readonly #first: Generation
  readonly #count: (bytes: number) => void
  readonly #over = new AbortController()
  readonly #signal: AbortSignal
  #state: 'open' | 'finished' | 'gone' = 'open'
  #text = ''
  #flushes = 0
  /** Sound so far, in ms. */
  #lengthMs = 0
  #steps = 0
  #work: Promise<void>
  #isTwice = false
  #cancelBuffer: Cancel = () => undefined
  #cancelExpiry: Cancel = () => undefined

  constructor(
    init: CartesiaEmulatorInit,
    server: EmulatorServer,
    peer: Peer,
    first: Generation,
    count: (bytes: number) => void,
  ) {
    this.#init = init
    this.#server = server
    this.#peer = peer
    this.#first = first
    this.#count = count
    this.#signal = AbortSignal.any([this.#over.signal, peer.signal])
    this.#signal.addEventListener('abort', () => {
      this.#cancelBuffer()
      this.#cancelExpiry()
    })
    this.#work = init.delayMs === undefined ? Promise.resolve() : this.#wait(init.delayMs)
  }

  /** Takes a message. @returns what is wrong with it */
  take(message: Generation): string | undefined {
    if (this.#over.signal.aborted) return 'text for a context that was cancelled'
    if (this.#state === 'finished') return 'text for a context that was finished'
    if (this.#state === 'gone') return 'text for a context that has expired'
    if (constants(message) !== constants(this.#first)) return 'a field of a context has changed'
    if (message.flush === true && message.transcript !== '') return 'a flush with text'
    this.#cancelExpiry()
    this.#text += message.transcript
    if (message.flush === true) {
      this.#say()
      this.#then(() => {
        this.#send({ type: 'flush_done', done: false, flush_done: true, flush_id: ++this.#flushes })
      })
    } else if (message.continue !== true) {
      this.#state = 'finished'
      this.#say()
      this.#then(() => this.#send({ type: 'done', done: true }))
    } else this.#maySay(message.max_buffer_delay_ms ?? usualBufferMs)
    return undefined
  }

  /** Stops within a piece of sound. */
  cancel(): void {
    this.#over.abort()
  }

  #maySay(bufferMs: number): void {
    this.#cancelBuffer()
    if (bufferMs === 0 || /[.!?…。！？]["”’)\]]*\s*$/.test(this.#text)) this.#say()
    else this.#cancelBuffer = this.#server.clock.after(bufferMs, () => this.#say())
  }

  #say(): void {
    this.#cancelBuffer()
    const text = this.#text
    this.#text = ''
    if (text.trim() !== '') this.#then(() => this.#speak(text))
    this.#then(() => {
      const expire = (): void => {
        if (this.#state === 'open') this.#state = 'gone'
      }
      this.#cancelExpiry()
      if (this.#signal.aborted) return
      this.#cancelExpiry = this.#server.clock.after(this.#init.expiryMs ?? 1000, expire)
    })
  }

  #then(step: () => void | Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      if (!this.#signal.aborted) throw error
    })
    // What is left of it after a cancellation fails for nobody.
    this.#work.catch(() => this.#peer.socket.terminate())
  }

  async #speak(text: string): Promise<void> {
    this.#signal.throwIfAborted()
    const { voice, output_format: wanted } = this.#first
    const voiceId = typeof voice === 'string' ? voice : voice.id
    const encoding = wanted.encoding === 'pcm_mulaw' ? 'mulaw' : 'pcm'
    const format = { sampleRate: wanted.sample_rate, encoding } as const
    const speech = await wireSpeech(this.#init, { text, voice: voiceId, format })
    const chunks = chunksOf(speech, this.#init.chunkMs ?? usualChunkMs)
    const fault = this.#server.take('answer')?.fault
    const middle = Math.floor(chunks.length / 2)
    for (const [index, chunk] of chunks.entries()) {
      if (index === middle && fault !== undefined) await this.#spoil(fault)
      if (index >= middle && fault === 'drip') await this.#wait(dripMs)
      await paced(this.#init, this.#server.clock, chunk, this.#signal)
      this.#sendChunk(chunk)
    }
    this.#lengthMs += chunks.at(-1)?.endMs ?? 0
  }

  #sendChunk({ words, bytes }: WireChunk): void {
    if (this.#first.add_timestamps === true && words.length > 0) {
      const seconds = (ms: number): number => (this.#lengthMs + ms) / 1000
      this.#send({
        type: 'timestamps',
        done: false,
        flush_id: this.#flushes + 1,
        word_timestamps: {
          words: words.map(({ text }) => text),
          start: words.map(({ startMs }) => seconds(startMs)),
          end: words.map(({ endMs }) => seconds(endMs)),
        },
      })
    }
    const data = Buffer.from(bytes).toString('base64')
    // Something of its own in every message, as of a real clock.
    const step_time = 10 + ++this.#steps / 1000
    this.#send({ type: 'chunk', done: false, data, step_time, flush_id: this.#flushes + 1 })
  }

  #send(message: object): void {
    this.#signal.throwIfAborted()
    const whole = { context_id: this.#first.context_id, status_code: 206, ...message }
    for (let times = this.#isTwice ? 2 : 1; times > 0; times--) {
      this.#count(Buffer.byteLength(JSON.stringify(whole)))
      this.#peer.send(whole)
    }
  }

  async #spoil(fault: FaultName): Promise<void> {
    const message = { title: 'It failed', message: 'in the middle', done: true }
    await spoilAnswer(fault, {
      server: this.#server,
      peer: this.#peer,
      finish: () => this.#send({ type: 'done', done: true }),
      fail: (status_code) => this.#send({ type: 'error', ...message, status_code }),
      stop: () => this.#over.abort(),
      double: () => (this.#isTwice = true),
    })
  }

  #wait(ms: number): Promise<void> {
    const waiting = this.#server.clock.sleep(ms, this.#signal)
    waiting.catch(() => undefined)
    return waiting
  }
}
