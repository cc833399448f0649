import type { BrowserPool, OpenPage } from '../../transports/daily/browser-pool.ts'

/** Takes what a caller's page tells. */
export type Told = (what: string, value: unknown) => void

/** A page for one caller after the other. */
export interface CallerPage {
  readonly page: OpenPage['page']
  /** Loads a caller. */
  go(url: string, told: Told): Promise<void>
  /** The next caller may have it. */
  giveBack(): Promise<void>
  close(): Promise<void>
}

/** Pages of callers: a new one takes as long as a whole call. */
export interface CallerPages {
  take(): Promise<CallerPage>
}

export function createCallerPages(pool: BrowserPool): CallerPages {
  const spare: CallerPage[] = []
  const open = async (): Promise<CallerPage> => {
    const { page, close } = await pool.open('about:blank')
    let told: Told = () => undefined
    await page.exposeFunction('tellTest', (...said: Parameters<Told>) => told(...said))
    const own: CallerPage = {
      page,
      close,
      async go(url, toldNow) {
        told = toldNow
        await page.goto(url)
      },
      async giveBack() {
        told = () => undefined
        await page.goto('about:blank')
        spare.push(own)
      },
    }
    return own
  }
  return { take: async () => spare.pop() ?? open() }
}
