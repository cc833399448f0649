/** A frame as the stock client sends and reads them. Its own types want a browser's, so they are said here. */
export interface StockSerializer {
  serializeAudio(data: ArrayBufferLike, sampleRate: number, channels: number): Uint8Array
  serializeMessage(message: object): Uint8Array
  deserialize(data: Blob): Promise<unknown>
}

/** The stock client, as far as tests use it. */
export interface StockClient {
  readonly state: string
  connect(params: { readonly wsUrl: string; readonly token?: string }): Promise<unknown>
  startBotAndConnect(params: {
    readonly endpoint: string
    readonly headers?: Headers
    readonly requestData?: object
  }): Promise<unknown>
  disconnect(): Promise<void>
  disconnectBot(): void
  sendClientMessage(name: string, data?: unknown): void
  sendClientRequest(name: string, data?: unknown): Promise<unknown>
  sendText(content: string, options?: object): Promise<void>
  sendDTMF(keys: string): void
}

/** A stock client without a browser: what its microphone says comes from the test, what it plays goes there. */
export interface StockCall {
  readonly client: StockClient
  /** What its callbacks were told: `['UserTranscript', { text: … }]`. */
  readonly told: (readonly [name: string, data: unknown])[]
  /** Sound that was to be played, in order. */
  readonly heard: number[]
  say(samples: Int16Array): void
}

interface Transport {
  readonly ProtobufFrameSerializer: new () => StockSerializer
  readonly WebSocketTransport: new (options: object) => object
}

interface Sdk {
  readonly PipecatClient: new (options: object) => StockClient
  readonly logger: { setLevel(level: number): void }
}

/** Callbacks whose calls are noted. */
const noted = [
  'BotReady',
  'UserTranscript',
  'BotOutput',
  'BotStartedSpeaking',
  'ServerMessage',
  'MessageError',
  'Error',
  'Disconnected',
]

const load = async <T>(name: string): Promise<T> => (await import(/* @vite-ignore */ name)) as T
const loadTransport = (): Promise<Transport> => load('@pipecat-ai/websocket-transport')

/** Loads the serializer of `@pipecat-ai/websocket-transport`. */
export async function stockSerializer(): Promise<StockSerializer> {
  const { ProtobufFrameSerializer: Serializer } = await loadTransport()
  return new Serializer()
}

/** Makes a stock client. */
export async function stockCall(): Promise<StockCall> {
  // The client asks the window which browser it is in.
  Object.assign(globalThis, { window: globalThis })
  const { WebSocketTransport } = await loadTransport()
  const { PipecatClient, logger } = await load<Sdk>('@pipecat-ai/client-js')
  logger.setLevel(0)
  const told: [string, unknown][] = []
  const heard: number[] = []
  let say: (data: ArrayBufferLike) => void = () => undefined
  const nothing = (): void => undefined
  const mediaManager = {
    setUserAudioCallback: (callback: typeof say) => void (say = callback),
    bufferBotAudio: (samples: Int16Array) => void heard.push(...samples),
    setClientOptions: nothing,
    initialize: nothing,
    connect: nothing,
    disconnect: nothing,
    enableMic: nothing,
    enableCam: nothing,
    tracks: () => ({ local: {} }),
    isMicEnabled: true,
  }
  const callbacks = Object.fromEntries(
    noted.map((name) => [`on${name}`, (data: unknown) => void told.push([name, data])]),
  )
  const transport = new WebSocketTransport({ mediaManager })
  const client = new PipecatClient({ transport, callbacks, enableMic: true, enableCam: false })
  return { client, told, heard, say: (samples) => say(samples.slice().buffer) }
}
