import { VoxgraphError, type Log } from 'voxgraph/plugin'
import type { Browser, BrowserContext, BrowserType, Page } from 'playwright-core'

/** What `createBrowserPool` takes. */
export interface BrowserPoolInit {
  /** Of playwright: drives browsers of this make. */
  readonly chromium: Pick<BrowserType, 'launch'>
  /** Path of the browser. */
  readonly executable: string
  /** Most pages in one browser. */
  readonly callsPerBrowser: number
  readonly log: Log
  /** Further switches. */
  readonly switches?: readonly string[]
}

/** A page that is open. */
export interface OpenPage {
  readonly page: Page
  /** Called once, when the page or its browser has crashed. */
  onCrash(crashed: (reason: string) => void): void
  close(): Promise<void>
}

/** Browsers for pages of calls: started when they are needed, one for so many pages. */
export interface BrowserPool {
  /**
   * Opens a page, in a process of its own.
   * @throws VoxgraphError `browser-failed`
   */
  open(url: string): Promise<OpenPage>
  /** Pages that are open, and browsers that run. */
  readonly figures: { readonly pages: number; readonly browsers: number }
  /** Ends all browsers, and the pages in them. */
  close(): Promise<void>
}

/**
 * Switches that calls need: sound without a click, timers that run though nobody looks, and nothing that
 * a browser does on its own account.
 */
const usualSwitches = [
  '--autoplay-policy=no-user-gesture-required',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
]

/** A browser and the pages in it. */
interface Member {
  readonly browser: Promise<Browser>
  readonly crashed: Set<(reason: string) => void>
  pages: number
  isDead: boolean
}

/** Makes a pool. No browser is started before the first page; one that is idle is kept, further ones are not. */
export const createBrowserPool = (init: BrowserPoolInit): BrowserPool => new Pool(init)

class Pool implements BrowserPool {
  readonly #init: BrowserPoolInit
  readonly #members = new Set<Member>()

  constructor(init: BrowserPoolInit) {
    this.#init = init
  }

  get figures(): BrowserPool['figures'] {
    const members = [...this.#members]
    return {
      pages: members.reduce((sum, { pages }) => sum + pages, 0),
      browsers: members.length,
    }
  }

  async open(url: string): Promise<OpenPage> {
    const member = this.#member()
    member.pages++
    let context: BrowserContext | undefined
    try {
      const browser = await member.browser
      // Contexts share neither storage nor processes: a page that crashes takes no other with it.
      context = await browser.newContext({ serviceWorkers: 'block', acceptDownloads: false })
      const page = await context.newPage()
      await page.goto(url, { waitUntil: 'domcontentloaded' })
      return this.#opened(member, page)
    } catch (thrown) {
      await context?.close().catch(() => undefined)
      this.#leave(member)
      throw thrown
    }
  }

  async close(): Promise<void> {
    const members = [...this.#members]
    this.#members.clear()
    await Promise.all(members.map((member) => this.#end(member)))
  }

  #opened(member: Member, page: Page): OpenPage {
    let isOpen = true
    let closing: Promise<void> | undefined
    const left = (): void => {
      if (isOpen) this.#leave(member)
      isOpen = false
    }
    return {
      page,
      onCrash: (crashed) => {
        const tell = (reason: string): void => {
          if (member.crashed.delete(tell)) crashed(reason)
        }
        member.crashed.add(tell)
        page.on('crash', () => tell('its process has crashed'))
        page.on('close', () => {
          if (isOpen) tell('it was closed')
          member.crashed.delete(tell)
        })
      },
      close: () => {
        left()
        closing ??= page
          .context()
          .close()
          .catch(() => undefined)
        return closing
      },
    }
  }

  #member(): Member {
    const free = [...this.#members].find(
      ({ pages, isDead }) => !isDead && pages < this.#init.callsPerBrowser,
    )
    if (free !== undefined) return free
    const member: Member = {
      browser: this.#launch(),
      crashed: new Set(),
      pages: 0,
      isDead: false,
    }
    this.#members.add(member)
    member.browser.then(
      (browser) => browser.on('disconnected', () => this.#died(member)),
      () => this.#members.delete(member),
    )
    return member
  }

  #died(member: Member): void {
    member.isDead = true
    if (this.#members.delete(member)) this.#init.log.warn('a browser of calls has ended')
    for (const tell of member.crashed) tell('its browser has ended')
  }

  #leave(member: Member): void {
    member.pages--
    const isIdle = (other: Member): boolean => !other.isDead && other.pages === 0
    if (!isIdle(member) || [...this.#members].filter(isIdle).length < 2) return
    this.#members.delete(member)
    void this.#end(member)
  }

  async #end(member: Member): Promise<void> {
    member.isDead = true
    await member.browser.then(
      (browser) => browser.close(),
      () => undefined,
    )
  }

  async #launch(): Promise<Browser> {
    const { chromium, executable: executablePath, log, switches = [] } = this.#init
    // Chromium refuses to shut itself in where it runs as root, as in most containers.
    const isRoot = process.getuid?.() === 0
    if (isRoot) log.warn('this process runs as root, so Chromium runs without its sandbox')
    try {
      return await chromium.launch({
        executablePath,
        headless: true,
        chromiumSandbox: !isRoot,
        args: [...usualSwitches, ...switches],
        // The process says itself how it ends; calls may still be finishing.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      })
    } catch (cause) {
      const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
      throw new VoxgraphError('browser-failed', { path: executablePath, reason }, { cause })
    }
  }
}
