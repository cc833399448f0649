import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from './session.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** The front desk's call on virtual time: time of the whole process, as a share of the call's duration. */
export async function fastCall(): Promise<Record<string, number>> {
  const shares: number[] = []
  for (let run = 0; run < 4; run++) {
    const cwd = await mkdtemp(join(tmpdir(), 'voxgraph-bench-'))
    const from = performance.now()
    const args = ['-C', '@voxgraph/source', main, 'demo', '--fast']
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd })
    const tookMs = performance.now() - from
    await rm(cwd, { recursive: true })
    const talkedMs = Number(/after ([\d.]+) s$/m.exec(stdout)?.[1]) * 1000
    if (run > 0) shares.push(tookMs / talkedMs)
  }
  return { fast_call_share: median(shares) }
}
