import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLiveClock, loadGraph, runProgram, type Calls } from 'voxgraph'
import { encodeWav, type Site, type Web } from 'voxgraph/plugin'
import { createWeb } from 'voxgraph/testing'
import fliteTts from 'voxgraph/processors/flite-tts'
import { readOut } from '../src/testing/read-out.ts'
import { bundle } from './bundle.ts'
import { openChromium } from './chromium.ts'
import { root } from './sources.ts'

/**
 * What the microphone hears: a question after the greeting, another one into the long answer. The recording runs
 * from the moment at which the page opens the microphone; a machine that is busy may be two seconds late.
 */
const said = [
  { afterMs: 5000, text: 'Tell me about the hotel.' },
  { afterMs: 4200, text: 'Do you have a car park?' },
]
const sampleRate = 16_000
/** Level from which on something is heard at the page; what plays is speech or digital silence. */
const audible = 0.003
/** The picture in docs/rtvi.md is taken anew. */
const takesPicture = process.env['UPDATE_FIXTURES'] !== undefined

interface Noted {
  /** In ms on the clock of the page. */
  readonly at: number
  readonly event: string
  readonly data: unknown
}

let folder = ''
let browser: Browser
let calls: Calls
let address = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-pipecat-'))
  const recording = join(folder, 'caller.wav')
  await writeFile(recording, encodeWav(await record(), sampleRate))
  const program = await loadGraph(join(root, 'graphs/front-desk.yaml'), { cwd: folder })
  const log = { debug: () => {}, info: () => {}, warn: () => {} }
  const web = withPage(
    await readFile(join(root, 'test/pipecat/page/page.html'), 'utf8'),
    await bundle(join(root, 'test/pipecat/page/page.ts')),
  )
  calls = runProgram(program, { clock: createLiveClock(), log, web })
  address = (await calls.listen()).address
  browser = await openChromium(
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${recording}%noloop`,
    '--autoplay-policy=no-user-gesture-required',
  )
})
afterAll(async () => {
  await browser.close()
  await calls.close('the test is over')
  await rm(folder, { recursive: true })
})

async function record(): Promise<Int16Array> {
  const voice = { definition: fliteTts, options: { voice: 'rms' } }
  const texts = said.map(({ text }) => text)
  const lines = await readOut(texts, voice, sampleRate)
  const pieces = said.flatMap(({ afterMs }, index) => [
    new Int16Array((afterMs * sampleRate) / 1000),
    lines[index] ?? new Int16Array(),
  ])
  pieces.push(new Int16Array(60 * sampleRate))
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** Shows the page of this test at the address of the graph: pages of the same host may connect. */
function withPage(html: string, code: string): Web {
  const web = createWeb()
  const show = (site: Site, path: string, type: string, body: string): void =>
    site.route({
      method: 'GET',
      path,
      answer: () => ({ status: 200, headers: { 'Content-Type': type }, body }),
    })
  return {
    async open(at) {
      const site = await web.open(at)
      show(site, '/page', 'text/html', html)
      show(site, '/page.js', 'text/javascript', code)
      return site
    },
  }
}

/** A page whose client is ready. */
async function connect(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 660 } })
  await page.goto(`${address.replace(/^ws/, 'http')}page`)
  await page.evaluate(`client.connect({ wsUrl: ${JSON.stringify(address)} })`)
  return page
}

/** Waits for an event whose data, as JSON, holds a text. */
async function event(page: Page, name: string, holds = ''): Promise<Noted> {
  const found = `events.find(({ event, data }) =>
    event === ${JSON.stringify(name)} && (JSON.stringify(data) ?? '').includes(${JSON.stringify(holds)}))`
  try {
    return (await (await page.waitForFunction(found)).jsonValue()) as Noted
  } catch (cause) {
    const came = (await page.evaluate('events')) as Noted[]
    const told = came.map(({ at, event: one, data }) => `${at} ${one} ${JSON.stringify(data)}`)
    throw new Error(`no ${name} "${holds}" came:\n${told.join('\n')}`, { cause })
  }
}

/** When something was heard at the page, in ms on its clock. */
async function heardAt(page: Page): Promise<readonly number[]> {
  const levels = (await page.evaluate('levels')) as readonly (readonly [number, number])[]
  return levels.flatMap(([at, level]) => (level > audible ? [at] : []))
}

describe('the Pipecat client in a browser', () => {
  it('talks, interrupts, writes, and leaves when it wants to', async ({ annotate }) => {
    const page = await connect()
    await event(page, 'ready', '2.1.0')
    await event(page, 'bot-transcript', 'Hello, this is the Harbour Hotel.')
    await event(page, 'user-transcript', 'tell me about the hotel')
    const answer = await event(page, 'bot-output', 'We are a small hotel')
    await event(page, 'user-transcript', 'do you have a car park')
    const next = await event(page, 'bot-output', 'Yes, behind the house.')
    const events = (await page.evaluate('events')) as Noted[]
    const interrupted = events.find(
      ({ at, event: name }) => at > answer.at && name === 'user-started',
    )
    const answered = events.find(
      ({ event: name, data }) =>
        name === 'user-transcript' && JSON.stringify(data).includes('car park'),
    )
    const sounds = await heardAt(page)
    expect(sounds.some((at) => at > answer.at && at < (interrupted?.at ?? 0))).toBe(true)
    // The bot is silent before anybody knows what the caller says, and until it answers that.
    const last = sounds.findLast((at) => at < next.at) ?? Infinity
    expect(last).toBeLessThan(answered?.at ?? 0)
    const wentOn = Math.round(last - (interrupted?.at ?? 0))
    await annotate(`at the page, sound went on for ${wentOn} ms after the caller was noticed`)
    const spoken = events.filter(({ event: name }) => name === 'bot-transcript')
    expect(JSON.stringify(spoken)).not.toContain('fish from the market')

    // What was heard of an answer is answered; a question after that is a question of its own.
    await event(page, 'bot-transcript', 'Yes, behind the house.')
    await page.evaluate(`type('What time is breakfast?')`)
    const breakfast = await event(page, 'bot-output', 'Breakfast is from seven')
    await event(page, 'tts-text', 'seven')
    expect((await heardAt(page)).some((at) => at > breakfast.at)).toBe(true)
    if (takesPicture) await page.screenshot({ path: join(root, 'docs/pipecat-client.png') })

    const [session] = calls.sessions.values()
    await page.evaluate('client.disconnect()')
    expect((await session?.ended)?.error).toBeUndefined()
    const all = (await page.evaluate('events')) as Noted[]
    expect(all.filter(({ event: name }) => name === 'error')).toEqual([])
    expect(all.at(-1)).toMatchObject({ event: 'disconnected' })
    await page.close()
  })

  it('is told when the bot leaves', async () => {
    const page = await connect()
    await event(page, 'bot-started')
    const [session] = calls.sessions.values()
    session?.end('the test is over')
    // The stock client has one word for every close that was not its own.
    await event(page, 'error', 'Code: 1000')
    await event(page, 'disconnected')
    expect((await session?.ended)?.error).toBeUndefined()
    await page.close()
  })
})
