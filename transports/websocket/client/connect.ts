import type { ServerMessage, WireAudio, WireJson } from '../wire.ts'
import { mostVariables, protocolVersion, type ClientMessage, type Hello } from '../wire.ts'
import { delayBefore, mostAttempts } from './backoff.ts'
import { ClientError } from './client-error.ts'
import { openLine, type Line, type LineEnd } from './line.ts'
import { Listeners } from './listeners.ts'
import { openMicrophone } from './microphone.ts'
import { Sound } from './sound.ts'
import type {
  ClientEventName,
  ClientState,
  ConnectInit,
  Levels,
  Listener,
  SoundFigures,
  StateChange,
  VoiceClient,
} from './types.ts'

/** How often something is sent where there is no microphone, in ms: a server hangs up on who is silent for a minute. */
const aliveMs = 15_000

/**
 * Calls a voice agent: asks for the microphone, waits until the page may sound, and resolves when the call
 * has begun.
 * @throws ClientError what stood in the way; everything that was opened is closed by then
 */
export async function connect(init: ConnectInit): Promise<VoiceClient> {
  const client = new Client(init)
  await client.begin()
  return client
}

class Client implements VoiceClient {
  state: ClientState = 'connecting'
  session = ''
  audio: WireAudio | undefined
  readonly #init: ConnectInit
  readonly #listeners = new Listeners()
  /** Ends what is waited for. */
  readonly #over = new AbortController()
  #sound: Sound | undefined
  #opening: Promise<Sound> | undefined
  #line: Line | undefined
  #asking: Promise<void> | undefined
  #alive: ReturnType<typeof setInterval> | undefined
  #playedMs = 0
  #isMuted = false
  #volume: number

  constructor(init: ConnectInit) {
    this.#init = init
    this.#volume = init.volume ?? 1
    for (const [name, listener] of Object.entries(init.on ?? {})) {
      this.#listeners.on(name as ClientEventName, listener as Listener<ClientEventName>)
    }
  }

  get levels(): Levels {
    return { microphone: this.#sound?.microphoneLevel ?? 0, bot: this.#sound?.botLevel ?? 0 }
  }

  get figures(): SoundFigures {
    const { underruns = 0, targetMs = 0, waitingMs = 0 } = this.#sound?.status ?? {}
    return { underruns, bufferMs: targetMs, waitingMs, playedMs: this.#sound?.playedMs ?? 0 }
  }

  get hasMicrophone(): boolean {
    return this.#sound?.hasMicrophone ?? false
  }

  get muted(): boolean {
    return this.#isMuted
  }

  set muted(to: boolean) {
    this.#isMuted = to
    if (this.#sound !== undefined) this.#sound.isMuted = to
  }

  get volume(): number {
    return this.#volume
  }

  set volume(to: number) {
    this.#volume = Math.min(1, Math.max(0, to))
    if (this.#sound !== undefined) this.#sound.volume = this.#volume
  }

  on<Name extends ClientEventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#listeners.on(name, listener)
  }

  async begin(): Promise<void> {
    const { signal, microphone = true, speaker = true } = this.#init
    signal?.addEventListener('abort', () => void this.#end({ reason: '', error: aborted() }))
    try {
      if (signal?.aborted === true) throw aborted()
      this.#change({ state: 'connecting' })
      if (microphone !== false) await this.#capture(microphone === true ? {} : microphone)
      else if (speaker) await this.#openSound()
      await this.#sound?.allowed(() => this.#change({ state: 'blocked' }))
      if (this.#over.signal.aborted) throw aborted()
      await this.#call(this.#init.call ?? {})
    } catch (thrown) {
      const error = thrown as ClientError
      await this.#end({ reason: '', error })
      throw error
    }
  }

  async useMicrophone(): Promise<void> {
    if (this.hasMicrophone) return
    // A second click while the browser still asks is the same wish.
    this.#asking ??= this.#capture({}).finally(() => (this.#asking = undefined))
    await this.#asking
    void this.#sound?.allowed(() => undefined)
  }

  sendText(text: string): void {
    this.#say({ type: 'text', text })
  }

  sendKey(digit: string): void {
    this.#say({ type: 'dtmf', digit })
  }

  sendMessage(name: string, data: WireJson): void {
    this.#say({ type: 'message', name, data })
  }

  close(): Promise<void> {
    return this.#end({ reason: 'the page hung up', error: undefined })
  }

  /** Asks for the microphone and leads it to the server. */
  async #capture(from: MediaTrackConstraints | MediaStream): Promise<void> {
    const isOwn = !(from instanceof MediaStream)
    const stream = isOwn ? await openMicrophone(from) : from
    try {
      const sound = await this.#openSound()
      if (this.#over.signal.aborted) throw aborted()
      sound.capture(stream, isOwn)
    } catch (thrown) {
      if (isOwn) for (const track of stream.getTracks()) track.stop()
      throw thrown
    }
  }

  #openSound(): Promise<Sound> {
    this.#opening ??= this.#makeSound()
    return this.#opening
  }

  async #makeSound(): Promise<Sound> {
    const sound = await Sound.open({
      hasSpeaker: this.#init.speaker ?? true,
      volume: this.#volume,
      workletUrl: this.#init.workletUrl,
      onCaptured: (bytes) => this.#line?.sound(bytes),
      onPlayed: (ms, isCleared) => this.#played(ms, isCleared),
      onLevels: () => this.#listeners.tell('levels', this.levels),
    })
    sound.isMuted = this.#isMuted
    if (this.audio !== undefined) sound.begin(this.audio)
    this.#sound = sound
    return sound
  }

  /** One call, to the point where it is ready. */
  async #call(call: Readonly<Record<string, string>>): Promise<void> {
    const { url, token, events = 'conversation', speaker = true } = this.#init
    const hello: Hello = {
      type: 'hello',
      version: protocolVersion,
      audio: 'any',
      played: speaker,
      call,
      events,
      ...(token !== undefined && { token }),
    }
    const line = await openLine({
      url: addressOf(url),
      hello,
      signal: this.#over.signal,
      onSound: (bytes) => this.#sound?.play(bytes),
      onSaid: (message) => this.#hear(message),
      onClosed: (end) => this.#closed(end),
    })
    if (this.#over.signal.aborted) {
      void line.close()
      throw aborted()
    }
    this.#line = line
    this.session = line.ready.session
    this.audio = line.ready.audio
    this.#playedMs = 0
    this.#sound?.begin(line.ready.audio)
    this.#alive = setInterval(() => {
      if (!this.hasMicrophone) this.#say({ type: 'played', ms: this.#playedMs })
    }, aliveMs)
    this.#change({ state: 'open', session: this.session })
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'clear') this.#sound?.clear()
    else if (message.type === 'dtmf') this.#listeners.tell('key', { digit: message.digit })
    else if (message.type === 'message') this.#listeners.tell('message', message)
    else if (message.type === 'event') {
      const { event } = message
      this.#listeners.tell('event', event)
      this.#listeners.tell(event.type, event)
    }
  }

  #played(ms: number, isCleared: boolean): void {
    if (ms === this.#playedMs && !isCleared) return
    this.#playedMs = ms
    this.#say({ type: 'played', ms })
  }

  #say(message: ClientMessage): void {
    this.#line?.say(message)
  }

  #closed(end: LineEnd): void {
    this.#hangUp()
    if (this.state === 'closed') return
    if (end.error?.code === 'lost' && this.#init.reconnect !== false)
      void this.#callAgain(end.error)
    else void this.#end(end)
  }

  /**
   * A call cannot be taken up where it broke off: the server has ended it. A new one is placed, which says in
   * `call.previous` which one it follows.
   */
  async #callAgain(lost: ClientError): Promise<void> {
    const { signal } = this.#over
    const before = this.#init.call ?? {}
    const hasRoom = Object.keys(before).length < mostVariables
    const call = hasRoom ? { ...before, previous: this.session } : before
    let error = lost
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const inMs = delayBefore(attempt, Math.random())
      this.#change({ state: 'reconnecting', attempt, inMs, error })
      await pause(inMs, signal)
      if (signal.aborted) return
      try {
        return await this.#call(call)
      } catch (thrown) {
        error = thrown as ClientError
        if (error.code !== 'unreachable' && error.code !== 'busy') break
      }
    }
    await this.#end({ reason: '', error })
  }

  #hangUp(): void {
    clearInterval(this.#alive)
    this.#line = undefined
    this.#sound?.end()
  }

  async #end({ reason, error }: LineEnd): Promise<void> {
    if (this.state === 'closed') return
    const line = this.#line
    this.#hangUp()
    this.#change({ state: 'closed', reason, ...(error !== undefined && { error }) })
    this.#over.abort()
    const sound = await this.#opening?.catch(() => undefined)
    await Promise.all([line?.close(), sound?.close()])
  }

  #change(change: StateChange): void {
    this.state = change.state
    this.#listeners.tell('state', change)
  }
}

const aborted = (): ClientError => new ClientError('aborted', 'The call was given up.')

/** Waits, or until `signal` aborts. */
function pause(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, forMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Where the socket is. @throws ClientError `unreachable` for what is no address of one */
function addressOf(url: string): string {
  const page = globalThis.location?.href
  const address = URL.canParse(url, page) ? new URL(url, page).href.replace(/^http/, 'ws') : ''
  if (!/^wss?:/.test(address)) throw new ClientError('unreachable', `${url} is no address to call.`)
  return address
}
