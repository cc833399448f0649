import type { WebSocket } from 'ws'
import {
  audio,
  bytesToPcm,
  dtmf,
  message,
  pcmToBytes,
  transcript,
  type AudioFrame,
  type Clock,
  type Connection,
  type Frame,
  type FrameCodec,
} from 'voxgraph/plugin'
import { CallLine, type CallerLimits } from './call-line.ts'
import { isViolation, readClientMessage, type ReadHello, type ServerMessage } from './protocol.ts'
import { Teller } from './teller.ts'

/** What `connectCaller` takes. */
export interface CallerInit {
  readonly socket: WebSocket
  readonly clock: Clock
  readonly hello: ReadHello
  readonly limits: CallerLimits
  readonly codec: FrameCodec
}

/** Part of what may wait for a slow client from which on it gets nothing that only serves to inspect. */
const inspectShare = 0.25

/** The call of a client that has said hello. Frames complete when it says bye, and else as `CallLine` says. */
export function connectCaller(init: CallerInit): Connection {
  const caller = new Caller(init)
  // Who calls does not name the call: files and logs go by its id.
  const { id: _id, ...call } = init.hello.call
  return {
    call: { from: '', to: '', ...call, direction: 'inbound' },
    frames: caller.line.frames,
    play: (frame) => caller.play(frame),
    send: (frame) =>
      caller.say(
        frame.type === 'dtmf'
          ? { type: 'dtmf', digit: frame.digit }
          : { type: 'message', name: frame.name, data: frame.data },
      ),
    clear: () => caller.say({ type: 'clear' }),
    ...(init.hello.events !== 'none' && { see: (frame) => caller.see(frame) }),
    ...(init.hello.played && { played: () => caller.playedMs }),
    close: (reason) => caller.close(reason),
  }
}

class Caller {
  playedMs = 0
  readonly line: CallLine
  readonly #init: CallerInit
  readonly #teller: Teller | undefined

  constructor(init: CallerInit) {
    const { socket, clock, limits } = init
    this.#init = init
    this.#teller = this.#openTeller()
    this.line = new CallLine({
      ...{ socket, clock, limits, pings: false },
      take: (bytes, isBinary) =>
        isBinary ? this.#takeSound(bytes) : this.#takeText(bytes.toString()),
      over: () => this.#teller?.close(),
    })
  }

  play(frame: AudioFrame): void {
    const { codec, hello } = this.#init
    if (hello.frames === 'codec') this.line.write(codec.encode(frame))
    else if (hello.audio.encoding === 'mulaw') this.line.write(Uint8Array.from(frame.samples))
    else this.line.write(pcmToBytes(frame.samples))
  }

  say(said: ServerMessage): void {
    this.line.write(JSON.stringify(said))
  }

  see(frame: Frame): void {
    this.#teller?.see(frame)
  }

  close(reason: string): Promise<void> {
    this.#teller?.end(reason)
    this.say({ type: 'bye', reason })
    return this.line.close()
  }

  #openTeller(): Teller | undefined {
    const { socket, clock, hello, limits } = this.#init
    if (hello.events === 'none') return undefined
    return new Teller({
      level: hello.events,
      clock,
      tell: (event) => this.say({ type: 'event', event }),
      isSlow: () => socket.bufferedAmount > limits.maxUnread * inspectShare,
    })
  }

  #takeSound(bytes: Buffer): void {
    const { hello } = this.#init
    if (bytes.length === 0) return
    if (hello.frames === 'codec') {
      this.#takeFrame(bytes)
      return
    }
    const { encoding, sampleRate } = hello.audio
    if (encoding === 'pcm' && bytes.length % 2 !== 0) {
      this.line.fail('badMessage', 'a message of 16-bit samples has an odd number of bytes')
      return
    }
    const samples = encoding === 'pcm' ? bytesToPcm(bytes) : Int16Array.from(bytes)
    this.line.emit(audio({ role: 'user', samples, sampleRate, encoding }))
  }

  /** A frame of the codec. Nothing of its header is believed. */
  #takeFrame(bytes: Buffer): void {
    const { codec, hello } = this.#init
    let frame: Frame
    try {
      frame = codec.decode(bytes)
    } catch (thrown) {
      this.line.fail('badMessage', thrown instanceof Error ? thrown.message : 'it is no frame')
      return
    }
    const { encoding, sampleRate } = hello.audio
    if (frame.type === 'audio') {
      const { samples, channels } = frame
      if (frame.encoding !== encoding || frame.sampleRate !== sampleRate || channels !== 1) {
        this.line.fail('unsupportedAudio', 'an audio frame is not in the format of the hello')
      } else this.line.emit(audio({ role: 'user', samples, sampleRate, encoding }))
    } else if (frame.type === 'dtmf') this.line.emit(dtmf({ digit: frame.digit, lane: 'user' }))
    else if (frame.type === 'message') {
      this.line.emit(message({ name: frame.name, data: frame.data, lane: 'user' }))
    } else this.line.fail('badMessage', 'a client sends audio, dtmf and message frames only')
  }

  #takeText(text: string): void {
    const read = readClientMessage(text)
    if (isViolation(read)) {
      this.line.fail(read.code, read.message)
      return
    }
    switch (read.type) {
      case 'dtmf':
        this.line.emit(dtmf({ digit: read.digit, lane: 'user' }))
        break
      case 'message':
        this.line.emit(message({ name: read.name, data: read.data, lane: 'user' }))
        break
      case 'text':
        this.line.emit(transcript({ text: read.text, final: true }))
        break
      case 'played':
        this.playedMs = Math.max(this.playedMs, read.ms)
        break
      case 'bye':
        this.line.finish(undefined)
    }
  }
}
