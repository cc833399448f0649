import type { WireAudio } from '../wire.ts'
import { ClientError } from './client-error.ts'
import { Resampler } from './resampler.ts'
import { loudness, readSound, writeSound } from './sound-bytes.ts'
import { workletCode } from './worklet-code.ts'
import type { SpeakerMessage, SpeakerStatus } from './worklet-messages.ts'

/** What the sound of a page works with. */
export interface SoundInit {
  readonly hasSpeaker: boolean
  readonly volume: number
  readonly workletUrl: string | undefined
  /** The caller's sound, as the server wants it; 20 ms at a time. */
  readonly onCaptured: (bytes: ArrayBuffer) => void
  /** How much was played in this call, in ms; told at least ten times a second. */
  readonly onPlayed: (ms: number, isCleared: boolean) => void
  /** Ten times a second. */
  readonly onLevels: () => void
}

/** Blocks of the microphone between two reports of its level, where no speaker reports. */
const blocksPerLevel = 5

/**
 * Microphone and speaker of a page: one AudioContext at the device's own rate, the work on the audio thread.
 * While the page may not sound, what comes for the speaker counts as played and is not kept.
 */
export class Sound {
  readonly #init: SoundInit
  readonly #context: AudioContext
  readonly #gain: GainNode
  #speaker: AudioWorkletNode | undefined
  #microphone: AudioWorkletNode | undefined
  #source: MediaStreamAudioSourceNode | undefined
  #ownStream: MediaStream | undefined
  #format: WireAudio | undefined
  #up: Resampler | undefined
  #down: Resampler | undefined
  /** Samples of this call that have come, and ms of them that nobody could hear. */
  #received = 0
  /** Number of the call, so that what the speaker says of the one before is not taken for it. */
  #call = 0
  #skippedMs = 0
  #blocks = 0
  #gesture = new AbortController()
  #status: SpeakerStatus | undefined
  microphoneLevel = 0
  isMuted = false

  private constructor(init: SoundInit, context: AudioContext) {
    this.#init = init
    this.#context = context
    this.#gain = new GainNode(context, { gain: init.volume })
    this.#gain.connect(context.destination)
    context.addEventListener('statechange', () => this.#awaitGesture())
  }

  /**
   * Opens the sound of a page.
   * @throws ClientError `no-audio`
   */
  static async open(init: SoundInit): Promise<Sound> {
    const context = new AudioContext({ latencyHint: 'interactive' })
    const url =
      init.workletUrl ?? URL.createObjectURL(new Blob([workletCode], { type: 'text/javascript' }))
    try {
      // Outside a secure context there is no worklet, whatever the types say.
      await (context.audioWorklet as AudioWorklet | undefined)?.addModule(url)
      if (context.audioWorklet === undefined) throw new Error('the page is not secure')
    } catch (thrown) {
      void context.close()
      const why = thrown instanceof Error ? thrown.message : String(thrown)
      throw new ClientError('no-audio', `The page cannot process sound: ${why}`)
    } finally {
      if (init.workletUrl === undefined) URL.revokeObjectURL(url)
    }
    const sound = new Sound(init, context)
    if (init.hasSpeaker) sound.#addSpeaker()
    return sound
  }

  get hasMicrophone(): boolean {
    return this.#source !== undefined
  }

  get botLevel(): number {
    return this.#status?.level ?? 0
  }

  get playedMs(): number {
    return (this.#status?.playedMs ?? 0) + this.#skippedMs
  }

  get status(): SpeakerStatus | undefined {
    return this.#status
  }

  get isRunning(): boolean {
    return this.#context.state === 'running'
  }

  get volume(): number {
    return this.#gain.gain.value
  }

  set volume(to: number) {
    const loudest = Math.min(1, Math.max(0, to))
    // A step would click.
    this.#gain.gain.setTargetAtTime(loudest, this.#context.currentTime, 0.01)
  }

  /** Resolves when the page may sound: at once, or after the user has clicked or pressed a key. */
  async allowed(onBlocked: () => void): Promise<void> {
    // Where it is not allowed the promise stays open, so nobody waits for it.
    void this.#context.resume()
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.isRunning && this.#context.state !== 'closed') return
        this.#context.removeEventListener('statechange', look)
        clearTimeout(late)
        resolve()
      }
      const late = setTimeout(() => {
        onBlocked()
        this.#awaitGesture()
      }, 200)
      this.#context.addEventListener('statechange', look)
      look()
    })
  }

  /** A call begins: positions count from here. */
  begin(format: WireAudio): void {
    const { sampleRate } = this.#context
    this.#format = format
    this.#up = new Resampler(sampleRate, format.sampleRate)
    this.#down = new Resampler(format.sampleRate, sampleRate)
    this.#received = 0
    this.#skippedMs = 0
    this.#status = undefined
    this.#tell({ call: ++this.#call })
  }

  /** Nothing is captured any more. */
  end(): void {
    this.#format = undefined
    this.#tell('clear')
  }

  /** Takes sound to be played next. */
  play(bytes: ArrayBuffer): void {
    const format = this.#format
    if (format === undefined || this.#down === undefined) return
    const heard = readSound(bytes, format)
    // Sums of ms would drift away from what the server counts.
    const msOf = (count: number): number => (count * 1000) / format.sampleRate
    const ms = msOf(this.#received + heard.length) - msOf(this.#received)
    this.#received += heard.length
    const samples = this.#down.push(heard)
    if (this.isRunning) this.#tell({ samples, ms }, [samples.buffer])
    else {
      this.#skippedMs += ms
      this.#init.onPlayed(this.playedMs, false)
    }
  }

  /** Throws away what has not been played. */
  clear(): void {
    if (this.isRunning) this.#tell('clear')
    else this.#init.onPlayed(this.playedMs, true)
  }

  /** Captures a stream; one that is `own` is stopped at the end. */
  capture(stream: MediaStream, own: boolean): void {
    if (own) this.#ownStream = stream
    const source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream })
    const node = new AudioWorkletNode(this.#context, 'voxgraph-microphone', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    })
    node.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => this.#heard(data)
    source.connect(node)
    this.#source = source
    this.#microphone = node
  }

  async close(): Promise<void> {
    this.#gesture.abort()
    for (const track of this.#ownStream?.getTracks() ?? []) track.stop()
    this.#source?.disconnect()
    this.#source = undefined
    this.#microphone?.port.postMessage('close')
    this.#tell('close')
    if (this.#context.state !== 'closed') await this.#context.close()
  }

  #addSpeaker(): void {
    const node = new AudioWorkletNode(this.#context, 'voxgraph-speaker', { numberOfInputs: 0 })
    node.port.onmessage = ({ data }: MessageEvent<SpeakerStatus>) => {
      if (this.#format === undefined || data.call !== this.#call) return
      this.#status = data
      this.#init.onPlayed(this.playedMs, data.isCleared)
      this.#init.onLevels()
    }
    node.connect(this.#gain)
    this.#speaker = node
  }

  #heard(block: Float32Array<ArrayBuffer>): void {
    if (this.#format === undefined || this.#up === undefined) return
    if (this.isMuted) block.fill(0)
    this.microphoneLevel = loudness(block)
    this.#init.onCaptured(writeSound(this.#up.push(block), this.#format))
    if (!this.#init.hasSpeaker && ++this.#blocks % blocksPerLevel === 0) this.#init.onLevels()
  }

  #tell(message: SpeakerMessage, transfer: Transferable[] = []): void {
    this.#speaker?.port.postMessage(message, transfer)
  }

  /** A page that was stopped (by its policy, by a phone call) sounds again once somebody touches it. */
  #awaitGesture(): void {
    this.#gesture.abort()
    if (this.isRunning || this.#context.state === 'closed') return
    this.#gesture = new AbortController()
    const { signal } = this.#gesture
    const resume = (): void => void this.#context.resume()
    for (const name of ['pointerup', 'keydown', 'touchend']) {
      document.addEventListener(name, resume, { signal, capture: true })
    }
  }
}
