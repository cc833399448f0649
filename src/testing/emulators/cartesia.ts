import { createValidators } from '../../schema/compile.ts'
import type { Cancel } from '../../time/clock.ts'
import { CartesiaContext, type Generation } from './cartesia-context.ts'
import { cancelSchema, generationSchema, models } from './cartesia-schema.ts'
import type { Emulator, FaultName } from './emulator.ts'
import { EmulatorServer, type Asked, type Peer } from './server.ts'
import type { VoiceEmulatorInit } from './wire-speech.ts'

/** What `emulateCartesia` takes. */
export interface CartesiaEmulatorInit extends VoiceEmulatorInit {
  /** Ids of the voices that it has; `cartesiaVoice` unless given. */
  readonly voices?: readonly string[]
  /** Ms after its last sound in which a context is gone; 1000 unless given. */
  readonly expiryMs?: number
}

/** Cartesia on this machine. */
export interface CartesiaEmulator extends Emulator {
  /** Bytes of messages that were sent for each context. */
  readonly contextBytes: ReadonlyMap<string, number>
}

/** The voice that the emulator has unless it is given others. */
export const cartesiaVoice = 'a0e99841-438c-4a64-b679-ae501e7d6091'

/** Starts Cartesia on a free port: its WebSocket of speech with contexts, and `GET /voices/{id}`. */
export async function emulateCartesia(init: CartesiaEmulatorInit = {}): Promise<CartesiaEmulator> {
  const sockets = new Map<Peer, Line>()
  const contextBytes = new Map<string, number>()
  const { voices = [cartesiaVoice] } = init
  const server: EmulatorServer = await EmulatorServer.listen({
    ...init,
    vendor: 'cartesia',
    keyOf: ({ authorization }) => /^Bearer (.+)$/.exec(authorization ?? '')?.[1],
    refusal: (status) => ({
      body: JSON.stringify({ title: 'Refused', message: `status ${status}`, status_code: status }),
    }),
    overloaded: 503,
    request: (asked) => answer(asked, voices, (what) => server.violate(what)),
    opened: (peer) => sockets.set(peer, new Line({ ...init, voices }, server, peer, contextBytes)),
    message: (peer, data, isBinary) => sockets.get(peer)?.take(data, isBinary),
    now: (fault, peer) => sockets.get(peer)?.spoil(fault) ?? false,
  })
  return Object.assign(server, { contextBytes })
}

function answer(
  { url, method, headers, response }: Asked,
  voices: readonly string[],
  violate: (what: string) => void,
): void {
  const id = decodeURIComponent(/^\/voices\/([^/]+)$/.exec(url.pathname)?.[1] ?? '')
  if (headers['cartesia-version'] === undefined) violate('a request without cartesia-version')
  const isKnown = method === 'GET' && voices.includes(id)
  const body = isKnown
    ? { id, name: 'Emulated', description: '', language: 'en', is_owner: false, is_public: true }
    : { title: 'Not found', message: 'There is no such voice.', error_code: 'voice_not_found' }
  response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** Time after the last message in which it closes a socket, in ms. */
const idleMs = 300_000

type LineInit = CartesiaEmulatorInit & { readonly voices: readonly string[] }

/** One socket. */
class Line {
  readonly #init: LineInit
  readonly #server: EmulatorServer
  readonly #peer: Peer
  readonly #contexts = new Map<string, CartesiaContext>()
  readonly #bytes: Map<string, number>
  readonly #validators = createValidators()
  #cancelIdle: Cancel = () => undefined

  constructor(init: LineInit, server: EmulatorServer, peer: Peer, bytes: Map<string, number>) {
    this.#init = init
    this.#server = server
    this.#peer = peer
    this.#bytes = bytes
    const { pathname } = peer.url
    if (pathname !== '/tts/websocket') server.violate(`a socket at ${pathname}`)
    if (peer.headers['cartesia-version'] === undefined)
      server.violate('a socket without cartesia-version')
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
    const isCancel = Object.hasOwn(Object(message) as object, 'cancel')
    const validator = this.#validators.of(isCancel ? cancelSchema : generationSchema)
    const [issue] = validator(message)
    const id = String((Object(message) as Generation).context_id)
    if (issue !== undefined) return this.#refuse(id, `${issue.pointer} ${issue.message}`)
    if (isCancel) this.#contexts.get(id)?.cancel()
    else this.#generate(message as Generation)
  }

  spoil(fault: FaultName): boolean {
    if (fault !== 'error-mid-stream') return false
    this.#peer.send({ type: 'error', title: 'Internal', message: 'It failed.', status_code: 500 })
    return true
  }

  #generate(message: Generation): void {
    const { context_id: id, model_id: model, voice } = message
    const voiceId = typeof voice === 'string' ? voice : voice.id
    if (!models.includes(model)) return this.#deny(id, 400, `There is no model ${model}.`)
    if (!this.#init.voices.includes(voiceId)) return this.#deny(id, 404, 'There is no such voice.')
    let context = this.#contexts.get(id)
    if (context === undefined) {
      if (message.flush === true) return this.#refuse(id, 'a flush of a context that has no text')
      if (!/[\p{L}\p{N}]/u.test(message.transcript)) {
        return this.#refuse(id, 'the first transcript is empty or has only punctuation')
      }
      context = new CartesiaContext(this.#init, this.#server, this.#peer, message, (bytes) => {
        this.#rest()
        this.#bytes.set(id, (this.#bytes.get(id) ?? 0) + bytes)
      })
      this.#contexts.set(id, context)
      this.#bytes.set(id, 0)
    }
    const fault = context.take(message)
    if (fault !== undefined) this.#refuse(id, fault)
  }

  /** What a client must not do. */
  #refuse(context: string, what: string): void {
    this.#server.violate(what)
    this.#deny(context, 400, what)
  }

  #deny(context_id: string, status_code: number, message: string): void {
    const title = status_code === 404 ? 'Not found' : 'Bad request'
    this.#peer.send({ type: 'error', context_id, done: true, status_code, title, message })
  }

  /** Closes the socket when nothing is said for long. */
  #rest(): void {
    this.#cancelIdle()
    const close = (): void => this.#peer.socket.close(1000, 'idle')
    this.#cancelIdle = this.#server.clock.after(idleMs, close)
  }
}
