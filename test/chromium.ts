import { accessSync, constants, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Path of the browser that tests drive: `VOXGRAPH_CHROMIUM`, or one in the PATH. Undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  const given = process.env['VOXGRAPH_CHROMIUM']
  return (given ? [given] : found).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** What a test without a browser is told. */
export const needsChromium =
  'Chromium is needed: install it (Debian: apt-get install chromium) or say where it is with VOXGRAPH_CHROMIUM.'

/** Starts a headless Chromium with a profile of its own that is gone when it is closed. */
export async function openChromium(
  options: {
    /** Further switches: `--use-fake-device-for-media-stream` … */
    readonly args?: readonly string[]
    readonly viewport?: { readonly width: number; readonly height: number }
    readonly permissions?: readonly string[]
    readonly colorScheme?: 'light' | 'dark'
    readonly isMobile?: boolean
  } = {},
): Promise<BrowserContext> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(needsChromium)
  const { args = [], permissions = [], ...context } = options
  const profile = mkdtempSync(join(tmpdir(), 'voxgraph-chromium-'))
  const opened = await chromium.launchPersistentContext(profile, {
    ...context,
    executablePath,
    headless: true,
    permissions: [...permissions],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  })
  opened.once('close', () => void rm(profile, { recursive: true, force: true }))
  return opened
}
