import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileFault } from '../audio/file-fault.ts'
import type { Clock } from '../time/clock.ts'
import type { KnownModel } from './model-catalogue.ts'
import { ModelError } from './model-error.ts'
import { openSource } from './model-source.ts'

/** What `pullModel` takes. */
export interface PullInit {
  readonly model: KnownModel
  /** Where the file goes; its folder is made. */
  readonly path: string
  /** Address or path of the file; that of the catalogue unless given. */
  readonly from?: string | undefined
  /** SHA-256 of another version of the model, in lower case; its size may then be another, too. */
  readonly sha256?: string | undefined
  /** Folder that a path in `from` is meant from. */
  readonly cwd: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told after each piece; `total` is undefined when nobody knows it. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void
}

/** A file that claims another checksum than the catalogue may be this large, in bytes. */
const largestModel = 2 ** 30

/**
 * Fetches a model. The bytes go to a file beside the right one, which gets its name when size and checksum
 * are right and everything is on the disk: whoever finds the model finds all of it. What came before a
 * failure is removed.
 * @throws ModelError; the reason of `signal`
 */
export async function pullModel(init: PullInit): Promise<void> {
  const { model, path, sha256 = model.sha256 } = init
  const isKnown = sha256 === model.sha256
  const source = await openSource({
    ...init,
    name: model.name,
    from: init.from ?? model.url,
    expected: isKnown ? model.bytes : undefined,
  })
  const part = `${path}.${process.pid}.part`
  try {
    const file = await openPart(part, path)
    try {
      const found = await copy(source.chunks, file, {
        ...init,
        name: source.name,
        total: isKnown ? model.bytes : source.bytes,
        limit: isKnown ? model.bytes : largestModel,
        isExact: isKnown,
      })
      if (found !== sha256) {
        throw new ModelError('model-checksum', { source: source.name, found, expected: sha256 })
      }
      await writing(path, () => file.sync())
    } finally {
      await file.close()
    }
    await writing(path, () => rename(part, path))
  } catch (thrown) {
    // What cannot be removed was never made; the first failure is the one to tell.
    await rm(part, { force: true }).catch(() => undefined)
    throw thrown
  } finally {
    await source.close()
  }
}

async function openPart(part: string, path: string): Promise<FileHandle> {
  return writing(path, async () => {
    await mkdir(dirname(path), { recursive: true })
    return open(part, 'w')
  })
}

interface CopyInit extends Pick<PullInit, 'path' | 'signal' | 'onProgress'> {
  /** What the source is called in messages. */
  readonly name: string
  readonly total: number | undefined
  /** Bytes that are taken at most. */
  readonly limit: number
  /** Less than `limit` is wrong, too. */
  readonly isExact: boolean
}

/** Writes what comes, within the limit. @returns its SHA-256 in hex */
async function copy(
  chunks: AsyncIterable<Uint8Array>,
  file: FileHandle,
  { path, signal, onProgress, name, total, limit, isExact }: CopyInit,
): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    bytes += chunk.length
    if (bytes > limit) throw wrongSize(name, `more than ${limit} bytes`, limit)
    hash.update(chunk)
    await writing(path, () => file.writeFile(chunk))
    onProgress?.(bytes, total)
  }
  if (isExact && bytes < limit) throw wrongSize(name, `${bytes} bytes`, limit)
  return hash.digest('hex')
}

const wrongSize = (source: string, bytes: string, expected: number): ModelError =>
  new ModelError('model-size', { source, bytes, expected })

async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (cause) {
    throw new ModelError('model-unwritable', { path, reason: fileFault(cause) }, { cause })
  }
}
