import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { VoxgraphError } from 'voxgraph/plugin'

/** Names that browsers of this make go by. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** Folders that are looked into: those of Debian, Alpine, Fedora and of macOS with Homebrew. */
const folders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/snap/bin']
/** Where macOS keeps it. */
const apps = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * Path of the browser.
 *
 * @param given path that somebody has written down; it is taken or nothing is
 * @throws VoxgraphError `browser-missing`
 */
export function findChromium(given: string | undefined): string {
  const tried = given
    ? [given]
    : [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...apps]
  const found = tried.find(isProgram)
  if (found !== undefined) return found
  const looked = given ? `${given} cannot be run` : `looked in ${folders.join(', ')}`
  throw new VoxgraphError('browser-missing', { looked })
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
