import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from './session.ts'

const child = fileURLToPath(new URL('./start-up-child.ts', import.meta.url))

/**
 * From the start of a process to the first frame of the front desk that a caller would hear: checks and
 * loads the graph, loads its engines, makes the first sound of the greeting. In ms, median of seven.
 */
export async function startUp(): Promise<Record<string, number>> {
  const [toReady, toFirst]: [number[], number[]] = [[], []]
  for (let run = 0; run < 8; run++) {
    const args = ['-C', '@voxgraph/source', child]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { readyMs, firstMs } = JSON.parse(stdout) as { readyMs: number; firstMs: number }
    // The first run fills Node's compile cache.
    if (run === 0) continue
    toReady.push(readyMs)
    toFirst.push(firstMs)
  }
  return { startup_ms: median(toReady), startup_to_sound_ms: median(toFirst) }
}
