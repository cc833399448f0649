import type { Clock } from '../../time/clock.ts'
import type { DeepgramLine } from './deepgram-line.ts'
import { chunksOf, paced, usualChunkMs, wireSpeech, type VoiceEmulatorInit } from './wire-speech.ts'

/** Most flushes that it takes in a minute. */
const mostFlushes = 20

/** One stream of `speak` v1 (Aura): text in, sound out, one flush after the other. */
export class SpeakStream {
  readonly #line: DeepgramLine
  readonly #clock: Clock
  readonly #init: VoiceEmulatorInit
  readonly #flushes: number[] = []
  #text = ''
  /** Counts what was cleared: what was begun before is not said. */
  #era = 0
  #sequence = 0
  #work = Promise.resolve()

  constructor(line: DeepgramLine, clock: Clock, init: VoiceEmulatorInit) {
    this.#line = line
    this.#clock = clock
    this.#init = init
    const model = line.param('model') ?? 'aura-asteria-en'
    line.say({
      type: 'Metadata',
      request_id: 'emulated',
      model_name: model,
      model_version: '2026-01-01',
      model_uuid: '00000000-0000-0000-0000-000000000000',
    })
  }

  take(data: Buffer, isBinary: boolean): void {
    const message = isBinary ? undefined : this.#line.read(data)
    switch (message?.type) {
      case 'Speak':
        this.#text += String(message['text'])
        // A sentence that is known to be complete is said at once.
        return this.#sayUpTo(/^.*[.!?](?=\s)/s.exec(this.#text)?.[0].length ?? 0)
      case 'Flush':
        return this.#flush()
      case 'Clear':
        this.#text = ''
        this.#era++
        this.#line.say({ type: 'Cleared', sequence_id: this.#sequence++ })
        return this.#line.answered()
      case 'Close':
        this.#line.isClosing = true
        return this.#line.close(1000)
      default:
        return this.#line.close(1008, 'DATA-0000')
    }
  }

  #flush(): void {
    const now = this.#clock.now()
    while ((this.#flushes[0] ?? now) < now - 60_000) this.#flushes.shift()
    if (this.#flushes.length >= mostFlushes) {
      const description = 'Too many flushes: wait until a minute has passed.'
      return this.#line.say({ type: 'Warning', code: 'EXCEEDED_FLUSH_LIMIT', description })
    }
    this.#flushes.push(now)
    this.#sayUpTo(this.#text.length)
    this.#then(() => {
      this.#line.say({ type: 'Flushed', sequence_id: this.#sequence++ })
      this.#line.answered()
    })
  }

  #sayUpTo(length: number): void {
    const text = this.#text.slice(0, length).trim()
    this.#text = this.#text.slice(length)
    if (text !== '') this.#then((isWanted) => this.#sayText(text, isWanted))
  }

  /** Does something behind what is at work, unless it is cleared meanwhile. */
  #then(work: (isWanted: () => boolean) => void | Promise<void>): void {
    const era = this.#era
    const isWanted = (): boolean => era === this.#era && !this.#line.peer.signal.aborted
    this.#work = this.#work.then(() => (isWanted() ? work(isWanted) : undefined))
  }

  async #sayText(text: string, isWanted: () => boolean): Promise<void> {
    const { sampleRate, encoding, peer } = this.#line
    const voice = this.#line.param('model') ?? ''
    const speech = await wireSpeech(this.#init, { text, voice, format: { sampleRate, encoding } })
    let isFirst = true
    for (const chunk of chunksOf(speech, this.#init.chunkMs ?? usualChunkMs)) {
      if (!isWanted()) return
      this.#line.say(chunk.bytes)
      if (isFirst) this.#line.midAnswer()
      isFirst = false
      await paced(this.#init, this.#clock, chunk, peer.signal).catch(() => undefined)
    }
  }
}
