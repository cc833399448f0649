import {
  audio,
  createConversion,
  dtmf,
  message,
  transcript,
  type Clock,
  type Connection,
  type Conversion,
  type DtmfFrame,
  type MessageFrame,
  type ResamplerEngine,
} from 'voxgraph/plugin'
import type { WebSocket } from 'ws'
import { CallLine, type CallerLimits } from '../call-line.ts'
import type { WireAudio } from '../protocol.ts'
import { ClientPlayer } from './client-player.ts'
import type { RtviOptions } from './options.ts'
import { createPendingRequests } from './pending-requests.ts'
import { decodePipecat, encodePipecat, readSound, type PipecatSound } from './pipecat-frame.ts'
import {
  lastWords,
  readRtvi,
  rtviVersion,
  writeRtvi,
  type RtviMessage,
  type RtviRequest,
} from './rtvi-message.ts'
import { tell } from './tell.ts'
import { newTold, type TellEvent, type TellRules, type Told } from './told.ts'

/** What `connectRtviCaller` takes. */
export interface RtviCallerInit {
  readonly socket: WebSocket
  readonly clock: Clock
  readonly engine: ResamplerEngine
  /** Sound as the ports of the transport have it. */
  readonly audio: WireAudio
  readonly options: RtviOptions
  readonly limits: CallerLimits
  /** Variables of the call. */
  readonly call: Readonly<Record<string, string>>
  /** The message by which the client was known. */
  readonly first: Buffer
}

/** Most changes of the format of a client's sound: to make a resampler costs more than the sound itself. */
const mostFormats = 32

/** Messages that go to the client as what they are, and not as messages of the application. */
const uiMessages: readonly string[] = ['ui-command', 'ui-job-group']

/**
 * The call of a Pipecat client. `bot-ready` is sent when the session listens and the client is ready; before that
 * nothing is told. Frames and how they end: see `CallLine`.
 */
export function connectRtviCaller(init: RtviCallerInit): Connection {
  const caller = new RtviCaller(init)
  return {
    call: { from: '', to: '', ...init.call, direction: 'inbound' },
    leadMs: init.options.lead,
    frames: caller.line.frames,
    play: (frame) => caller.player.play(frame, caller.isMuted(frame.response)),
    send: (frame) => caller.send(frame),
    clear: () => caller.player.clear(),
    played: () => caller.player.playedMs,
    see: (frame) => {
      // Of the caller's own sound, the most by far, nothing is told.
      if (frame.lane !== 'media') caller.tell({ type: 'seen', frame })
    },
    close: () => caller.line.close(),
  }
}

class RtviCaller {
  readonly line: CallLine
  readonly player: ClientPlayer
  readonly #init: RtviCallerInit
  readonly #rules: TellRules
  readonly #requests
  #told: Told | undefined
  #isHeard = false
  #ready: Extract<RtviRequest, { type: 'client-ready' }> | undefined
  #sent = 0
  #formats = 0
  #microphone: { readonly of: PipecatSound; readonly conversion: Conversion } | undefined

  constructor(init: RtviCallerInit) {
    const { socket, clock, limits, engine, options, call } = init
    this.#init = init
    this.#requests = createPendingRequests(clock)
    this.#rules = {
      functionCalls: options.function_calls,
      userId: call['from'] ?? '',
      wallStart: clock.wall() - clock.now(),
    }
    this.player = new ClientPlayer({
      clock,
      engine,
      format: { ...init.audio, channels: 1 },
      sampleRate: options.player_rate,
      write: (samples) => this.line.write(soundOf(samples, options.player_rate)),
    })
    this.line = new CallLine({
      ...{ socket, clock, limits, pings: true },
      take: (bytes, isBinary) => this.#take(bytes, isBinary),
      ready: () => {
        this.#isHeard = true
        this.#greet()
      },
      explain: (reason) => this.#written(lastWords(reason)),
      over: () => {
        this.player.close()
        this.#microphone?.conversion.close()
      },
    })
    this.line.receive(init.first, true)
  }

  /** The answer is to be read only. */
  isMuted(response: number): boolean {
    return this.#told?.responses.get(response)?.isMuted === true
  }

  tell(event: TellEvent): void {
    if (this.#told === undefined) return
    const [told, messages] = tell(this.#told, event, this.#rules)
    this.#told = told
    for (const one of messages) this.#say(one)
  }

  send(frame: DtmfFrame | MessageFrame): void {
    if (frame.type === 'dtmf') {
      this.#say({ type: 'server-message', data: { name: 'dtmf', data: frame.digit } })
      return
    }
    const { name, data } = frame
    const id = this.#requests.take(name)
    if (id !== undefined) this.#say({ type: 'server-response', id, data: { t: name, d: data } })
    else if (uiMessages.includes(name)) this.#say({ type: name, data })
    else this.#say({ type: 'server-message', data: { name, data } })
  }

  #take(bytes: Buffer, isBinary: boolean): void {
    const frame = isBinary ? decodePipecat(bytes) : undefined
    if (frame === undefined) this.line.fail('badMessage', 'frames are binary messages')
    else if (frame.kind === 'fault') this.line.fail('badMessage', frame.reason)
    else if (frame.kind === 'audio') this.#hear(frame)
    else if (frame.kind === 'message') {
      const read = readRtvi(frame.data)
      if (read === 'fault') this.line.fail('badMessage', 'a message is not a JSON object')
      else if (read !== undefined) this.#obey(read)
    }
  }

  #obey(request: RtviRequest): void {
    const { id } = request
    switch (request.type) {
      case 'client-ready':
        this.#ready = request
        return this.#greet()
      case 'client-message':
        this.#requests.add(request.name, id)
        return this.#message(request)
      case 'ui':
        return this.#message(request)
      case 'send-text':
        return this.#write(request)
      case 'dtmf':
        for (const digit of request.digits) this.line.emit(dtmf({ digit, lane: 'user' }))
        return undefined
      case 'raw-audio':
        return this.#hearPieces(request)
      case 'disconnect-bot':
        return this.line.finish(undefined)
      case 'refused':
        return this.#refuse(id, request.reason)
    }
  }

  #message({ name, data }: Pick<MessageFrame, 'name' | 'data'>): void {
    this.line.emit(message({ name, data, lane: 'user' }))
  }

  #write({ id, content, runsNow, isSpoken }: Extract<RtviRequest, { type: 'send-text' }>): void {
    if (!runsNow) return this.#refuse(id, 'run_immediately: false is not supported: text is a turn')
    this.tell({ type: 'typed', isSpoken })
    this.line.emit(transcript({ text: content, final: true, typed: true }))
  }

  #hear(sound: PipecatSound): void {
    const { sampleRate, channels } = sound
    const { engine, audio: wanted } = this.#init
    const of = this.#microphone?.of
    if (of?.sampleRate !== sampleRate || of.channels !== channels) {
      if (++this.#formats > mostFormats) {
        this.line.fail('tooFast', 'its sound changes its format too often')
        return
      }
      this.#microphone?.conversion.close()
      const from = { sampleRate, channels, encoding: 'pcm' } as const
      const conversion = createConversion(engine, from, { ...wanted, channels: 1 })
      this.#microphone = { of: sound, conversion }
    }
    const samples = this.#microphone?.conversion.convert(sound.samples)
    if (samples === undefined || samples.length === 0) return
    this.line.emit(audio({ role: 'user', samples, ...wanted }))
  }

  #hearPieces(request: Extract<RtviRequest, { type: 'raw-audio' }>): void {
    const { id, pieces, sampleRate, channels } = request
    for (const piece of pieces) {
      const sound = readSound(Buffer.from(piece, 'base64'), sampleRate, channels)
      if (sound.kind === 'fault') return this.#refuse(id, sound.reason)
      this.#hear(sound)
    }
    return undefined
  }

  /** Both are ready: from here on the client is told what happens. */
  #greet(): void {
    const ready = this.#ready
    if (ready === undefined || !this.#isHeard) return
    const [major = ''] = ready.version.split('.')
    const isLegacy = major === '1'
    if (!isLegacy && major !== '2') {
      const given = ready.version === '' ? 'no version' : `version ${ready.version}`
      this.#refuse(ready.id, `this server speaks RTVI ${rtviVersion}, the client ${given}`)
    }
    this.#told ??= newTold(isLegacy)
    const version = isLegacy ? ready.version : rtviVersion
    this.#say({
      type: 'bot-ready',
      id: ready.id,
      data: { version, about: { library: 'voxgraph' } },
    })
  }

  #refuse(id: string, error: string): void {
    this.#say({ type: 'error-response', id, data: { error } })
  }

  #say(one: RtviMessage): void {
    this.line.write(this.#written(one))
  }

  #written(one: RtviMessage): Uint8Array {
    return encodePipecat({ kind: 'message', data: writeRtvi(one, ++this.#sent) })
  }
}

const soundOf = (samples: Int16Array, sampleRate: number): Uint8Array =>
  encodePipecat({ kind: 'audio', samples, sampleRate, channels: 1 })
