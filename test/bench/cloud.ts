import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { percentile } from './session.ts'

const child = fileURLToPath(new URL('./cloud-calls.ts', import.meta.url))

/**
 * The framework's share of a turn with Deepgram, Claude and Cartesia, in ms: from the end of speech to the
 * first sound, without what the vendors took. Real SDKs and sockets on loopback; the vendors' stand-ins are a
 * process of their own, and what the two processes and the SDKs need for the wire counts as ours.
 */
export async function cloud(): Promise<Record<string, number>> {
  const one = await sharesOf(1, 40)
  const fifty = await sharesOf(50, 12)
  return {
    cloud_turn_ms_p50: percentile(one, 0.5),
    cloud_turn_ms_p95: percentile(one, 0.95),
    cloud50_turn_ms_p50: percentile(fifty, 0.5),
    cloud50_turn_ms_p95: percentile(fifty, 0.95),
  }
}

async function sharesOf(calls: number, turns: number): Promise<readonly number[]> {
  const flags = ['-C', '@voxgraph/source', '--unhandled-rejections=strict']
  const args = [...flags, child, String(calls), String(turns)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { shares, violations } = JSON.parse(stdout) as {
    readonly shares: readonly number[]
    readonly violations: readonly string[]
  }
  const isWrong = violations.length > 0 || shares.some((share) => Number.isNaN(share))
  if (isWrong) throw new Error(`a turn was not measured: ${violations[0] ?? 'nobody knows why'}`)
  return shares
}
