import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodeWav, type WebRoute } from 'voxgraph/plugin'
import flite from 'voxgraph/processors/flite-tts'
import { readOut } from '../../../src/testing/read-out.ts'
import { bundle } from '../../../test/bundle.ts'
import { openChromium } from '../../../test/chromium.ts'
import { serveDesk, type DeskServer } from '../../../test/desk.ts'
import type * as client from './index.ts'
import type { CallEvent, ConnectInit, StateChange, VoiceClient } from './index.ts'

declare global {
  var voxgraph: typeof client
  var call: VoiceClient
  var failure: string
  var events: CallEvent[]
  var states: StateChange[]
  var tap: PageTap
  /** A microphone of the page's own, and what speaks into it. */
  var line: MediaStream | undefined
  var speak: (name: string) => Promise<void>
}

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const rate = 16_000
const silence = (seconds: number): Int16Array => new Int16Array(seconds * rate)
function joined(...parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0))
  parts.reduce((from, part) => (all.set(part, from), from + part.length), 0)
  return all
}
let folder = ''
let browser: Browser
let desk: DeskServer
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-microphone-'))
  const voice = { definition: flite, options: { voice: 'awb' } }
  const lines = ['tell me about the hotel', 'when is breakfast']
  const [hotel = silence(0), breakfast = silence(0)] = await readOut(lines, voice, rate)
  // The microphone: the caller speaks once, 3.5 s after it was opened.
  const file = join(folder, 'caller.wav')
  await writeFile(file, encodeWav(joined(silence(3.5), hotel, silence(60)), rate))
  ;[browser, desk] = await Promise.all([
    openChromium(
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}%noloop`,
      '--autoplay-policy=document-user-activation-required',
    ),
    openDesk({ hotel, breakfast }),
  ])
}, 60_000)
afterEach(() => page.context().close())
afterAll(async () => {
  await browser.close()
  await desk.close()
  await rm(folder, { recursive: true })
})

/** What is known of a page from outside its client. */
interface PageTap {
  readonly context: AudioContext | undefined
  /** All that it sounds: peak of each 128 samples, with its time on the clock of the AudioContext in seconds. */
  readonly sounds: readonly (readonly [at: number, peak: number])[]
  /** When it was told to clear, on the same clock. */
  readonly clears: readonly number[]
  /** Text messages it has sent; \`clear\` where one came in. */
  readonly said: readonly { readonly type: string; readonly ms?: number }[]
  /** Bytes of sound that came in the call under way. */
  readonly received: number
  /** Loudest sample that was sent, of 32,768. */
  sent: number
}

/** Code in front of the client's that keeps all this. */
const tapCode = `
  const tap = (globalThis.tap = { context: undefined, sounds: [], clears: [], said: [], received: 0, sent: 0 })
  const code = 'registerProcessor("tap", class extends AudioWorkletProcessor { process([[samples]]) {' +
    ' let peak = 0; for (const one of samples ?? []) peak = Math.max(peak, Math.abs(one));' +
    ' this.port.postMessage([currentTime, peak]); return true } })'
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
  const lead = GainNode.prototype.connect
  GainNode.prototype.connect = function (...to) {
    tap.context = this.context
    void this.context.audioWorklet.addModule(url).then(() => {
      const node = new AudioWorkletNode(this.context, 'tap', { numberOfOutputs: 0 })
      node.port.onmessage = ({ data }) => tap.sounds.push(data)
      lead.call(this, node)
    })
    return lead.apply(this, to)
  }
  const Plain = WebSocket
  globalThis.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given)
      tap.received = 0
      this.addEventListener('message', ({ data }) => {
        if (data instanceof ArrayBuffer) tap.received += data.byteLength
        else if (data === '{"type":"clear"}') {
          tap.clears.push(tap.context.currentTime)
          tap.said.push({ type: 'clear' })
        }
      })
    }
    send(data) {
      if (typeof data === 'string') tap.said.push(JSON.parse(data))
      else for (const one of new Int16Array(data)) tap.sent = Math.max(tap.sent, Math.abs(one))
      super.send(data)
    }
  }
`

/** The desk, and what a browser gets at its address: pages with the client as `voxgraph`, and sounds. */
async function openDesk(sounds: Readonly<Record<string, Int16Array>>): Promise<DeskServer> {
  const code = await bundle(at('index.ts'), { globalName: 'voxgraph' })
  const worklet = await bundle(at('worklet.ts'))
  const policy = "default-src 'none'; script-src 'self' 'nonce-ours'; connect-src 'self' ws:"
  const file = (
    path: string,
    type: string,
    body: string | Uint8Array,
    more: Record<string, string> = {},
  ): WebRoute => ({
    method: 'GET',
    path,
    answer: () => ({ status: 200, headers: { 'Content-Type': type, ...more }, body }),
  })
  const html = (script = ''): string =>
    `<!doctype html><button>Call</button><script nonce="ours">${code}\n${script}</script>`
  return serveDesk([
    file('/page', 'text/html', html()),
    // What Playwright evaluates counts as a gesture of the user; a script of the page does not.
    file('/eager', 'text/html', html(`(${String(dialFrom)})({ microphone: false })`)),
    file('/strict', 'text/html', html(), { 'Content-Security-Policy': policy }),
    file('/worklet.js', 'text/javascript', worklet),
    ...Object.entries(sounds).map(([name, sound]) =>
      file(`/${name}.wav`, 'audio/wav', encodeWav(sound, rate)),
    ),
  ])
}

async function openPage(
  path = '/page',
  permissions: readonly string[] = ['microphone'],
): Promise<Page> {
  const context = await browser.newContext({ permissions: [...permissions] })
  const page = await context.newPage()
  await page.addInitScript(tapCode)
  await page.goto(`${desk.origin}${path}`)
  return page
}

/** Calls the desk from a page. */
async function dial(init: Partial<ConnectInit> = {}): Promise<void> {
  await page.evaluate(dialFrom, init)
}

/** Runs in the page. */
function dialFrom(given: Partial<ConnectInit>): void {
  globalThis.events = []
  globalThis.states = []
  const on = {
    event: (event: CallEvent) => void events.push(event),
    state: (state: StateChange) => void states.push(state),
  }
  const microphone = globalThis.line === undefined ? {} : { microphone: globalThis.line }
  voxgraph.connect({ url: '/', call: { from: 'page' }, on, ...microphone, ...given }).then(
    (made) => (globalThis.call = made),
    (thrown: client.ClientError) => (globalThis.failure = thrown.code),
  )
}

/** Waits for the first event of a type that is like this. */
async function event<T extends CallEvent['type']>(
  type: T,
  like: object = {},
): Promise<Extract<CallEvent, { type: T }>> {
  const found = await page.waitForFunction(
    ([type, like]) =>
      events.find((event) =>
        Object.entries({ type, ...like }).every(
          ([key, value]) => event[key as keyof CallEvent] === value,
        ),
      ),
    [type, like] as const,
    { timeout: 20_000 },
  )
  return (await found.jsonValue()) as unknown as Extract<CallEvent, { type: T }>
}

const stateNames = (): Promise<string[]> => page.evaluate(() => states.map(({ state }) => state))
const inState = async (wanted: string): Promise<void> => {
  await page.waitForFunction((state) => states.at(-1)?.state === state, wanted)
}
/** Loudest sample of the page between two times of its sound, in seconds. */
const loudest = (from: number, until = Infinity): Promise<number> =>
  page.evaluate(
    ([from, until]) =>
      Math.max(0, ...tap.sounds.flatMap(([at, peak]) => (at > from && at < until ? [peak] : []))),
    [from, until] as const,
  )

describe('a page in a call', { timeout: 60_000 }, () => {
  it('hears the bot, tells what it has played, and is heard', async () => {
    page = await openPage()
    await dial()
    expect(await event('said')).toMatchObject({ text: 'Hello.', agent: 'llm' })
    await event('heard', { text: 'Hello.', state: 'stopped' })
    // Two bytes a sample, 16 samples a millisecond: every one of them was played, and the server was told.
    const { received, played } = await page.evaluate(() => ({
      received: tap.received / 32,
      played: tap.said.at(-1),
    }))
    expect(received).toBeGreaterThan(500)
    expect(played).toEqual({ type: 'played', ms: received })
    expect(await loudest(0)).toBeGreaterThan(0.1)

    expect(await event('transcript')).toMatchObject({
      text: 'tell me about the hotel',
      typed: false,
    })
    await event('said', { text: 'We are a small hotel, right by the harbour.' })
    await hangsUp()
  })

  it('is silent at once when the caller speaks up, and tells what was heard by then', async () => {
    page = await openPage()
    await page.evaluate(async () => {
      const context = new AudioContext()
      const line = context.createMediaStreamDestination()
      globalThis.speak = async (name) => {
        const bytes = await (await fetch(`/${name}.wav`)).arrayBuffer()
        const source = new AudioBufferSourceNode(context, {
          buffer: await context.decodeAudioData(bytes),
        })
        source.connect(line)
        source.start()
        await new Promise((resolve) => source.addEventListener('ended', resolve))
      }
      globalThis.line = line.stream
    })
    await dial({ events: 'inspect' })
    await event('heard', { text: 'Hello.', state: 'stopped' })
    const mutedPeak = await page.evaluate(async () => {
      call.muted = true
      await speak('breakfast')
      call.muted = false
      return tap.sent
    })
    expect(mutedPeak).toBe(0)
    await page.evaluate(() => speak('hotel'))
    expect(await page.evaluate(() => tap.sent)).toBeGreaterThan(1000)
    await page.waitForFunction(() =>
      events.some((one) => one.type === 'heard' && one.text.startsWith('We have forty')),
    )
    await page.evaluate(() => speak('breakfast'))
    await event('interrupted')
    const { text, span } = await event('heard', { cut: true })
    const whole = (await event('said', { span })).text
    expect(whole.startsWith(`${text} `) && text !== '').toBe(true)
    const [clearedAt = 0] = await page.evaluate(() => tap.clears)
    expect(await loudest(clearedAt - 0.05, clearedAt)).toBeGreaterThan(0.02)
    expect(await loudest(clearedAt + 0.04, clearedAt + 0.4)).toBeLessThan(0.002)
    // What the server takes for heard is what the page said it had played when it was cleared.
    const heard = await page.evaluate(() => {
      const stops = events.flatMap((one) =>
        one.type === 'heard' && one.state === 'stopped' ? [one] : [],
      )
      const until = stops.findIndex(({ cut }) => cut)
      return stops.slice(0, until + 1).reduce((sum, one) => sum + one.ms, 0)
    })
    const reported = await page.evaluate(() => {
      const at = tap.said.findIndex(({ type }) => type === 'clear')
      return tap.said.slice(at).find(({ type }) => type === 'played')?.ms ?? 0
    })
    expect(Math.abs(heard - reported)).toBeLessThan(30)

    await event('transcript', { text: 'when is breakfast' })
    await event('heard', { text: 'Breakfast is from seven to ten.', state: 'stopped' })
    await seesHow()
    await hangsUp()
  })

  /** What a page is shown that may inspect. */
  async function seesHow(): Promise<void> {
    const { record } = await event('turn-record', {})
    expect(record.number).toBe(0)
    const records = await page.evaluate(() =>
      events.flatMap((one) => (one.type === 'turn-record' ? [one.record] : [])),
    )
    const answer = records.find(({ cutAfterMs }) => cutAfterMs !== undefined)
    const parts = Object.values(answer?.parts ?? {})
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(answer?.totalMs ?? 0)
    const nodes = await page.evaluate(() => [
      ...new Set(events.flatMap((one) => (one.type === 'pulse' ? Object.keys(one.nodes) : []))),
    ])
    expect(nodes).toEqual(expect.arrayContaining(['phone', 'vad', 'stt', 'llm', 'tts']))
  }

  async function hangsUp(): Promise<void> {
    const after = await page.evaluate(async () => {
      await call.close()
      return { context: tap.context?.state, microphone: call.hasMicrophone, last: states.at(-1) }
    })
    expect(after).toEqual({
      context: 'closed',
      microphone: false,
      last: { state: 'closed', reason: 'the page hung up' },
    })
  }

  it('says what it types while the bot speaks, without a microphone', async () => {
    page = await openPage('/page', [])
    await dial()
    await inState('closed')
    expect(await page.evaluate(() => failure)).toBe('microphone-denied')
    await dial({ microphone: false })
    await inState('open')
    await page.waitForFunction(() => call.state === 'open')
    await page.evaluate(() => call.sendText('tell me about the hotel'))
    expect(await event('transcript')).toMatchObject({ final: true, typed: true })
    // An answer of which no word was heard was none: the mind would take up the question again.
    await page.waitForFunction(() =>
      events.some((one) => one.type === 'heard' && one.text.startsWith('We are')),
    )
    await page.evaluate(() => call.sendText('when is breakfast'))
    await event('interrupted')
    await event('heard', { text: 'Breakfast is from seven to ten.', state: 'stopped' })
    expect(await page.evaluate(() => events.filter(({ type }) => type === 'pulse'))).toEqual([])
    const denied = page.evaluate(() =>
      call.useMicrophone().catch((thrown: client.ClientError) => thrown.code),
    )
    expect(await denied).toBe('microphone-denied')
    expect(await page.evaluate(() => call.state)).toBe('open')
  })

  it('calls again when the connection breaks, and says which call it follows', async () => {
    page = await openPage()
    await dial({ microphone: false })
    await event('heard', { state: 'stopped' })
    const first = await page.evaluate(() => call.session)
    desk.cut()
    await inState('reconnecting')
    await page.evaluate(() => (globalThis.events = []))
    desk.mend()
    await inState('open')
    await event('heard', { text: 'Hello.', state: 'stopped' })
    expect(desk.vars.at(-1)).toMatchObject({ call: { from: 'page', previous: first } })
    expect((await stateNames()).slice(0, 3)).toEqual(['connecting', 'open', 'reconnecting'])
    const { received, played } = await page.evaluate(() => ({
      received: tap.received / 32,
      played: tap.said.at(-1)?.ms,
    }))
    // Positions begin anew with the call.
    expect(played).toBe(received)
    await page.evaluate(() => call.useMicrophone())
    expect(await page.evaluate(() => call.hasMicrophone)).toBe(true)
  })

  it('does not begin the call before the page may sound', async () => {
    const calls = desk.vars.length
    page = await openPage('/eager', [])
    await inState('blocked')
    expect(desk.vars).toHaveLength(calls)
    await page.click('button')
    await inState('open')
    await event('heard', { text: 'Hello.', state: 'stopped' })
    expect(await loudest(0)).toBeGreaterThan(0.1)
  })

  it('works under a policy that forbids code from elsewhere, with a worklet of the page', async () => {
    page = await openPage('/strict', [])
    await dial({ microphone: false })
    await inState('closed')
    expect(await page.evaluate(() => failure)).toBe('no-audio')
    await dial({ microphone: false, workletUrl: '/worklet.js' })
    await event('heard', { text: 'Hello.', state: 'stopped' })
    expect(await page.evaluate(() => tap.said.at(-1)?.ms)).toBeGreaterThan(500)
  })
})
