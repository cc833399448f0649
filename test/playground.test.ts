import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLiveClock, loadGraph, runProgram, type Calls } from 'voxgraph'
import { createWavWriter } from 'voxgraph/plugin'
import { createWeb } from 'voxgraph/testing'
import fliteTts from 'voxgraph/processors/flite-tts'
import { playgroundGraph } from '../src/cli/playground-graph.ts'
import { withPlayground } from '../src/server/playground.ts'
import { readOut } from '../src/testing/read-out.ts'
import { openChromium } from './chromium.ts'
import { root } from './sources.ts'

/** What the caller says, and after how much silence, in ms: the greeting takes about three seconds. */
const said = { text: 'Tell me about the hotel.', after: 4000 }
const sampleRate = 16_000

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }

let folder = ''
let browser: Browser
let calls: Calls
let address = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-playground-'))
  const recording = await record(join(folder, 'caller.wav'))
  const program = await loadGraph(join(root, 'graphs/front-desk.yaml'), { cwd: folder })
  const web = withPlayground(createWeb(), () => playgroundGraph(program.plan))
  const log = { debug: () => {}, info: () => {}, warn: () => {} }
  calls = runProgram(program, { clock: createLiveClock(), log, web, inspect: true })
  const listener = await calls.listen()
  address = listener.address.replace(/^ws/, 'http')
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

/** A caller who waits for the greeting to end, asks for something long, and is silent then. */
async function record(path: string): Promise<string> {
  const voice = { definition: fliteTts, options: { voice: 'rms' } }
  const [words = new Int16Array()] = await readOut([said.text], voice, sampleRate)
  const silence = (ms: number): Int16Array => new Int16Array((ms / 1000) * sampleRate)
  const writer = await createWavWriter({ path, sampleRate })
  for (const samples of [silence(said.after), words, silence(60_000)]) void writer.write(samples)
  await writer.close()
  return path
}

interface Opened {
  readonly page: Page
  /** What the browser has complained of: scripts that failed, what a policy forbids. */
  readonly complaints: readonly string[]
}

async function open(options: BrowserContextOptions): Promise<Opened> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${address}playground`)
  await page.locator('.picture svg').first().waitFor({ state: 'attached' })
  return { page, complaints }
}

describe('the playground', () => {
  it('takes a spoken turn and a typed one that interrupts', async () => {
    const { page, complaints } = await open({ viewport: desktop })
    page.on('console', (message) => console.log(message.text()))
    await page.keyboard.press('c')
    await page.getByText('tell me about the hotel').waitFor()
    await page.getByText('We have forty rooms').waitFor()
    await page.keyboard.press('t')
    await page.keyboard.type('Do you have a car park?')
    await page.keyboard.press('Enter')
    await page.getByText('Yes, behind the house').waitFor()
    await page.screenshot({ path: '/tmp/pg/live.png' })
    await page.waitForTimeout(2500)
    await page.screenshot({ path: '/tmp/pg/live2.png' })
    console.log(await page.locator('#log').innerHTML())
    expect(complaints).toEqual([])
  })
})
