import { createValidators } from '../../schema/compile.ts'
import type { Cancel } from '../../time/clock.ts'
import { ElevenLabsContext, type ContextMessage } from './elevenlabs-context.ts'
import { answer, errorBody } from './elevenlabs-http.ts'
import { messageSchema, socketQuerySchema } from './elevenlabs-schema.ts'
import type { Emulator, FaultName } from './emulator.ts'
import { EmulatorServer, type Peer } from './server.ts'
import type { VoiceEmulatorInit } from './wire-speech.ts'

/** What `emulateElevenLabs` takes. */
export interface ElevenLabsEmulatorInit extends VoiceEmulatorInit {
  /** Ids of the voices that it has; `elevenLabsVoice` unless given. */
  readonly voices?: readonly string[]
  /** How names of answers on sockets are written; both have been deployed. `camel` unless given. */
  readonly spelling?: 'camel' | 'snake'
  /** A context that is closed is spoken to the end of what was flushed first; it is cut unless this is true. */
  readonly finishesFlushed?: boolean
  /** Ms until a context that was closed is said to be final; 0 unless given, Infinity: never. */
  readonly finalMs?: number
  /** What times of a stream over HTTP count from; its beginning unless given. */
  readonly streamTimes?: 'stream' | 'piece'
}

/** ElevenLabs on this machine. */
export interface ElevenLabsEmulator extends Emulator {
  /** Bytes of messages that were sent for each context. */
  readonly contextBytes: ReadonlyMap<string, number>
}

/** The voice that the emulator has unless it is given others. */
export const elevenLabsVoice = '21m00Tcm4TlvDq8ikWAM'
/** Contexts that a socket may have at a time. */
const mostContexts = 5

/**
 * Starts ElevenLabs on a free port: its multi-context WebSocket, streams of speech with times over HTTP,
 * `GET /v1/voices/{id}` and `GET /v1/models`.
 */
export async function emulateElevenLabs(
  init: ElevenLabsEmulatorInit = {},
): Promise<ElevenLabsEmulator> {
  const sockets = new Map<Peer, Line>()
  const contextBytes = new Map<string, number>()
  const whole = { ...init, voices: init.voices ?? [elevenLabsVoice] }
  const server: EmulatorServer = await EmulatorServer.listen({
    ...init,
    vendor: 'elevenlabs',
    keyOf: (headers) => {
      const key = headers['xi-api-key']
      return typeof key === 'string' ? key : undefined
    },
    refusal: (status) => ({ body: errorBody(status) }),
    overloaded: 503,
    request: (asked) => answer(whole, server, asked),
    opened: (peer) => sockets.set(peer, new Line(whole, server, peer, contextBytes)),
    message: (peer, data, isBinary) => sockets.get(peer)?.take(data, isBinary),
    now: (fault, peer) => sockets.get(peer)?.spoil(fault) ?? false,
  })
  return Object.assign(server, { contextBytes })
}

type LineInit = ElevenLabsEmulatorInit & { readonly voices: readonly string[] }

/** One socket. */
class Line {
  readonly #init: LineInit
  readonly #server: EmulatorServer
  readonly #peer: Peer
  readonly #voice: string
  readonly #contexts = new Map<string, ElevenLabsContext>()
  readonly #bytes: Map<string, number>
  readonly #validators = createValidators()
  #cancelIdle: Cancel = () => undefined

  constructor(init: LineInit, server: EmulatorServer, peer: Peer, bytes: Map<string, number>) {
    this.#init = init
    this.#server = server
    this.#peer = peer
    this.#bytes = bytes
    const { pathname, searchParams } = peer.url
    const path = /^\/v1\/text-to-speech\/([^/]+)\/multi-stream-input$/.exec(pathname)
    this.#voice = decodeURIComponent(path?.[1] ?? '')
    if (path === null) server.violate(`a socket at ${pathname}`)
    const [issue] = this.#validators.of(socketQuerySchema)(Object.fromEntries(searchParams))
    if (issue !== undefined) this.#refuse(`${issue.pointer} ${issue.message}`)
    if (!init.voices.includes(this.#voice)) this.#fail('voice_id_does_not_exist')
    peer.signal.addEventListener('abort', () => this.#cancelIdle())
    this.#rest()
  }

  take(data: Buffer, isBinary: boolean): void {
    this.#rest()
    let message: unknown
    try {
      message = isBinary ? undefined : JSON.parse(data.toString())
    } catch {
      // Refused below.
    }
    const [issue] = this.#validators.of(messageSchema)(message)
    if (issue !== undefined) return this.#refuse(`${issue.pointer} ${issue.message}`)
    const checked = message as ContextMessage
    if (checked.close_socket === true) this.#peer.socket.close(1000)
    else this.#give(checked.context_id ?? 'default', checked)
  }

  spoil(fault: FaultName): boolean {
    if (fault !== 'error-mid-stream') return false
    this.#fail('internal_error')
    return true
  }

  #give(id: string, message: ContextMessage): void {
    let context = this.#contexts.get(id)
    if (context === undefined) {
      if (message.close_context === true) return
      if (message.flush === true || !message.text) {
        // The deployed service makes a context of it, whose settings can then not be given any more.
        this.#server.violate(`a message to the context ${id}, which has not been begun`)
      }
      if (this.#contexts.size >= mostContexts) return this.#refuse('max_contexts_exceeded')
      context = this.#begin(id)
    } else if (message.voice_settings !== undefined || message.generation_config !== undefined) {
      return this.#refuse('voice_settings are for the first message of a context')
    }
    const { text } = message
    if (text && !text.endsWith(' ')) this.#server.violate('a text without a space at its end')
    context.take(message)
  }

  #begin(id: string): ElevenLabsContext {
    this.#bytes.set(id, this.#bytes.get(id) ?? 0)
    const context = new ElevenLabsContext(this.#init, this.#server, this.#peer, {
      id,
      voice: this.#voice,
      count: (bytes) => {
        this.#rest()
        this.#bytes.set(id, (this.#bytes.get(id) ?? 0) + bytes)
      },
      gone: () => this.#contexts.delete(id),
    })
    this.#contexts.set(id, context)
    return context
  }

  /** What a client must not do. */
  #refuse(what: string): void {
    this.#server.violate(what)
    this.#fail(what)
  }

  #fail(error: string): void {
    this.#peer.send({ error, message: error.replaceAll('_', ' '), code: 1008 })
    this.#peer.socket.close(1008, error.slice(0, 100))
  }

  /** Closes the socket when nothing is said for long. */
  #rest(): void {
    this.#cancelIdle()
    const asked = Number(this.#peer.url.searchParams.get('inactivity_timeout') ?? 20) * 1000
    const close = (): void => this.#fail('input_timeout_exceeded')
    this.#cancelIdle = this.#server.clock.after(asked, close)
  }
}
