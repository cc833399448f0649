import { createConversion } from '../../audio/conversion.ts'
import type { ResamplerEngine } from '../../audio/resampler.ts'
import { soundToBytes } from '../../audio/sound-bytes.ts'
import type { Clock } from '../../time/clock.ts'
import type { DeepgramLine } from './deepgram-line.ts'
import { emulatedRate, type Speak } from './minds.ts'

/** Most flushes that it takes in a minute. */
const mostFlushes = 20
/** Length of the pieces that sound comes in, in ms. */
const pieceMs = 100

/** What a stream of `speak` works with. */
export interface SpeakInit {
  readonly clock: Clock
  readonly speak: Speak
  readonly engine: ResamplerEngine
  readonly pace: number | undefined
}

/** One stream of `speak` v1 (Aura): text in, sound out, one flush after the other. */
export class SpeakStream {
  readonly #line: DeepgramLine
  readonly #init: SpeakInit
  readonly #flushes: number[] = []
  #text = ''
  /** Counts what was cleared: what was begun before is not said. */
  #era = 0
  #sequence = 0
  #work = Promise.resolve()

  constructor(line: DeepgramLine, init: SpeakInit) {
    this.#line = line
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
        this.#line.answered()
        return this.#line.say({ type: 'Cleared', sequence_id: this.#sequence++ })
      case 'Close':
        this.#line.isClosing = true
        return this.#line.close(1000)
      default:
        return this.#line.close(1008, 'DATA-0000')
    }
  }

  #flush(): void {
    const now = this.#init.clock.now()
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
    const { sampleRate, encoding } = this.#line
    const { clock, speak, engine, pace } = this.#init
    const { samples } = await speak(text, this.#line.param('model') ?? '')
    const conversion = createConversion(
      engine,
      { sampleRate: emulatedRate, channels: 1, encoding: 'pcm' },
      { sampleRate, channels: 1, encoding },
    )
    const parts = [conversion.convert(samples), conversion.flush()]
    conversion.close()
    const bytes = Buffer.concat(parts.map((part) => soundToBytes(part, encoding)))
    const length = (sampleRate * pieceMs * (encoding === 'mulaw' ? 1 : 2)) / 1000
    for (let at = 0; at < bytes.length && isWanted(); at += length) {
      this.#line.say(bytes.subarray(at, at + length))
      if (at === 0) this.#line.midAnswer()
      // As fast as the network takes it is not all in one tick.
      if (pace === undefined) await new Promise<void>((resolve) => clock.breathe(resolve))
      else await clock.sleep(pieceMs / pace)
    }
  }
}
