/**
 * Everything that must hold before a change is taken, the quick things first: `npm test`. Prints one line
 * for each step, and what a step printed when it failed.
 */
import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { findChromium, needsChromium } from './chromium.ts'

const steps: readonly (readonly [name: string, command: string])[] = [
  ['format', 'oxfmt --check'],
  ['lint', 'oxlint'],
  ['types', 'npm run -s typecheck'],
  ['unused code', 'knip'],
  // Building and looking at the package is one of the tests.
  ['browser', browserStep()],
  ['tests', 'vitest run --config test/vitest.config.ts --reporter=dot'],
]

const cwd = dirname(dirname(fileURLToPath(import.meta.url)))
const path = `${join(cwd, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`
const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`

/** Pages are tested in a real browser. Where nobody has installed one it is, if that can be done here. */
function browserStep(): string {
  if (findChromium() !== undefined) return 'true'
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0
  const install = 'apt-get update && apt-get install -y --no-install-recommends chromium'
  return canInstall ? install : `echo "${needsChromium}" && false`
}

const start = performance.now()
for (const [name, command] of steps) {
  process.stdout.write(`${name.padEnd(12)} `)
  const began = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, {
    cwd,
    env: { ...process.env, PATH: path },
    shell: true,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) {
    process.stdout.write(`FAILED after ${seconds(began)}: ${command}\n`)
    process.stdout.write(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\n`)
    process.exit(1)
  }
  process.stdout.write(`ok ${seconds(began).padStart(8)}\n`)
}
process.stdout.write(`all of it    ok ${seconds(start).padStart(8)}\n`)
