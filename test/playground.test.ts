import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLiveClock, loadGraph, runProgram } from 'voxgraph'
import { createWavWriter, type Busy, type Site } from 'voxgraph/plugin'
import { createWeb } from 'voxgraph/testing'
import fliteTts from 'voxgraph/processors/flite-tts'
import { playgroundGraph } from '../src/cli/playground-graph.ts'
import { mountPlayground, withPlayground } from '../src/server/playground.ts'
import { readOut } from '../src/testing/read-out.ts'
import { openChromium } from './chromium.ts'
import { root } from './sources.ts'

/** `npm run screenshots` sets it: the pictures of `docs/` are taken again. */
const takesPictures = process.env['UPDATE_SCREENSHOTS'] === '1'

/** What the caller says, and how much silence comes before it, in ms: the greeting takes three seconds. */
const lines = [
  ...(takesPictures ? [{ text: 'What time is breakfast?', after: 4500 }] : []),
  { text: 'Is the swimming pool open on Sunday?', after: takesPictures ? 6500 : 4500 },
]
const sampleRate = 16_000

const desktop = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }

const quiet = { debug: () => {}, info: () => {}, warn: () => {} }

let folder = ''
let browser: Browser
const closing: (() => unknown)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-playground-'))
  const recording = await record(join(folder, 'caller.wav'))
  browser = await openChromium(
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${recording}%noloop`,
    '--autoplay-policy=no-user-gesture-required',
  )
})
afterAll(async () => {
  await browser.close()
  for (const close of closing) await close()
  await rm(folder, { recursive: true })
})

/** A caller who waits for the greeting to end, asks, and is silent then. */
async function record(path: string): Promise<string> {
  const voice = { definition: fliteTts, options: { voice: 'rms' } }
  const texts = lines.map(({ text }) => text)
  const said = await readOut(texts, voice, sampleRate)
  const silence = (ms: number): Int16Array => new Int16Array((ms / 1000) * sampleRate)
  const writer = await createWavWriter({ path, sampleRate })
  for (const [index, { after }] of lines.entries()) {
    void writer.write(silence(after))
    void writer.write(said[index] ?? silence(0))
  }
  void writer.write(silence(60_000))
  await writer.close()
  return path
}

/** Serves a graph with its playground; gives the address of the page. */
async function serve(file: string, admit?: () => Busy): Promise<string> {
  const program = await loadGraph(file, { cwd: folder, env: { DESK_TOKEN: 'hush' } })
  const web = withPlayground(createWeb(), () => playgroundGraph(program.plan))
  const clock = createLiveClock()
  const calls = runProgram(program, {
    clock,
    log: quiet,
    web,
    inspect: true,
    ...(admit && { admit }),
  })
  closing.push(() => calls.close('the test is over'))
  const { address } = await calls.listen()
  return `${new URL(address).origin.replace(/^ws/, 'http')}/playground`
}

interface Opened {
  readonly page: Page
  /** What the browser has complained of: scripts that failed, what a policy forbids. */
  readonly complaints: readonly string[]
  /** Where it has asked for anything. */
  readonly asked: ReadonlySet<string>
}

async function open(address: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const asked = new Set<string>()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => asked.add(new URL(request.url()).origin))
  await page.goto(address)
  await page.locator('.picture svg').first().waitFor({ state: 'attached' })
  return { page, complaints, asked }
}

/** What keeps people from using the page, in both colour schemes. */
async function barriers(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(axe.source)
    const violations = await page.evaluate(async () => {
      const { axe: checker } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      return (await checker.run()).violations
    })
    found.push(
      ...violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => `${colorScheme} ${id} ${html}`),
      ),
    )
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return found
}

/** The newest answer to a spoken question shows every part of the way. */
async function picture(page: Page, name: string): Promise<void> {
  if (!takesPictures) return
  const answer = page.locator('#turns button').nth(lines.length)
  if (await answer.isVisible()) await answer.click()
  await page.locator('body').evaluate(() => {
    const { activeElement } = (
      globalThis as unknown as { document: { activeElement: { blur(): void } } }
    ).document
    activeElement.blur()
  })
  await page.screenshot({ path: join(root, `docs/${name}.png`) })
}

async function type(page: Page, text: string): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Your words' })
  await box.fill(text)
  await box.press('Enter')
}

describe('the playground', () => {
  let address = ''
  beforeAll(async () => {
    address = await serve(join(root, 'graphs/front-desk.yaml'))
  })

  it('takes a spoken turn and typed ones, marks what was cut, and shows where time went', async () => {
    const { page, complaints, asked } = await open(address, { viewport: desktop })
    const log = page.getByRole('log')
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('c')
    await page.getByRole('button', { name: 'Hang up' }).waitFor()
    await log.getByText('is the swimming pool open on sunday').waitFor()
    await log.getByText('opening_hours').waitFor()
    await page.locator('.across .box-tts.lit').waitFor()
    await log.getByText(/^On Sunday the swimming pool is open from .*\.$/).waitFor()
    const figures = page.locator('#figures')
    expect(await figures.textContent()).toMatch(/^p50 [\d,]+ ms · p95 [\d,]+ ms · \d spoken turns?/)
    expect(await page.getByRole('row', { name: /^End of turn/ }).count()).toBe(1)
    // The whole answer is heard before the next question.
    await page.locator('.said.bot:not([aria-busy])').nth(lines.length).waitFor()

    await type(page, 'Tell me about the hotel.')
    await log.getByText('We have forty rooms').waitFor()
    await type(page, 'Do you have a car park?')
    await log.getByText('Yes, behind the house').waitFor()
    await log
      .getByText(/^Interrupted after \d+\.\d s$/)
      .last()
      .waitFor()
    const cut = await log.locator('s').last().textContent()
    expect(cut).toMatch(/^ \(not heard: .*sea\.\)$/)
    expect(await page.locator('#state-text').textContent()).toBe('Speaking')
    await log.getByText('It is free for our guests').waitFor()
    await picture(page, 'playground-desktop')
    await page.setViewportSize(phone)
    await picture(page, 'playground-phone')
    expect(await barriers(page)).toEqual([])
    await page.setViewportSize(desktop)
    expect(await barriers(page)).toEqual([])

    await page.keyboard.press('Escape')
    await page.keyboard.press('c')
    await log.getByText('The call is over').waitFor()
    await page.getByRole('button', { name: 'Call', exact: true }).waitFor()
    expect(complaints).toEqual([])
    expect([...asked]).toEqual([new URL(address).origin])
    await page.context().close()
  })

  it('is used with a thumb on a phone: nothing is too wide, and what is pressed is large', async () => {
    const { page } = await open(address, { viewport: phone, hasTouch: true })
    for (const name of ['Graph', 'Latency', 'Conversation']) {
      await page.getByRole('button', { name, exact: true }).tap()
      await page.getByRole('region', { name }).waitFor()
      expect(await barriers(page)).toEqual([])
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect(width).toBe(phone.width)
    }
    for (const name of ['Call', 'Mute', 'Send', 'Graph']) {
      const box = await page.getByRole('button', { name, exact: true }).boundingBox()
      expect(box?.height).toBeGreaterThanOrEqual(44)
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(phone.height)
    }
    await page.context().close()
  })

  it('is used by keyboard: keys are listed, do nothing while one writes, and can be turned off', async () => {
    const { page } = await open(address)
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await page.keyboard.press('?')
    await help.waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'hidden' })
    await page.keyboard.press('t')
    await page.keyboard.type('cm?')
    expect(await page.getByRole('textbox', { name: 'Your words' }).inputValue()).toBe('cm?')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await help.getByRole('checkbox').uncheck()
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    expect(await help.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'List' }).press('Enter')
    await page.getByRole('cell', { name: 'pocketsphinx-stt' }).waitFor()
    await page.context().close()
  })

  it('says that all lines are busy, and can be asked again', async () => {
    const full = await serve(join(root, 'graphs/front-desk.yaml'), () => ({ busy: 'full' }))
    const { page } = await open(full)
    await type(page, 'Hello?')
    await page.getByRole('alert').getByText('All lines are busy. Try again').waitFor()
    expect(await page.getByRole('textbox').inputValue()).toBe('Hello?')
    await page.getByRole('button', { name: 'Call', exact: true }).waitFor()
    await page.context().close()
  })

  it('says which profile it needs where a page cannot call', async () => {
    const { plan } = await loadGraph(join(root, 'graphs/front-desk.yaml'), { cwd: folder })
    const graph = { ...(await playgroundGraph(plan)), transport: 'twilio', socket: undefined }
    const site: Site = await createWeb().open({ host: '127.0.0.1', port: 0 })
    closing.push(() => site.close())
    mountPlayground(site, async () => graph)
    const { page } = await open(`${site.address}/playground`)
    const alert = await page.getByRole('alert').textContent()
    expect(alert).toContain('front-desk takes its calls by twilio, which a page cannot call.')
    expect(await page.getByRole('button', { name: 'Call' }).isDisabled()).toBe(true)
    await page.context().close()
  })
})

describe('a playground behind a token', () => {
  let address = ''
  beforeAll(async () => {
    const file = join(folder, 'locked.yaml')
    const desk = `./${relative(folder, join(root, 'graphs/front-desk.yaml'))}`
    await writeFile(
      file,
      `version: 1\nname: locked\nextends: ${desk}\nnodes:\n  phone: { with: { token: "\${env:DESK_TOKEN}" } }\n`,
    )
    address = await serve(file)
  })

  it('asks for it, says when it is wrong, and begins the call with what was typed', async () => {
    const { page } = await open(address)
    await type(page, 'When is breakfast?')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Token').fill('hash')
    await page.keyboard.press('Enter')
    await dialog.getByText('This token was refused').waitFor()
    await dialog.getByLabel('Token').fill('hush')
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText('Breakfast is from seven').waitFor()
    await page.context().close()
  })

  it('takes it from behind the # of the address, and wipes it there', async () => {
    const { page } = await open(`${address}#token=hush`)
    expect(page.url()).toBe(address)
    await page.keyboard.press('c')
    await page.getByRole('log').getByText('Hello, this is the Harbour Hotel.').waitFor()
    await page.context().close()
  })

  it('says what to do when the microphone is kept from it', async () => {
    await browser.close()
    browser = await openChromium('--use-fake-device-for-media-stream')
    const { page } = await open(`${address}#token=hush`)
    await page.keyboard.press('c')
    await page.getByRole('alert').getByText('Allow it beside the address and call again').waitFor()
    await page.getByText('Talk to locked').waitFor()
  })
})
