import type { Terminal } from './command.ts'
import { paintFor } from './paint.ts'

/** One line that shows how far something has come; nothing at all where there is no terminal. */
export interface ProgressBar {
  readonly show: (bytes: number, total: number | undefined) => void
  /** Takes the line away. */
  clear(): void
}

/** Characters of the bar. */
const barWidth = 30

/** Makes the line on the error output, so that what is printed stays clean. It is drawn once per percent. */
export function createProgressBar({ err }: Terminal, name: string): ProgressBar {
  const paint = paintFor(err)
  const isShown = err.isTTY === true
  let last = ''
  return {
    show(bytes, total) {
      if (!isShown) return
      const share = total === undefined ? undefined : Math.min(1, bytes / total)
      const filled = Math.round((share ?? 0) * barWidth)
      const bar = `${'█'.repeat(filled)}${paint('dim', '░'.repeat(barWidth - filled))}`
      const size = `${(bytes / 1e6).toFixed(1)} MB`
      const percent = share === undefined ? '' : `${Math.floor(share * 100)} %`
      const key = share === undefined ? size : percent
      if (key === last) return
      last = key
      err.write(`\r${name}  ${share === undefined ? '' : `${bar} `}${percent.padStart(5)}  ${size}`)
    },
    clear() {
      if (last !== '') err.write('\r\u001B[2K')
    },
  }
}
