import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

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

/**
 * Starts a headless Chromium with a profile of its own, which is gone when it is closed. Sizes, permissions
 * and colours are set where a context is made: `(await openChromium()).newContext({ viewport, permissions })`.
 *
 * @param more further switches: `--use-fake-device-for-media-stream` …
 */
export async function openChromium(...more: readonly string[]): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(needsChromium)
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...more,
  ]
  return chromium.launch({ executablePath, headless: true, args })
}
