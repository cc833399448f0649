import { createValidators, type Validators } from '../../schema/compile.ts'
import type { AudioEncoding } from '../../frames/audio.ts'
import type { FaultName } from './emulator.ts'
import { hugeLength, type EmulatorServer, type Peer } from './server.ts'
import type { ApiSchema } from './deepgram-schemas.ts'
import { dripMs } from './wire-speech.ts'

/** A socket of a client that has a fault of its own now and then. */
export interface LineInit {
  readonly server: EmulatorServer
  readonly peer: Peer
  readonly schema: ApiSchema
  /** Ms that everything takes before it goes out. */
  readonly delayMs: number
}

/** What Deepgram says on one socket, and how that goes wrong. Checks what the client says. */
export class DeepgramLine {
  readonly peer: Peer
  readonly #server: EmulatorServer
  readonly #schema: ApiSchema
  readonly #delayMs: number
  readonly #validators: Validators = createValidators()
  readonly #waiting: { readonly at: number; readonly send: () => void }[] = []
  #mode: FaultName | undefined
  #held: (() => void) | undefined
  #isPumping = false
  /** The client has said that it is done. */
  isClosing = false

  constructor({ server, peer, schema, delayMs }: LineInit) {
    this.#server = server
    this.peer = peer
    this.#schema = schema
    this.#delayMs = delayMs
    const all = [...new Set(peer.url.searchParams.keys())].map((key) => {
      const values = peer.url.searchParams.getAll(key)
      return [key, values.length === 1 ? values[0] : values] as const
    })
    this.#check(schema.query, Object.fromEntries(all), peer.url.pathname)
  }

  /** A parameter of the query. */
  param(name: string): string | undefined {
    return this.peer.url.searchParams.get(name) ?? undefined
  }

  get sampleRate(): number {
    return Number(this.param('sample_rate') ?? 16_000)
  }

  get encoding(): AudioEncoding {
    return this.param('encoding') === 'mulaw' ? 'mulaw' : 'pcm'
  }

  /** Reads what the client says; undefined when Deepgram would not have taken it. */
  read(data: Buffer): { readonly type: string; readonly [key: string]: unknown } | undefined {
    const message = parse(data)
    const type = typeof message?.['type'] === 'string' ? message['type'] : ''
    const schema = this.#schema.messages[type]
    if (message === undefined || schema === undefined) {
      this.#server.violate(`no message of this API: ${data.toString().slice(0, 80)}`)
      return undefined
    }
    if (this.isClosing) this.#server.violate(`${type} after the end was announced`)
    return this.#check(schema, message, type) ? { ...message, type } : undefined
  }

  /** Notes what is wrong with sound that the client sends. */
  readSound(data: Buffer): void {
    if (this.isClosing) this.#server.violate('sound after the end was announced')
    if (data.length === 0) this.#server.violate('an empty piece of sound')
    if (this.encoding === 'pcm' && data.length % 2 === 1) this.#server.violate('half a sample')
  }

  /** Sends JSON or sound, behind what is on its way. */
  say(message: object | Uint8Array): void {
    const send = (): void => this.peer.send(message)
    if (this.#mode === 'wrong-order' && this.#held === undefined) {
      this.#held = send
      return
    }
    this.#queue(send)
    if (this.#mode === 'duplicate') this.#queue(send)
    this.#release()
  }

  /** Closes the socket, behind what is on its way. */
  close(code: number, reason = ''): void {
    this.#release()
    this.#queue(() => this.peer.socket.close(code, reason))
  }

  /** Deepgram's own error. */
  error(): void {
    this.say({
      type: 'Error',
      sequence_id: 9999,
      code: 'INTERNAL_SERVER_ERROR',
      description: 'An internal error happened.',
    })
    this.close(1011, 'NET-0000')
  }

  /** We are in the middle of an answer: what was ordered for it happens. */
  midAnswer(): void {
    const fault = this.#server.take('answer')
    if (fault !== undefined) this.spoil(fault.fault)
  }

  /** The answer is complete: the next one is well again, when all of this one has gone out. */
  answered(): void {
    this.#release()
    this.#queue(() => (this.#mode = undefined))
  }

  /** Lets something go wrong now. */
  spoil(fault: FaultName): void {
    const { socket } = this.peer
    switch (fault) {
      case 'error-mid-stream':
        return this.error()
      case 'clean-end':
        return this.close(1000)
      case 'half-open':
        return this.peer.freeze()
      case 'garbage':
        return this.peer.send('{"type":')
      case 'huge':
        return this.peer.send('x'.repeat(hugeLength))
      case 'stall':
      case 'drip':
      case 'wrong-order':
      case 'duplicate':
        this.#mode = fault
        void this.#server.healed.then(() => {
          this.#mode = undefined
          this.#pump()
        })
        return
      default:
        return socket.terminate()
    }
  }

  #release(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#queue(held)
  }

  #queue(send: () => void): void {
    this.#waiting.push({ at: this.#server.clock.now() + this.#delayMs, send })
    this.#pump()
  }

  #pump(): void {
    if (this.#isPumping) return
    const { clock } = this.#server
    for (;;) {
      const next = this.#waiting[0]
      if (next === undefined || this.#mode === 'stall') return
      const waitMs = this.#mode === 'drip' ? dripMs : next.at - clock.now()
      if (waitMs > 0) {
        this.#isPumping = true
        const cancel = clock.after(waitMs, () => {
          this.peer.signal.removeEventListener('abort', cancel)
          this.#isPumping = false
          if (this.#mode !== 'stall') this.#waiting.shift()?.send()
          this.#pump()
        })
        this.peer.signal.addEventListener('abort', cancel)
        return
      }
      this.#waiting.shift()
      next.send()
    }
  }

  #check(schema: JsonSchemaOf, value: unknown, what: string): boolean {
    const issues = this.#validators.of(schema)(value)
    for (const { pointer, message, params } of issues) {
      this.#server.violate(`${what}${pointer}: ${message} ${JSON.stringify(params)}`)
    }
    return issues.length === 0
  }
}

type JsonSchemaOf = ApiSchema['query']

function parse(data: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const message: unknown = JSON.parse(data.toString())
    return typeof message === 'object' && message !== null
      ? (message as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

/** Words of a text, spread evenly over a stretch of sound, in seconds as Deepgram gives them. */
export function spread(
  text: string,
  startMs: number,
  endMs: number,
): readonly { readonly word: string; readonly start: number; readonly end: number }[] {
  const words = text.split(/\s+/).filter((word) => word !== '')
  const each = (endMs - startMs) / Math.max(1, words.length)
  return words.map((word, index) => ({
    word,
    start: (startMs + index * each) / 1000,
    end: (startMs + (index + 0.8) * each) / 1000,
  }))
}
