import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { providers } from '../faults/providers.ts'

const child = fileURLToPath(new URL('./churn.ts', import.meta.url))
/** Calls with each provider: more of them in CI. */
const calls = process.env['CI'] === undefined ? 20 : 100
/** Nothing is left when a process has ended by itself within this, in ms. */
const mostMs = 50_000

const cases = [
  ...providers.map(({ id }) => [id, id, {}] as const),
  ['elevenlabs-tts over HTTP', 'elevenlabs-tts', { mode: 'http' }] as const,
]

it.each(cases)(
  'nothing is left of calls with %s that were given up, at whichever moment',
  async (_name, id, options) => {
    // An unhandled rejection ends the process with an error.
    const flags = ['-C', '@voxgraph/source', '--unhandled-rejections=strict']
    const args = [...flags, child, id, JSON.stringify(options), String(calls)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: mostMs })
    const result = JSON.parse(stdout) as { readonly reached: number }
    // No socket at the vendor, no line to a caller, and nothing that the vendor would not have accepted.
    expect(result).toMatchObject({ open: 0, hungUp: calls, violations: [] })
    expect(result.reached).toBeGreaterThan(0)
  },
)
