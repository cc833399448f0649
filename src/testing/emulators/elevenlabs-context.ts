import type { ElevenLabsEmulatorInit } from './elevenlabs.ts'
import type { EmulatorServer, Peer } from './server.ts'
import { spoilAnswer } from './spoil-answer.ts'
import {
  chunksOf,
  dripMs,
  isPause,
  paced,
  usualChunkMs,
  wireSpeech,
  type WireChunk,
  type WireFormat,
  type WireSpeech,
} from './wire-speech.ts'

/** A checked message to a context. */
export interface ContextMessage {
  readonly text?: string | null
  readonly context_id?: string
  readonly voice_settings?: object
  readonly generation_config?: { readonly chunk_length_schedule?: readonly number[] }
  readonly flush?: boolean
  readonly close_context?: boolean
  readonly close_socket?: boolean
}

/** What a context has from its socket. */
export interface ContextInit {
  readonly id: string
  readonly voice: string
  count(bytes: number): void
  /** It is final: its place is free. */
  gone(): void
}

/** Characters of text from which it is spoken before a flush, piece by piece. */
const usualSchedule: readonly number[] = [120, 160, 250, 290]

/** The form of sound that `pcm_24000` and the like mean. */
export function formatOf(name: string | null): WireFormat {
  const [kind, rate] = (name ?? 'pcm_24000').split('_')
  return { sampleRate: Number(rate), encoding: kind === 'ulaw' ? 'mulaw' : 'pcm' }
}

/** One context: text in, sound and times of characters out, `isFinal` once it is closed. */
export class ElevenLabsContext {
  readonly #init: ElevenLabsEmulatorInit
  readonly #server: EmulatorServer
  readonly #peer: Peer
  readonly #of: ContextInit
  readonly #over = new AbortController()
  readonly #signal: AbortSignal
  #text = ''
  #schedule: readonly number[] = usualSchedule
  #spoken = 0
  #isClosed = false
  #isTwice = false
  #work: Promise<void>

  constructor(init: ElevenLabsEmulatorInit, server: EmulatorServer, peer: Peer, of: ContextInit) {
    this.#init = init
    this.#server = server
    this.#peer = peer
    this.#of = of
    this.#signal = AbortSignal.any([this.#over.signal, peer.signal])
    this.#work = init.delayMs === undefined ? Promise.resolve() : this.#wait(init.delayMs)
  }

  take(message: ContextMessage): void {
    this.#schedule = message.generation_config?.chunk_length_schedule ?? this.#schedule
    if (message.close_context === true) return this.#close()
    if (this.#isClosed) return this.#server.violate('a message to a context that was closed')
    this.#text += message.text ?? ''
    const { length } = this.#schedule
    const enough = this.#schedule[Math.min(this.#spoken, length - 1)] ?? 0
    if (message.flush === true || this.#text.length >= enough) this.#say()
  }

  #say(): void {
    const text = this.#text
    this.#text = ''
    this.#spoken++
    if (text.trim() !== '') this.#then(() => this.#speak(text))
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#init.finishesFlushed !== true) this.#over.abort()
    const last = this.#work.then(async () => {
      const { finalMs = 0 } = this.#init
      if (finalMs === Infinity) return
      if (finalMs > 0) await this.#server.clock.sleep(finalMs, this.#peer.signal)
      this.#of.gone()
      this.#send(this.#finalMessage())
    })
    last.catch(() => undefined)
  }

  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      if (!this.#signal.aborted) throw error
    })
    this.#work.catch(() => this.#peer.socket.terminate())
  }

  async #speak(text: string): Promise<void> {
    this.#signal.throwIfAborted()
    const format = formatOf(this.#peer.url.searchParams.get('output_format'))
    const speech = await wireSpeech(this.#init, { text, voice: this.#of.voice, format })
    const chunks = chunksOf(speech, this.#init.chunkMs ?? usualChunkMs)
    const characters = charactersOf(text, speech)
    const fault = this.#server.take('answer')?.fault
    const middle = Math.floor(chunks.length / 2)
    for (const [index, chunk] of chunks.entries()) {
      if (index === middle && fault !== undefined) {
        await spoilAnswer(fault, {
          server: this.#server,
          peer: this.#peer,
          finish: () => this.#send(this.#finalMessage()),
          fail: (code) => this.#send({ error: 'it_failed', message: 'in the middle', code }),
          stop: () => this.#over.abort(),
          double: () => (this.#isTwice = true),
        })
      }
      if (index >= middle && fault === 'drip') await this.#wait(dripMs)
      await paced(this.#init, this.#server.clock, chunk, this.#signal)
      this.#sendChunk(chunk, characters)
    }
  }

  #sendChunk(chunk: WireChunk, characters: readonly Character[]): void {
    const within = charactersIn(characters, chunk)
    const chars = within.map(({ char }) => char)
    // Of the piece, not of the answer.
    const starts = within.map(({ startMs }) => Math.round(startMs - chunk.startMs))
    const lengths = within.map(({ startMs, endMs }) => Math.round(endMs - startMs))
    const isSnake = this.#init.spelling === 'snake'
    const alignment = isSnake
      ? { chars, char_start_times_ms: starts, char_durations_ms: lengths }
      : { chars, charStartTimesMs: starts, charDurationsMs: lengths }
    const audio = Buffer.from(chunk.bytes).toString('base64')
    const given = chars.length === 0 ? null : alignment
    const { id } = this.#of
    this.#signal.throwIfAborted()
    this.#send(
      isSnake
        ? { audio, is_final: null, context_id: id, alignment: given, normalized_alignment: given }
        : { audio, isFinal: null, contextId: id, alignment: given, normalizedAlignment: given },
      this.#isTwice && !isPause(chunk) ? 2 : 1,
    )
  }

  #finalMessage(): object {
    const { id } = this.#of
    return this.#init.spelling === 'snake'
      ? { is_final: true, context_id: id }
      : { isFinal: true, contextId: id }
  }

  #send(message: object, count = this.#isTwice ? 2 : 1): void {
    for (let times = count; times > 0; times--) {
      this.#of.count(Buffer.byteLength(JSON.stringify(message)))
      this.#peer.send(message)
    }
  }

  #wait(ms: number): Promise<void> {
    const waiting = this.#server.clock.sleep(ms, this.#signal)
    waiting.catch(() => undefined)
    return waiting
  }
}

/** A character and where it lies in its speech. */
export interface Character {
  readonly char: string
  readonly startMs: number
  readonly endMs: number
}

/** Where each character of a text lies: those of a word share its time. */
export function charactersOf(text: string, { words }: WireSpeech): readonly Character[] {
  let next = 0
  let atMs = 0
  return text.split(/(\s+)/).flatMap((part) => {
    const isSpace = part.trim() === ''
    const word = isSpace ? undefined : words[next++]
    const startMs = word?.startMs ?? atMs
    const endMs = word?.endMs ?? (isSpace ? (words[next]?.startMs ?? atMs) : atMs)
    atMs = Math.max(atMs, endMs)
    const chars = [...part]
    const each = (endMs - startMs) / Math.max(1, chars.length)
    return chars.map((char, index) => ({
      char,
      startMs: startMs + index * each,
      endMs: startMs + (index + 1) * each,
    }))
  })
}

/** Those that begin in a piece. */
export const charactersIn = (
  characters: readonly Character[],
  { startMs, endMs }: WireChunk,
): readonly Character[] => characters.filter(({ startMs: ms }) => ms >= startMs && ms < endMs)
