import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Page } from 'playwright-core'
import { createLiveClock, createWeb } from 'voxgraph/testing'
import {
  audio,
  type Accept,
  type AudioFrame,
  type Busy,
  type Connection,
  type Frame,
  type Listener,
  type Log,
  type Place,
} from 'voxgraph/plugin'
import { createBrowserPool, type BrowserPool } from '../../transports/daily/browser-pool.ts'
import { openDaily, type DailyOptions } from '../../transports/daily/open-daily.ts'
import { openPageServer, type PageServer } from '../../transports/daily/page-server.ts'
import { createRest } from '../../transports/daily/rest.ts'
import { findChromium, needsChromium } from '../chromium.ts'
import { openStandIn, standInKey, type StandIn, type StandInRoom } from './stand-in.ts'

/** A call as tests see it. */
export interface RigCall {
  readonly connection: Connection
  readonly frames: Frame[]
  /** Resolves to how the frames ended: undefined, or the failure. */
  readonly end: Promise<unknown>
  /** Resolves with the first frame, from now on, that is looked for. */
  frame(isIt: (frame: Frame) => boolean): Promise<Frame>
}

/** A page of somebody in a room, with the real daily-js. */
export interface Guest {
  readonly page: Page
  readonly id: string
  /** Loudness of the others, every 10 ms, and when it was so, by the wall clock of this machine. */
  readonly levels: { readonly at: number; readonly level: number }[]
  readonly messages: unknown[]
  /** Resolves with the time, by the wall clock, of the first loudness, from now on, that is looked for. */
  level(isIt: (level: number) => boolean): Promise<number>
  /**
   * When it fell silent, by the wall clock: for 150 ms at least, so that no gap counts. `stillMs`: the longest time
   * from then back to `since` in which its page heard nothing at all, beyond the 10 ms between two looks.
   */
  silence(since: number): Promise<{ readonly at: number; readonly stillMs: number }>
  /** How long the jitter buffer has held each sample between two looks, in ms on average. */
  held(): Promise<() => Promise<number>>
  message(): Promise<unknown>
  play(url: string): Promise<void>
  send(data: unknown): Promise<void>
  leave(): Promise<void>
}

/** Everything for calls with the stand-in of Daily, in one browser. */
export interface Rig {
  readonly clock: ReturnType<typeof createLiveClock>
  readonly standIn: StandIn
  readonly pool: BrowserPool
  readonly server: PageServer
  /** Pages of bots, in the order in which they were opened. */
  readonly botPages: Page[]
  /** Calls that may be taken; and how many there are. */
  readonly places: { most: number; taken: number }
  readonly logs: string[]
  open(options?: Partial<DailyOptions>, take?: Accept): Promise<Listener>
  /** The next call that comes in. */
  next(): Promise<RigCall>
  /** Asks the transport for a room, as a client does. */
  invite(listener: Listener, token?: string): Promise<{ status: number; body: Invitation }>
  guest(room: StandInRoom, init?: { token?: string; name?: string; echo?: boolean }): Promise<Guest>
  /** Joins as the one who was invited. */
  join(listener: Listener): Promise<{ guest: Guest; call: RigCall; room: StandInRoom }>
  /** Ends what the test has opened; the browser stays. */
  clean(): Promise<void>
  close(): Promise<void>
}

/** How long something may take to come to pass, in ms: others use this machine, too. */
export const patient = { timeout: 20_000 }

interface Invitation {
  readonly room_url: string
  readonly token: string
}

const usual: DailyOptions = {
  host: '127.0.0.1',
  port: 0,
  path: '/daily',
  token: '',
  room: undefined,
  dialInSecret: undefined,
  dialOut: true,
  callerId: undefined,
  queues: {},
  refer: false,
  geo: undefined,
  botName: 'bot',
  bundlePath: undefined,
  callerTimeoutMs: 20_000,
  maxCallMs: 60_000,
}

export async function openRig(): Promise<Rig> {
  const executable = findChromium()
  if (executable === undefined) throw new Error(needsChromium)
  const clock = createLiveClock()
  const standIn = await openStandIn()
  const logs: string[] = []
  const log: Log = {
    debug: () => undefined,
    info: (text) => void logs.push(text),
    warn: (text) => void logs.push(text),
  }
  const pool = createBrowserPool({ chromium, executable, callsPerBrowser: 50, log })
  const botPages: Page[] = []
  const botPool: BrowserPool = {
    open: async (url) => {
      const opened = await pool.open(url)
      botPages.push(opened.page)
      return opened
    },
    get figures() {
      return pool.figures
    },
    // It is the rig's: listeners come and go.
    close: () => Promise.resolve(),
  }
  const dailyJs = createRequire(import.meta.url).resolve('@daily-co/daily-js/dist/daily-esm.js')
  const server = await openPageServer(dailyJs)
  const places = { most: 100, taken: 0 }
  const admit = (): Place | Busy => {
    if (places.taken >= places.most) return { busy: 'full' }
    places.taken++
    return { leave: () => void places.taken-- }
  }
  const open: (() => unknown)[] = []
  const calls = createLine<RigCall>()
  const rig: Rig = {
    ...{ clock, standIn, pool, server, botPages, places, logs },
    async open(options = {}, take) {
      const { signal } = new AbortController()
      const all = { ...usual, bundlePath: standIn.bundlePath, ...options }
      const rest = createRest({ endpoint: standIn.api, key: standInKey, clock, signal })
      const listener = await openDaily({
        ...{ clock, log, signal, admit, rest, options: all },
        pool: botPool,
        server: { ...server, close: () => Promise.resolve() },
        web: createWeb(),
        accept(connection, place) {
          if (take !== undefined) return take(connection, place)
          const call = watch(connection)
          void call.end.then(() => place?.leave())
          open.push(() => connection.close('the test is over'))
          calls.give(call)
        },
      })
      open.push(() => listener.close())
      return listener
    },
    next: () => calls.take(),
    async invite({ address }, token = '') {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(address, { method: 'POST', headers })
      return { status: response.status, body: (await response.json()) as Invitation }
    },
    async guest(room, init = {}) {
      const guest = await openGuest(pool, standIn.callerUrl(room, init))
      open.push(guest.close)
      return guest
    },
    async join(listener) {
      const { body } = await rig.invite(listener)
      const room = [...standIn.rooms.values()].find(({ url }) => url === body.room_url)
      if (room === undefined) throw new Error('no room was made')
      const [guest, call] = await Promise.all([
        rig.guest(room, { token: body.token }),
        calls.take(({ connection }) => connection.call['room'] === room.url),
      ])
      return { guest, call, room }
    },
    async clean() {
      for (const close of open.splice(0).toReversed()) await close()
      botPages.splice(0)
      standIn.forget()
      places.most = 100
    },
    async close() {
      await rig.clean()
      await pool.close()
      await server.close()
      await standIn.close()
    },
  }
  return rig
}

interface Jitter {
  readonly ms: number
  readonly samples: number
}

async function openGuest(
  pool: BrowserPool,
  url: string,
): Promise<Guest & { close(): Promise<void> }> {
  const { page, close } = await pool.open('about:blank')
  const levels: { at: number; level: number }[] = []
  const messages: unknown[] = []
  const joined = createLine<string>()
  const said = createLine<unknown>()
  let watchers: ((level: number, at: number) => void)[] = []
  await page.exposeFunction('tellTest', (what: string, value: unknown) => {
    if (what === 'level') {
      const heard = value as Guest['levels'][number]
      levels.push(heard)
      for (const watcher of watchers) watcher(heard.level, heard.at)
    } else if (what === 'joined') joined.give(String(value))
    else if (what === 'message') {
      messages.push(value)
      said.give(value)
    }
  })
  /** Resolves when the next loudness is told. */
  const told = (): Promise<void> =>
    new Promise((resolve) => {
      const watcher = (): void => {
        watchers = watchers.filter((one) => one !== watcher)
        resolve()
      }
      watchers = [...watchers, watcher]
    })
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await page.goto(url)
  const id = await joined.take()
  /** Runs a method of what the page has on its window. */
  const run = (code: string): Promise<void> => page.evaluate<void>(code)
  return {
    ...{ page, id, levels, messages, close },
    level: (isIt) =>
      new Promise((resolve) => {
        const watcher = (level: number, at: number): void => {
          if (!isIt(level)) return
          watchers = watchers.filter((one) => one !== watcher)
          resolve(at)
        }
        watchers = [...watchers, watcher]
      }),
    silence: async (since) => {
      for (;;) {
        const heard = levels.filter(({ at }) => at >= since)
        const last = heard.findLastIndex(({ level }) => level >= 200)
        const { at } = heard[last + 1] ?? {}
        if (at !== undefined && (heard.at(-1)?.at ?? 0) > at + 150) {
          const times = [since, ...heard.slice(0, last + 2).map((one) => one.at)]
          const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0) - 10)
          return { at, stillMs: Math.max(0, ...gaps) }
        }
        await told()
      }
    },
    async held() {
      const before = await page.evaluate<Jitter>('jitter()')
      return async () => {
        const { ms, samples } = await page.evaluate<Jitter>('jitter()')
        return (ms - before.ms) / Math.max(1, samples - before.samples)
      }
    },
    message: () => said.take(),
    play: (sound) => run(`play(${JSON.stringify(sound)})`),
    send: (data) => run(`void call.sendAppMessage(${JSON.stringify(data)})`),
    leave: () => run('call.leave()'),
  }
}

/** Subscribes to the frames of a connection. */
function watch(connection: Connection): RigCall {
  const frames: Frame[] = []
  let watchers: ((frame: Frame) => void)[] = []
  const end = new Promise<unknown>((resolve) => {
    connection.frames.subscribe({
      next: (frame) => {
        frames.push(frame)
        for (const watcher of watchers) watcher(frame)
      },
      complete: () => resolve(undefined),
      error: resolve,
    })
  })
  return {
    ...{ connection, frames, end },
    frame: (isIt) =>
      new Promise((resolve) => {
        const watcher = (frame: Frame): void => {
          if (!isIt(frame)) return
          watchers = watchers.filter((one) => one !== watcher)
          resolve(frame)
        }
        watchers = [...watchers, watcher]
      }),
  }
}

/** Gives what came, in order, to those who wait for it. */
function createLine<T>(): { give(one: T): void; take(isIt?: (one: T) => boolean): Promise<T> } {
  const come: T[] = []
  const waiting: { readonly isIt: (one: T) => boolean; readonly take: (one: T) => void }[] = []
  return {
    give(one) {
      const at = waiting.findIndex(({ isIt }) => isIt(one))
      if (at < 0) come.push(one)
      else waiting.splice(at, 1)[0]?.take(one)
    },
    take: (isIt = () => true) =>
      new Promise((take) => {
        const at = come.findIndex(isIt)
        const [one] = at < 0 ? [] : come.splice(at, 1)
        if (one === undefined) waiting.push({ isIt, take })
        else take(one)
      }),
  }
}

/** Loudness of a piece of sound, as the pages measure it. */
export function loudness(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
}

/** Processes of browsers below this one. */
export function browserProcesses(): readonly number[] {
  const parents = new Map<number, number>()
  const names = new Map<number, string>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const [, name = '', parent = ''] =
        /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? []
      parents.set(Number(entry), Number(parent))
      names.set(Number(entry), name)
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (id: number): boolean => {
    const parent = parents.get(id)
    return parent === process.pid || (parent !== undefined && parent > 1 && isOurs(parent))
  }
  return [...names].filter(([id, name]) => /chrom/.test(name) && isOurs(id)).map(([id]) => id)
}

/** Ms of a tone in pieces of 20 ms, as the runtime hands them over. */
export function tone(ms: number, loud = 8000): AudioFrame[] {
  return Array.from({ length: ms / 20 }, (_, piece) => {
    const samples = new Int16Array(960).map((_zero, index) =>
      Math.round(loud * Math.sin((piece * 960 + index) * 0.06)),
    )
    return audio({ role: 'agent', samples, sampleRate: 48_000 })
  })
}
