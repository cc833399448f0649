import { decodeMulaw } from '../../audio/g711.ts'
import { bytesToPcm } from '../../frames/codec-samples.ts'
import type { Cancel, Clock } from '../../time/clock.ts'
import { spread, type DeepgramLine } from './deepgram-line.ts'
import type { Ear, EmulatedHearing, OpenEar } from './minds.ts'

/** Without sound or a message for so long Deepgram hangs up, in ms. */
const patienceMs = 10_000
/** Of silence it says every so often that there was nothing, in ms of sound. */
const silenceMs = 3000

/** One stream of `listen` v1: gives `Results`, answers `Finalize`, hangs up when nothing comes. */
export class ListenStream {
  readonly #line: DeepgramLine
  readonly #clock: Clock
  readonly #ear: Ear
  #receivedMs = 0
  #settledMs = 0
  #isSpeaking = false
  #isFinalizing = false
  #cancel: Cancel = () => undefined

  constructor(line: DeepgramLine, clock: Clock, openEar: OpenEar) {
    this.#line = line
    this.#clock = clock
    this.#ear = openEar(line.sampleRate, (heard) => this.#hear(heard))
    this.#wait()
    line.peer.signal.addEventListener('abort', () => {
      this.#cancel()
      void this.#ear.close()
    })
  }

  take(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.#line.readSound(data)
      this.#wait()
      const samples = this.#line.encoding === 'mulaw' ? decodeMulaw(data) : bytesToPcm(data)
      this.#receivedMs += (samples.length * 1000) / this.#line.sampleRate
      this.#ear.push(samples)
      const openMs = this.#receivedMs - this.#settledMs
      if (!this.#isSpeaking && openMs >= silenceMs) this.#results({ text: '' }, true)
      return
    }
    const message = this.#line.read(data)
    if (message?.type === 'KeepAlive') this.#wait()
    else if (message?.type === 'Finalize') this.#finalize()
    else if (message?.type === 'CloseStream') this.#closeStream()
  }

  #finalize(): void {
    this.#isFinalizing = true
    this.#ear.finish()
    // What is being said becomes the answer when the ear has made up its mind.
    if (this.#isFinalizing && !this.#isSpeaking) this.#results({ text: '' }, true)
  }

  #closeStream(): void {
    this.#line.isClosing = true
    this.#ear.finish()
    this.#line.say({
      type: 'Metadata',
      transaction_key: 'deprecated',
      request_id: 'emulated',
      sha256: '0'.repeat(64),
      created: '2026-01-01T00:00:00.000Z',
      duration: this.#receivedMs / 1000,
      channels: 1,
    })
    this.#line.close(1000)
  }

  #hear(heard: EmulatedHearing): void {
    if (this.#line.peer.signal.aborted) return
    if ('atMs' in heard) {
      this.#isSpeaking = heard.type === 'started'
      if (!this.#isSpeaking || this.#line.param('vad_events') !== 'true') return
      this.#line.say({ type: 'SpeechStarted', channel: [0], timestamp: heard.atMs / 1000 })
    } else if (heard.type === 'final') {
      this.#isSpeaking = false
      if (heard.text !== '') this.#line.midAnswer()
      this.#results(heard, true)
      this.#line.answered()
      if (this.#line.param('utterance_end_ms') === undefined) return
      const last = heard.endMs / 1000
      this.#line.say({ type: 'UtteranceEnd', channel: [0, 1], last_word_end: last })
    } else if (this.#line.param('interim_results') === 'true') {
      this.#results(heard, false)
      this.#line.midAnswer()
    }
  }

  #results(
    heard: { readonly text: string; readonly startMs?: number; readonly endMs?: number },
    isFinal: boolean,
  ): void {
    const { text, startMs = this.#settledMs, endMs = this.#receivedMs } = heard
    const words = spread(text, startMs, endMs).map((word) => ({
      ...word,
      confidence: 0.98,
      punctuated_word: word.word,
    }))
    this.#line.say({
      type: 'Results',
      channel_index: [0, 1],
      start: this.#settledMs / 1000,
      duration: (this.#receivedMs - this.#settledMs) / 1000,
      is_final: isFinal,
      speech_final: isFinal && text !== '' && !this.#isFinalizing,
      from_finalize: isFinal && this.#isFinalizing,
      channel: { alternatives: [{ transcript: text, confidence: text === '' ? 0 : 0.98, words }] },
      metadata: {
        request_id: 'emulated',
        model_info: { name: 'general-nova-3', version: '2026-01-01', arch: 'nova-3' },
        model_uuid: '00000000-0000-0000-0000-000000000000',
      },
    })
    if (!isFinal) return
    this.#settledMs = this.#receivedMs
    this.#isFinalizing = false
  }

  #wait(): void {
    this.#cancel()
    this.#cancel = this.#clock.after(patienceMs, () => this.#line.close(1011, 'NET-0001'))
  }
}
