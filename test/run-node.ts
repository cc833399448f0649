import { execFile } from 'node:child_process'
import { root } from './sources.ts'
import type { Ran } from './terminal.ts'

/** Variables that a test runner leaves behind and that would change what a process does. */
const foreign = /^(NODE_OPTIONS|NODE_ENV|VITEST.*|FORCE_COLOR|npm_.*)$/

/** Runs Node in a process of its own, as a user would; never rejects. */
export function runNode(args: readonly string[], cwd = root): Promise<Ran> {
  return run(process.execPath, args, cwd)
}

/** Runs a program in a process of its own. */
export function run(file: string, args: readonly string[], cwd = root): Promise<Ran> {
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  const env = { ...Object.fromEntries(kept), NO_COLOR: '1' }
  return new Promise((resolve) => {
    const options = { cwd, env, maxBuffer: 1 << 26, timeout: 60_000 }
    execFile(file, args, options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, out, err: code === -1 ? `${err}${String(error)}` : err })
    })
  })
}
