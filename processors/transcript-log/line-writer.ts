import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VoxgraphError, fileFault } from 'voxgraph/plugin'

/** Appends lines to a file as they come. */
export interface LineWriter {
  /**
   * Appends one line. Gives a promise to wait for when more than 1 MiB waits for the disk. After a failure
   * it throws once and then does nothing.
   * @throws VoxgraphError `log-unwritable`
   */
  write(line: string): Promise<void> | undefined
  /**
   * Writes what is left and closes the file.
   * @throws VoxgraphError `log-unwritable` when that fails, or when something failed and nobody was told
   */
  close(): Promise<void>
}

/** Characters that may wait before the caller is asked to. */
const longestBacklog = 1_048_576

/**
 * Opens a file to append to; folders that its path names are made.
 * @throws VoxgraphError `log-unwritable`
 */
export async function createLineWriter(path: string): Promise<LineWriter> {
  let file: FileHandle
  try {
    await mkdir(dirname(path), { recursive: true })
    file = await open(path, 'a')
  } catch (cause) {
    throw unwritable(path, cause)
  }
  let waiting = ''
  let running: Promise<void> | undefined
  let failure: VoxgraphError | undefined
  let isTold = false

  /** Never rejects: a failure is kept for whoever writes next. */
  async function drain(): Promise<void> {
    try {
      while (waiting !== '' && failure === undefined) {
        const lines = waiting
        waiting = ''
        await file.appendFile(lines)
      }
    } catch (cause) {
      failure ??= unwritable(path, cause)
    } finally {
      running = undefined
    }
  }
  function tell(): void {
    if (failure === undefined || isTold) return
    isTold = true
    throw failure
  }

  return {
    write(line) {
      tell()
      if (failure !== undefined) return undefined
      waiting += `${line}\n`
      running ??= drain()
      return waiting.length > longestBacklog ? running : undefined
    },
    async close() {
      await running
      await file.close().catch((cause: unknown) => (failure ??= unwritable(path, cause)))
      tell()
    },
  }
}

const unwritable = (path: string, cause: unknown): VoxgraphError =>
  new VoxgraphError('log-unwritable', { file: path, reason: fileFault(cause) }, { cause })
