import { basename, dirname, resolve } from 'node:path'
import type { Host, ReadFailure } from './host.ts'
import { createReport, type Report } from './report.ts'
import { createSource } from './source.ts'
import { nearest } from './suggest.ts'

/** Largest graph file, in bytes. */
export const largestGraph = 1_000_000

/** True when a file could not be read. */
export const isFailure = (read: Uint8Array | ReadFailure): read is ReadFailure => 'failed' in read

/** The text in the bytes; undefined when they are not UTF-8, or hold control characters. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // oxlint-disable-next-line no-control-regex -- these are what a binary file has
    return /[\x00-\x08\x0b\x0e-\x1f\x7f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** Reads a graph file and begins the report about it; `readable` is false when there is no text. */
export async function openGraph(
  file: string,
  host: Host,
): Promise<{ report: Report; readable: boolean }> {
  const path = resolve(host.cwd, file)
  const read = await host.readText(path, largestGraph)
  const text = isFailure(read) ? undefined : decodeText(read)
  const report = createReport(createSource(file, text ?? ''))
  if (text !== undefined) return { report, readable: true }
  if (!isFailure(read)) report.add('not-text', undefined)
  else if (read.failed === 'too-large') report.add('too-large', undefined, { limit: '1 MB' })
  else await reportUnread(report, host, file, path, read)
  return { report, readable: false }
}

async function reportUnread(
  report: Report,
  host: Host,
  file: string,
  path: string,
  read: ReadFailure,
): Promise<void> {
  const reasons = {
    'not-found': 'there is no such file',
    directory: 'it is a directory',
    unreadable: 'it may not be read',
    'too-large': 'it is too large',
  }
  const names = (await host.listDirectory(dirname(path))).filter((name) => /\.ya?ml$/.test(name))
  const meant = read.failed === 'not-found' ? nearest(basename(path), names) : undefined
  const suggestion = meant === undefined ? '' : `did you mean ${meant}?`
  report.add('file-missing/graph', undefined, {
    path: file,
    reason: reasons[read.failed],
    suggestion,
  })
}
