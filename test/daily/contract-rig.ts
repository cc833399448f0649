import { createRequire } from 'node:module'
import { chromium, type Page } from 'playwright-core'
import { bytesToPcm, pcmToBytes, type Json, type ListenContext } from 'voxgraph/plugin'
import type { FarEnd, TransportRig, TransportStage } from 'voxgraph/testing'
import { createBrowserPool, type BrowserPool } from '../../transports/daily/browser-pool.ts'
import { openDaily } from '../../transports/daily/open-daily.ts'
import { optionsOf, type GivenOptions } from '../../transports/daily/options-of.ts'
import { openPageServer, type PageServer } from '../../transports/daily/page-server.ts'
import { createRest } from '../../transports/daily/rest.ts'
import { findChromium, needsChromium } from '../chromium.ts'
import type { CallerPages } from './caller-pages.ts'
import { openStandIn, standInKey, type StandIn } from './stand-in.ts'

/** Bytes of sound from a page that is of a track: 20 ms. The silence that a page makes itself is shorter. */
const pieceBytes = 1920
/** What whoever asks for a room must bring. */
export const invitation = 'canary-token-5e21'
const numbers = { taken: '+15550003001', refused: '+15550003002', ringing: '+15550003003' } as const

/** Browsers for all the cases of a contract: they start slowly. */
export function contractPool(): BrowserPool {
  const executable = findChromium()
  if (executable === undefined) throw new Error(needsChromium)
  const log = { debug() {}, info() {}, warn() {} }
  return createBrowserPool({ chromium, executable, callsPerBrowser: 50, log })
}

/** The world around the transport in one case: Daily's servers, the bot's pages and a page for each caller. */
export async function contractRig(pool: BrowserPool, pages: CallerPages): Promise<TransportRig> {
  const standIn = await openStandIn()
  const dailyJs = createRequire(import.meta.url).resolve('@daily-co/daily-js/dist/daily-esm.js')
  const server = hearing(await openPageServer(dailyJs))
  standIn.answers.set('dialout-start', ({ phoneNumber }, room) =>
    answerOf(standIn, phoneNumber, room),
  )
  return {
    options: {
      api_key: standInKey,
      endpoint: standIn.api,
      call_machine: standIn.bundlePath,
      token: invitation,
    },
    listen: ({ options, ...ctx }: ListenContext<GivenOptions>, accept) => {
      const { clock, signal } = ctx
      const rest = createRest({ endpoint: options.endpoint, key: options.api_key, clock, signal })
      // The browser is there for the next case, too.
      const ours: BrowserPool = {
        open: (url) => pool.open(url),
        figures: pool.figures,
        close: () => Promise.resolve(),
      }
      return openDaily({ ...ctx, accept, server, rest, pool: ours, options: optionsOf(options) })
    },
    connect: (stage) => connect({ pages, standIn, server, stage }),
    async abandon(stage) {
      const { room } = await invite(stage)
      standIn.putOut(room, 'voxgraph', 'exp-room')
    },
    transfers: numbers,
    async close() {
      await server.close()
      await standIn.close()
    },
  }
}

/** The server of the bot's pages, which knows when each begins to hear its caller. */
interface HearingServer extends PageServer {
  /** Resolves when the page that is opened next hears a track. */
  next(): Promise<void>
}

function hearing(server: PageServer): HearingServer {
  let coming = Promise.withResolvers<void>()
  return {
    next: () => coming.promise,
    pages: server.pages,
    close: () => server.close(),
    page(opened) {
      const { resolve } = coming
      coming = Promise.withResolvers()
      return server.page((socket) => {
        socket.on('message', (data: Buffer, isBinary) => {
          if (isBinary && data.length === pieceBytes) resolve()
        })
        opened(socket)
      })
    },
  }
}

/** What becomes of a number that is called, as Daily tells it in the room. */
function answerOf(standIn: StandIn, number: unknown, room: string): object {
  const sessionId = `telephone-${String(number)}`
  const tell = (action: string): void => standIn.tell(room, { action, sessionId })
  if (number === numbers.taken) setImmediate(() => tell('dialout-answered'))
  if (number === numbers.refused) setImmediate(() => tell('dialout-error'))
  return { session: { sessionId } }
}

/** Asks for a room, as the backend of an application does. */
async function invite({ listener }: TransportStage): Promise<Invitation> {
  const headers = { authorization: `Bearer ${invitation}` }
  const response = await fetch(listener.address, { method: 'POST', headers })
  const said = (await response.json()) as { room_url: string; token: string; error: string }
  if (!response.ok) throw new Error(`${response.status} ${said.error}`)
  return { room: new URL(said.room_url).pathname.slice(1), token: said.token }
}

interface Invitation {
  readonly room: string
  readonly token: string
}

interface ConnectInit {
  readonly pages: CallerPages
  readonly standIn: StandIn
  readonly server: HearingServer
  readonly stage: TransportStage
}

/** Somebody with the real daily-js in a page, once sound can pass both ways. */
async function connect({ pages, standIn, server, stage }: ConnectInit): Promise<FarEnd> {
  const hears = server.next()
  const { room, token } = await invite(stage)
  const at = standIn.rooms.get(room)
  if (at === undefined) throw new Error('the room that was told of is not there')
  const { page, go, giveBack, close } = await pages.take()
  const linked = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const keys: string[] = []
  const messages: { readonly name: string; readonly data: Json }[] = []
  let isOver = false
  let isGone = false
  await go(standIn.callerUrl(at, { token, keep: true }), (what, value) => {
    if (what === 'linked') linked.resolve()
    else if (what === 'error') linked.reject(new Error(String(value)))
    else if (what === 'alone' || what === 'left') {
      isOver = true
      over.resolve()
    } else if (what === 'message') {
      const said = value as { type: string; digit: string; name: string; data: Json }
      if (said.type === 'dtmf') keys.push(said.digit)
      else messages.push({ name: said.name, data: said.data })
    }
  })
  await Promise.all([linked.promise, hears])
  const send = (data: object): void =>
    void run(page, `void call.sendAppMessage(${JSON.stringify(data)})`)
  return {
    ...{ sampleRate: 48_000, keys, messages, over: over.promise },
    say: async (samples) => {
      await run(page, `speak("${Buffer.from(pcmToBytes(samples)).toString('base64')}")`)
    },
    heard: listenTo(page),
    press: (digit) => send({ type: 'dtmf', digit }),
    send: (name, data) => send({ type: 'message', name, data }),
    hangUp: () => run(page, 'call.leave()'),
    async drop() {
      if (isGone) return
      isGone = true
      over.resolve()
      await (isOver ? giveBack() : close())
    },
  }
}

/** All that a page has heard so far. */
function listenTo(page: Page): () => Promise<Int16Array> {
  let heard = new Int16Array()
  return async () => {
    const taken = await run(page, 'take()')
    const samples = bytesToPcm(Buffer.from(String(taken ?? ''), 'base64'))
    const longer = new Int16Array(heard.length + samples.length)
    longer.set(heard)
    longer.set(samples, heard.length)
    heard = longer
    return heard
  }
}

/** Runs what a page has on its window; nothing where the page is gone. */
const run = (page: Page, code: string): Promise<unknown> =>
  page.evaluate(code).catch((thrown: unknown) => {
    if (!page.isClosed()) throw thrown
  })
