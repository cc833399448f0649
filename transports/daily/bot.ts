import { Subject, type Observable } from 'rxjs'
import type { RawData, WebSocket } from 'ws'
import { bytesToPcm, pcmToBytes, VoxgraphError, type Cancel, type Clock } from 'voxgraph/plugin'
import type { BrowserPool, OpenPage } from './browser-pool.ts'
import type { CallMethod, FromPage, Participant, ToPage } from './messages.ts'
import type { PageServer, PageSite } from './page-server.ts'

/**
 * Real time that a page has to be there and in its room, in ms: Daily's machine is loaded from its servers, and whoever
 * has asked for the room waits for it, 15 s at most.
 */
const joinWithinMs = 12_000
/** How long leaving may take, in ms, before the page is closed as it is. */
const leaveWithinMs = 2000
/** How long a method of Daily's may take, in ms. */
const answerWithinMs = 10_000
/** A page that has not told its position for so long, in ms, is stuck; it does so every 10.7 ms. */
const silentMs = 5000
/** Bytes of sound that may wait for a page to read them: two seconds. */
const mostUnread = 192_000

/** Most that may be asked of a page and not be answered: a graph that sends without end is stopped here. */
const mostAsked = 100

/** What `sendBot` takes. */
export interface BotInit {
  readonly pool: BrowserPool
  readonly server: PageServer
  readonly clock: Clock
  /** Gives up joining when it is aborted. */
  readonly signal: AbortSignal
  readonly room: { readonly url: string; readonly token: string }
  readonly name: string
  readonly bundlePath: string | undefined
}

/** How a bot's stay in a room ended. */
export interface BotEnd {
  /** Undefined where somebody ended it in order: we left, or were told to go. */
  readonly failure: VoxgraphError | undefined
  readonly reason: string
}

/** Reasons of Daily's that are no failures: the bot was put out, or its time or the room's was over. */
const orderly = new Set(['ejected', 'exp-room', 'exp-token', 'end-of-life'])

/** A bot in a room: a page in a browser, and what it can be told to do. */
export interface Bot {
  /** Its id in the room. */
  readonly session: string
  /** Who else is there. */
  readonly people: ReadonlyMap<string, Participant>
  /** What happens in the room, as it happens; nothing is kept for those who come later. Never fails. */
  readonly told: Observable<FromPage>
  /** Sound of the one who is listened to, in pieces of 20 ms; nothing is kept. Never fails. */
  readonly sound: Observable<Int16Array>
  /** Samples of the bot's sound that were played, ever, as the page told last. */
  readonly playedSamples: number
  /** Samples of it that were still to be played then. */
  readonly waitingSamples: number
  /** Resolves to the SIP address of the room when somebody can be put through to it; never rejects. */
  readonly sip: Promise<string>
  /** Resolves when the bot is out of the room; never rejects. */
  readonly ended: Promise<BotEnd>
  readonly isOver: boolean
  listen(to: string): void
  play(samples: Int16Array): void
  clear(): void
  /**
   * Calls a method of Daily's call object.
   * @throws VoxgraphError `room-failed` when Daily refuses, or does not answer within 10 s
   */
  call(method: CallMethod, ...args: readonly unknown[]): Promise<unknown>
  /** Leaves the room and closes the page. */
  leave(): Promise<void>
}

/**
 * Opens a page and joins a room with it.
 * @throws VoxgraphError `browser-missing`, `browser-failed`, `page-crashed`, `room-failed`
 */
export async function sendBot(init: BotInit): Promise<Bot> {
  const bot = new PageBot(init)
  try {
    await bot.join()
    return bot
  } catch (thrown) {
    await bot.leave()
    throw thrown
  }
}

class PageBot implements Bot {
  session = ''
  playedSamples = 0
  waitingSamples = 0
  readonly people = new Map<string, Participant>()
  readonly told = new Subject<FromPage>()
  readonly sound = new Subject<Int16Array>()
  readonly sip: Promise<string>
  readonly ended: Promise<BotEnd>
  readonly #init: BotInit
  readonly #asked = new Map<number, (told: FromPage & { readonly type: 'result' }) => void>()
  #asks = 0
  #site: PageSite | undefined
  #page: OpenPage | undefined
  #socket: WebSocket | undefined
  #resolveEnd: (end: BotEnd) => void = () => undefined
  isOver = false
  #heardAt = 0
  #cancelWatch: Cancel = () => undefined

  constructor(init: BotInit) {
    this.#init = init
    this.ended = new Promise((resolve) => (this.#resolveEnd = resolve))
    // It may be told before anybody asks.
    this.sip = new Promise((resolve) => {
      this.told.subscribe((told) => {
        if (told.type === 'dial' && told.event === 'dialin-ready') resolve(told.sip)
      })
    })
  }

  async join(): Promise<void> {
    const { clock, server, pool, room, name, bundlePath, signal } = this.#init
    signal.throwIfAborted()
    const joined = Promise.withResolvers<void>()
    joined.promise.catch(() => undefined)
    void this.ended.then(({ failure, reason }) =>
      joined.reject(failure ?? new VoxgraphError('room-failed', { reason })),
    )
    const abort = (): void => this.#finish(undefined, 'it is not wanted any more')
    signal.addEventListener('abort', abort, { once: true })
    const late = clock.after(joinWithinMs, () =>
      this.#fail('room-failed', `the bot was not in the room within ${joinWithinMs} ms`),
    )
    const watching = this.told.subscribe((told) => {
      if (told.type === 'ready') {
        this.#say({ type: 'join', url: room.url, token: room.token, name, bundlePath })
      } else if (told.type === 'joined') joined.resolve()
    })
    try {
      this.#site = server.page((socket) => this.#connect(socket))
      const page = await pool.open(this.#site.url)
      this.#page = page
      page.onCrash((reason) => this.#fail('page-crashed', reason))
      // Over before the page was there: whoever leaves closed what there was.
      if (this.isOver) await page.close()
      await joined.promise
      this.#heardAt = clock.now()
      this.#watch()
    } finally {
      late()
      watching.unsubscribe()
      signal.removeEventListener('abort', abort)
    }
  }

  listen(to: string): void {
    this.#say({ type: 'listen', to })
  }

  play(samples: Int16Array): void {
    const socket = this.#socket
    if (socket?.readyState !== socket?.OPEN || socket === undefined) return
    if (socket.bufferedAmount > mostUnread) {
      this.#fail('page-stuck', 'it does not take the sound that is sent to it')
    } else socket.send(pcmToBytes(samples))
  }

  clear(): void {
    this.#say({ type: 'clear' })
  }

  async call(method: CallMethod, ...args: readonly unknown[]): Promise<unknown> {
    const fail = (reason: string): VoxgraphError =>
      new VoxgraphError('room-failed', { reason: `${method}: ${reason}` })
    if (this.isOver) throw fail('the bot is not in the room')
    if (this.#asked.size >= mostAsked) throw fail('too much is asked at a time')
    const id = ++this.#asks
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const late = this.#init.clock.after(answerWithinMs, () =>
      reject(fail('no answer came in time')),
    )
    this.#asked.set(id, ({ value, error }) =>
      error === undefined ? resolve(value) : reject(fail(error)),
    )
    void this.ended.then(({ reason }) => reject(fail(reason)))
    this.#say({ type: 'call', id, method, args })
    try {
      return await promise
    } finally {
      late()
      this.#asked.delete(id)
    }
  }

  async leave(): Promise<void> {
    if (!this.isOver && this.session !== '') {
      const { clock } = this.#init
      this.#say({ type: 'leave' })
      const late = clock.after(leaveWithinMs, () => this.#finish(undefined, 'the bot left'))
      await this.ended
      late()
    }
    this.#finish(undefined, 'the bot left')
    await this.#page?.close()
  }

  #connect(socket: WebSocket): void {
    this.#socket = socket
    socket.on('error', () => undefined)
    socket.on('close', () => this.#fail('page-crashed', 'its connection has ended'))
    socket.on('message', (data: RawData, isBinary: boolean) => {
      this.#heardAt = this.#init.clock.now()
      const bytes = data as Buffer
      if (isBinary) this.sound.next(bytesToPcm(bytes))
      else this.#read(bytes.toString())
    })
  }

  /** What the page says is ours, but code of others runs there, too. */
  #read(text: string): void {
    try {
      this.#take(JSON.parse(text) as FromPage)
    } catch {
      this.#fail('room-failed', 'the page said what is no message')
    }
  }

  #take(told: FromPage): void {
    switch (told.type) {
      case 'played':
        this.playedSamples = told.samples
        this.waitingSamples = told.waiting
        return
      case 'result':
        this.#asked.get(told.id)?.(told)
        return
      case 'joined':
        this.session = told.session
        break
      case 'participant':
        if (told.state === 'joined') this.people.set(told.who.id, told.who)
        else this.people.delete(told.who.id)
        break
      case 'failed':
        if (orderly.has(told.kind)) this.#finish(undefined, `${told.kind}: ${told.reason}`)
        else this.#fail('room-failed', told.reason)
        return
      case 'left':
        this.#finish(undefined, 'the bot is out of the room')
        return
      default:
    }
    this.told.next(told)
  }

  #say(said: ToPage): void {
    const socket = this.#socket
    if (socket !== undefined && socket.readyState === socket.OPEN) socket.send(JSON.stringify(said))
  }

  #watch(): void {
    if (this.isOver) return
    const { clock } = this.#init
    const left = this.#heardAt + silentMs - clock.now()
    if (left <= 0) this.#fail('page-stuck', `nothing was heard of it for ${silentMs} ms`)
    else this.#cancelWatch = clock.after(left, () => this.#watch())
  }

  #fail(code: 'page-crashed' | 'page-stuck' | 'room-failed', reason: string): void {
    this.#finish(new VoxgraphError(code, { reason }), reason)
  }

  /** The end, once; what the page holds is given back. */
  #finish(failure: VoxgraphError | undefined, reason: string): void {
    if (this.isOver) return
    this.isOver = true
    this.#cancelWatch()
    this.#resolveEnd({ failure, reason })
    this.#site?.close()
    this.#socket?.close()
    this.told.complete()
    this.sound.complete()
    void this.#page?.close()
  }
}
