import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { encodeWav, type Site, type Web } from 'voxgraph/plugin'
import { createWeb } from 'voxgraph/testing'
import fliteTts from 'voxgraph/processors/flite-tts'
import { concat } from '../../src/audio/resampler.ts'
import { readOut } from '../../src/testing/read-out.ts'
import { bundle } from '../bundle.ts'
import { openChromium } from '../chromium.ts'
import { root } from '../sources.ts'

/** Something that the microphone hears, and after how much silence, in ms. */
export interface Line {
  readonly afterMs: number
  readonly text: string
}

/** What the page has noted. */
export interface Noted {
  /** In ms on the clock of the page. */
  readonly at: number
  readonly event: string
  readonly data: unknown
}

const sampleRate = 16_000
/** Level from which on something is heard at the page; what plays is speech or digital silence. */
const audible = 0.003

/** Starts a browser whose microphone hears these lines, once, and silence for a minute after that. */
export async function openCaller(lines: readonly Line[], recording: string): Promise<Browser> {
  const voice = { definition: fliteTts, options: { voice: 'rms' } }
  const texts = lines.map(({ text }) => text)
  const said = await readOut(texts, voice, sampleRate)
  const pieces = lines.flatMap(({ afterMs }, index) => [
    new Int16Array((afterMs * sampleRate) / 1000),
    said[index] ?? new Int16Array(),
  ])
  const whole = concat([...pieces, new Int16Array(60 * sampleRate)])
  await writeFile(recording, encodeWav(whole, sampleRate))
  return openChromium(
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${recording}%noloop`,
    '--autoplay-policy=no-user-gesture-required',
  )
}

/** HTTP that shows the page at the address of the graph: pages of the same host may connect. */
export async function webWithPage(): Promise<Web> {
  const html = await readFile(join(root, 'test/pipecat/page/page.html'), 'utf8')
  const code = await bundle(join(root, 'test/pipecat/page/page.ts'))
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
export async function connectPage(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 660 } })
  await page.goto(`${address.replace(/^ws/, 'http')}page`)
  await page.evaluate(`client.connect({ wsUrl: ${JSON.stringify(address)} })`)
  return page
}

/** All that the page has noted. */
export const notedBy = async (page: Page): Promise<readonly Noted[]> =>
  (await page.evaluate('events')) as readonly Noted[]

/** Waits for an event whose data, as JSON, holds a text. */
export async function event(page: Page, name: string, holds = ''): Promise<Noted> {
  const found = `events.find(({ event, data }) =>
    event === ${JSON.stringify(name)} && (JSON.stringify(data) ?? '').includes(${JSON.stringify(holds)}))`
  try {
    return (await (await page.waitForFunction(found)).jsonValue()) as Noted
  } catch (cause) {
    const came = await notedBy(page)
    const told = came.map(({ at, event: one, data }) => `${at} ${one} ${JSON.stringify(data)}`)
    throw new Error(`no ${name} "${holds}" came:\n${told.join('\n')}`, { cause })
  }
}

/** When something was heard at the page, in ms on its clock. */
export async function heardAt(page: Page): Promise<readonly number[]> {
  const levels = (await page.evaluate('levels')) as readonly (readonly [number, number])[]
  return levels.flatMap(([at, level]) => (level > audible ? [at] : []))
}
