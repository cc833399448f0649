import { WebSocket, type ClientOptions, type RawData } from 'ws'
import {
  VoxgraphError,
  bytesToPcm,
  decodeMulaw,
  encodeMulaw,
  pcmToBytes,
  type AudioEncoding,
  type Json,
} from 'voxgraph/plugin'
import {
  closeCodes,
  protocolVersion,
  readServerMessage,
  subprotocol,
  type ClientMessage,
  type Hello,
  type Ready,
} from './protocol.ts'

/** What `connectClient` takes beside the address. Sound is mono and linear here, whatever the wire has. */
export interface ClientInit {
  /** In Hz. */
  readonly sampleRate: number
  /** `pcm` unless given. */
  readonly encoding?: AudioEncoding
  readonly token?: string | undefined
  /** Variables of the call. */
  readonly call?: Readonly<Record<string, string>>
  /** True when `played` will be called; false unless given. */
  readonly reportsPlayed?: boolean
  /** Gives up connecting when it is aborted. */
  readonly signal?: AbortSignal
  /** Sound to be played next, as it comes. */
  readonly onAudio?: (samples: Int16Array) => void
  /** Everything that was given and not played is to be thrown away. */
  readonly onClear?: () => void
  readonly onKey?: (digit: string) => void
  readonly onMessage?: (name: string, data: Json) => void
  /** The call is over, for whichever reason; called once. Undefined when it ended in order. */
  readonly onEnd?: (failure: VoxgraphError | undefined) => void
}

/** A client in a call. What is sent after its end is dropped. */
export interface Client {
  readonly ready: Ready
  /** Sends the caller's sound. Nothing is paced here. */
  send(samples: Int16Array): void
  sendKey(digit: string): void
  sendMessage(name: string, data: Json): void
  /** Reports how much sound was played since the call began, in ms, without what was cleared. */
  played(ms: number): void
  /** Bytes that wait to be sent. */
  readonly unsent: number
  /** Says bye; resolves when the connection is closed. */
  close(): Promise<void>
  /** Drops the connection without a word. */
  drop(): void
}

/**
 * Calls a `websocket` transport. Resolves when the server is ready.
 * @throws VoxgraphError `connection-failed` when nobody answers, `connection-refused` when the server
 *   closes before it is ready
 */
export function connectClient(url: string, init: ClientInit): Promise<Client> {
  return new Promise((resolve, reject) => {
    // `closeTimeout` (ms, counted by ws) is missing from its types.
    const options: ClientOptions & { readonly closeTimeout: number } = {
      perMessageDeflate: false,
      closeTimeout: 2000,
    }
    const socket = new WebSocket(url, subprotocol, options)
    const abort = (): void => socket.terminate()
    init.signal?.addEventListener('abort', abort, { once: true })
    let isReady = false
    let failure: VoxgraphError | undefined

    socket.on('open', () => socket.send(JSON.stringify(helloOf(init))))
    socket.on('error', (cause) => {
      failure ??= new VoxgraphError('connection-failed', { url, reason: cause.message }, { cause })
    })
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        init.onAudio?.(soundOf(data as Buffer, init.encoding))
        return
      }
      const ready = hear(data, init)
      if (ready === undefined) return
      isReady = true
      init.signal?.removeEventListener('abort', abort)
      resolve(clientOn(socket, ready, init))
    })
    socket.on('close', (code, reason) => {
      const isOrderly = code === closeCodes.bye || code === closeCodes.goingAway || code === 1005
      if (!isOrderly) {
        failure ??= new VoxgraphError('connection-refused', { code, reason: reason.toString() })
      }
      if (isReady) init.onEnd?.(failure)
      else reject(failure ?? new VoxgraphError('connection-refused', { code, reason: '' }))
    })
  })
}

function helloOf({ sampleRate, encoding = 'pcm', token, call, reportsPlayed }: ClientInit): Hello {
  return {
    type: 'hello',
    version: protocolVersion,
    audio: { encoding, sampleRate },
    frames: 'raw',
    played: reportsPlayed ?? false,
    ...(token !== undefined && { token }),
    ...(call !== undefined && { call }),
  }
}

/** Acts on a text message; gives the one that says the call can begin. */
function hear(data: RawData, init: ClientInit): Ready | undefined {
  const said = readServerMessage((data as Buffer).toString())
  switch (said?.type) {
    case 'ready':
      return said
    case 'clear':
      init.onClear?.()
      return undefined
    case 'dtmf':
      init.onKey?.(said.digit)
      return undefined
    case 'message':
      init.onMessage?.(said.name, said.data)
      return undefined
    default:
      return undefined
  }
}

function soundOf(bytes: Buffer, encoding: AudioEncoding = 'pcm'): Int16Array {
  return encoding === 'mulaw' ? decodeMulaw(bytes) : bytesToPcm(bytes)
}

function clientOn(socket: WebSocket, ready: Ready, init: ClientInit): Client {
  const say = (message: ClientMessage): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  return {
    ready,
    send(samples) {
      if (socket.readyState !== socket.OPEN) return
      socket.send(
        init.encoding === 'mulaw' ? Uint8Array.from(encodeMulaw(samples)) : pcmToBytes(samples),
      )
    },
    sendKey: (digit) => say({ type: 'dtmf', digit }),
    sendMessage: (name, data) => say({ type: 'message', name, data }),
    played: (ms) => say({ type: 'played', ms }),
    get unsent() {
      return socket.bufferedAmount
    },
    close() {
      if (socket.readyState === socket.CLOSED) return Promise.resolve()
      const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
      say({ type: 'bye' })
      socket.close(closeCodes.bye)
      return closed
    },
    drop: () => socket.terminate(),
  }
}
