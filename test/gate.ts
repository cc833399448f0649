/**
 * Everything that must hold before a change is taken, the quick things first: `npm test`. Prints one line
 * for each step when it is done, and what a step printed when it failed.
 */
import { spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { findChromium, needsChromium } from './chromium.ts'

type Step = readonly [name: string, command: string]

const quick: readonly Step[] = [
  ['format', 'oxfmt --check'],
  ['lint', 'oxlint'],
  ['types', 'npm run -s typecheck'],
  ['unused code', 'knip'],
  ['browser', browserStep()],
]

const vitest = 'vitest run --config test/vitest.config.ts --reporter=dot --project'
/** Computes all the time. Building and looking at the package is one of the tests. */
const hurried: Step = ['tests', `${vitest} units --project node`]
/** Mostly waiting, at the pace of real time. */
const unhurried: readonly Step[] = [
  ['calls', `${vitest} calls`],
  ['pages', `${vitest} pages`],
]

const cwd = dirname(dirname(fileURLToPath(import.meta.url)))
const path = `${join(cwd, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`
const env = { ...process.env, PATH: path }
const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`

/** Pages are tested in a real browser. Where nobody has installed one it is, if that can be done here. */
function browserStep(): string {
  if (findChromium() !== undefined) return 'true'
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0
  const say = `{ echo "${needsChromium}"; false; }`
  const install = 'apt-get update && apt-get install -y --no-install-recommends chromium'
  return canInstall ? `{ ${install}; } || ${say}` : say
}

/** Runs a step. @returns whether it passed */
async function run([name, command]: Step): Promise<boolean> {
  const began = performance.now()
  const child = spawn(command, { cwd, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const printed = await Promise.all([text(child.stdout), text(child.stderr)])
  const passed = (await code) === 0
  const took = passed ? `ok ${seconds(began).padStart(8)}` : `FAILED after ${seconds(began)}`
  process.stdout.write(`${name.padEnd(12)} ${took}\n`)
  if (!passed) process.stdout.write(`${command}\n${printed.join('')}\n`)
  return passed
}

const start = performance.now()
for (const step of [...quick, hurried]) if (!(await run(step))) process.exit(1)
// Side by side, and beside nothing that computes: they keep time.
const passed = await Promise.all(unhurried.map(run))
if (passed.includes(false)) process.exit(1)
process.stdout.write(`all of it    ok ${seconds(start).padStart(8)}\n`)
