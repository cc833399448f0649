import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { durationMs, type Frame } from '../../frames/index.ts'

/** Frames that were recorded the first time a test ran, and are compared afterwards. */
export interface Snapshots {
  /** Undefined: they are the same, or were recorded now. Else the first line that differs. */
  compare(name: string, lines: readonly string[]): string | undefined
  /** Writes what is new. */
  save(): Promise<void>
}

/** Opens the snapshots of a test file: `__snapshots__/<test>.json` next to it. */
export async function openSnapshots(test: string, update: boolean): Promise<Snapshots> {
  const path = join(
    dirname(test),
    '__snapshots__',
    `${basename(test).replace(/\.ya?ml$/, '')}.json`,
  )
  const known = await read(path)
  let isChanged = false
  return {
    compare(name, lines) {
      const before = Object.hasOwn(known, name) ? known[name] : undefined
      if (before === undefined || update) {
        isChanged ||= before?.join('\n') !== lines.join('\n')
        known[name] = lines
        return undefined
      }
      const length = Math.max(before.length, lines.length)
      for (let at = 0; at < length; at++) {
        const [was, is] = [before[at] ?? 'nothing', lines[at] ?? 'nothing']
        if (was !== is) return `frame ${at + 1} was ${was} and is ${is}`
      }
      return undefined
    },
    async save() {
      if (!isChanged) return
      await mkdir(dirname(path), { recursive: true })
      const sorted = Object.fromEntries(
        Object.entries(known).toSorted(([one], [other]) => (one < other ? -1 : 1)),
      )
      await writeFile(path, `${JSON.stringify(sorted, null, 2)}\n`)
    },
  }
}

async function read(path: string): Promise<Record<string, readonly string[]>> {
  const text = await readFile(path, 'utf8').catch(() => '{}')
  const parsed: unknown = JSON.parse(text)
  const isMap = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  return isMap ? { ...(parsed as Record<string, readonly string[]>) } : {}
}

/** A frame without what differs from run to run: its ids. Of sound only the length is kept. */
export function snapshotOf(frame: Frame): string {
  if (frame.type === 'audio') return `audio ${durationMs(frame)} ms`
  const { id: _id, at: _at, source: _source, cause: _cause, lane: _lane, ...rest } = frame
  return JSON.stringify(rest)
}
