import { FluxStream } from './deepgram-flux.ts'
import { DeepgramLine } from './deepgram-line.ts'
import { ListenStream } from './deepgram-listen.ts'
import { fluxSchema, listenSchema, speakSchema } from './deepgram-schemas.ts'
import { SpeakStream } from './deepgram-speak.ts'
import type { Emulator } from './emulator.ts'
import { scriptedEar, type OpenEar } from './minds.ts'
import { EmulatorServer, type Asked, type Peer } from './server.ts'
import type { VoiceEmulatorInit } from './wire-speech.ts'

/** What `emulateDeepgram` takes. */
export interface DeepgramInit extends VoiceEmulatorInit {
  /** What it hears with; it hears nothing unless given. */
  readonly ear?: OpenEar
}

/** A client on one of the streaming APIs. */
interface Stream {
  readonly line: DeepgramLine
  take(data: Buffer, isBinary: boolean): void
}

/**
 * Deepgram on this machine: `listen` v1 (nova), `listen` v2 (Flux) and `speak` v1 (Aura) on WebSockets, and
 * the two requests that tell whether a key and a model are good.
 */
export async function emulateDeepgram(init: DeepgramInit = {}): Promise<Emulator> {
  const { ear = scriptedEar([]), delayMs = 0 } = init
  const streams = new Map<Peer, Stream>()
  const server: EmulatorServer = await EmulatorServer.listen({
    ...init,
    vendor: 'deepgram',
    keyOf: ({ authorization = '' }) => /^(?:Token|Bearer) (.+)$/.exec(authorization)?.[1],
    refusal: (status) => ({ body: JSON.stringify(refusalOf(status)) }),
    overloaded: 503,
    request: (asked) => answer(server, asked),
    opened(peer) {
      const schema = schemas[peer.url.pathname]
      if (schema === undefined) {
        server.violate(`no such API: ${peer.url.pathname}`)
        return peer.socket.close(1008)
      }
      const { clock } = server
      const line = new DeepgramLine({ server, peer, schema, delayMs })
      const stream =
        schema === listenSchema
          ? new ListenStream(line, clock, ear)
          : schema === fluxSchema
            ? new FluxStream(line, clock, ear)
            : new SpeakStream(line, clock, init)
      streams.set(peer, { line, take: (data, isBinary) => stream.take(data, isBinary) })
      peer.signal.addEventListener('abort', () => streams.delete(peer))
    },
    message: (peer, data, isBinary) => streams.get(peer)?.take(data, isBinary),
    now(fault, peer) {
      const isOurs = ['error-mid-stream', 'drip', 'wrong-order', 'duplicate'].includes(fault)
      if (isOurs) streams.get(peer)?.line.spoil(fault)
      return isOurs
    },
  })
  return server
}

const schemas: Readonly<Record<string, typeof listenSchema>> = {
  '/v1/listen': listenSchema,
  '/v2/listen': fluxSchema,
  '/v1/speak': speakSchema,
}

const refusals: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['INVALID_AUTH', 'Invalid credentials.'],
  404: ['NOT_FOUND', 'There is nothing here.'],
  429: ['TOO_MANY_REQUESTS', 'Too many requests. Please try again later.'],
}

const refusalOf = (status: number) => {
  const [code, message] = refusals[status] ?? ['SLOW_UPLOAD', 'The service is not available.']
  return { err_code: code, err_msg: message, request_id: 'emulated' }
}

/** What Deepgram lists, as far as anybody here asks for it. */
const models = {
  stt: ['nova-3', 'nova-2'].flatMap((architecture) =>
    ['general', 'medical'].map((name) => ({
      name,
      canonical_name: `${architecture}-${name}`,
      architecture,
      languages: ['en', 'en-US'],
      streaming: true,
    })),
  ),
  tts: ['aura-2-thalia-en', 'aura-2-andromeda-en', 'aura-asteria-en'].map((canonical_name) => ({
    name: canonical_name.split('-').at(-2),
    canonical_name,
    architecture: canonical_name.startsWith('aura-2') ? 'aura-2' : 'aura',
    languages: ['en', 'en-US'],
  })),
}

function answer(server: EmulatorServer, { method, url, response }: Asked): void {
  const path = `${method} ${url.pathname}`
  const body =
    path === 'GET /v1/auth/token'
      ? { scopes: ['usage:write'] }
      : path === 'GET /v1/models'
        ? models
        : undefined
  if (body === undefined) server.violate(`no such request: ${path}`)
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
  server.write(response, JSON.stringify(body ?? refusalOf(404)))
  response.end()
}
