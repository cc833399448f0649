import { decodeMulaw } from '../../audio/g711.ts'
import { bytesToPcm } from '../../frames/codec-samples.ts'
import type { Cancel, Clock } from '../../time/clock.ts'
import { spread, type DeepgramLine } from './deepgram-line.ts'
import type { Ear, EmulatedHearing, OpenEar } from './minds.ts'

/** Without a message or a ping for so long Deepgram hangs up, in ms. */
const patienceMs = 60_000
/** It says what it has heard every so often, in ms of sound. */
const updateMs = 240
/** Silence behind a probable end after which it is certain, in ms of sound. */
const certainMs = 400

/** One stream of `listen` v2 (Flux): turns, probable ends of turns, and turns that go on. */
export class FluxStream {
  readonly #line: DeepgramLine
  readonly #clock: Clock
  readonly #ear: Ear
  #sequence = 0
  #turn = 0
  #receivedMs = 0
  #saidMs = 0
  /** The turn that is open: where it began, what was said in it before, and is being said. */
  #open: { readonly startMs: number; said: string; now: string } | undefined
  /** Ms of sound at which the turn is over. */
  #endsAt: number | undefined
  #wasEager = false
  #cancel: Cancel = () => undefined

  constructor(line: DeepgramLine, clock: Clock, openEar: OpenEar) {
    this.#line = line
    this.#clock = clock
    this.#ear = openEar(line.sampleRate, (heard) => this.#hear(heard))
    this.#say({ type: 'Connected' })
    this.#wait()
    line.peer.socket.on('ping', () => this.#wait())
    line.peer.signal.addEventListener('abort', () => {
      this.#cancel()
      void this.#ear.close()
    })
  }

  take(data: Buffer, isBinary: boolean): void {
    this.#wait()
    if (isBinary) return this.#takeSound(data)
    const message = this.#line.read(data)
    if (message === undefined) return this.#refuse()
    if (message.type === 'Configure') {
      const { thresholds = {}, keyterms = [] } = message
      return this.#say({ type: 'ConfigureSuccess', thresholds, keyterms })
    }
    this.#line.isClosing = true
    this.#line.close(1000)
  }

  #takeSound(data: Buffer): void {
    this.#line.readSound(data)
    const samples = this.#line.encoding === 'mulaw' ? decodeMulaw(data) : bytesToPcm(data)
    this.#receivedMs += (samples.length * 1000) / this.#line.sampleRate
    this.#ear.push(samples)
    if (this.#endsAt !== undefined && this.#receivedMs >= this.#endsAt) this.#endTurn()
    else if (this.#receivedMs - this.#saidMs >= updateMs) this.#tell('Update')
  }

  #hear(heard: EmulatedHearing): void {
    if (this.#line.peer.signal.aborted) return
    if ('atMs' in heard) return heard.type === 'started' ? this.#resume() : undefined
    const isFirst = this.#open === undefined
    this.#open ??= { startMs: heard.startMs, said: '', now: '' }
    this.#open.now = heard.text
    if (isFirst && heard.text !== '') {
      this.#tell('StartOfTurn')
      this.#line.midAnswer()
    }
    if (heard.type === 'interim') return
    this.#open.said = [this.#open.said, heard.text].filter((text) => text !== '').join(' ')
    this.#open.now = ''
    if (this.#open.said === '') {
      this.#open = undefined
      return
    }
    this.#endsAt = this.#receivedMs + certainMs
    this.#wasEager = this.#line.param('eager_eot_threshold') !== undefined
    if (this.#wasEager) this.#tell('EagerEndOfTurn')
  }

  /** The caller speaks again before the end was certain. */
  #resume(): void {
    if (this.#endsAt === undefined) return
    this.#endsAt = undefined
    if (this.#wasEager) this.#tell('TurnResumed')
    this.#wasEager = false
  }

  #endTurn(): void {
    this.#endsAt = undefined
    this.#wasEager = false
    this.#tell('EndOfTurn')
    this.#line.answered()
    this.#open = undefined
    this.#turn++
  }

  #tell(event: string): void {
    this.#saidMs = this.#receivedMs
    const { startMs = this.#receivedMs, said = '', now = '' } = this.#open ?? {}
    const transcript = [said, now].filter((text) => text !== '').join(' ')
    const words = spread(transcript, startMs, this.#receivedMs)
    this.#say({
      type: 'TurnInfo',
      event,
      turn_index: this.#turn,
      audio_window_start: startMs / 1000,
      audio_window_end: this.#receivedMs / 1000,
      transcript,
      words: words.map((word) => ({ ...word, confidence: 0.97 })),
      end_of_turn_confidence: event === 'EndOfTurn' ? 0.9 : event === 'EagerEndOfTurn' ? 0.6 : 0.1,
      ...(event === 'EndOfTurn' && { trigger: 'model' }),
    })
  }

  #refuse(): void {
    const code = 'UNPARSABLE_CLIENT_MESSAGE'
    this.#say({ type: 'Error', code, description: 'The message could not be read.' })
    this.#line.close(1008, code)
  }

  #say(message: { readonly type: string; readonly [key: string]: unknown }): void {
    this.#line.say({ ...message, request_id: 'emulated', sequence_id: this.#sequence++ })
  }

  #wait(): void {
    this.#cancel()
    this.#cancel = this.#clock.after(patienceMs, () => this.#line.close(1011, 'NET-0001'))
  }
}
