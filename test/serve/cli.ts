import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { root } from '../sources.ts'

/** A line of `--json`. */
export type Told = Readonly<Record<string, unknown>> & { readonly type: string }

/** `voxgraph serve --json` in a process of its own. */
export interface ServeProcess {
  /** Address of the server: `http://127.0.0.1:40123`. */
  readonly address: string
  readonly pid: number
  /** All that was told so far. */
  readonly told: readonly Told[]
  /** What went to standard error so far. */
  readonly err: () => string
  /** The first line of a type that was told, or will be. */
  until(type: string): Promise<Told>
  /** The next line of a type. */
  next(type: string): Promise<Told>
  kill(signal: NodeJS.Signals): void
  /** Exit code; -1 where a signal ended it. */
  readonly exited: Promise<number>
}

/** How the process is started. */
interface StartOptions {
  /** Options of Node. */
  readonly node?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Starts it on a free port; resolves when it is ready. */
export async function startServe(
  args: readonly string[],
  { node = [], env = {} }: StartOptions = {},
): Promise<ServeProcess> {
  const main = join(root, 'src/cli/main.ts')
  const child = spawn(
    process.execPath,
    [...node, '-C', '@voxgraph/source', main, 'serve', ...args, '--port', '0', '--json'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const told: Told[] = []
  const waiting = new Set<(line: Told) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const read = JSON.parse(line) as Told
    told.push(read)
    for (const look of waiting) look(read)
  })
  const exited = once(child, 'exit').then(([code]) => (code as number | null) ?? -1)
  const next = (type: string): Promise<Told> =>
    new Promise((resolve) => {
      const look = (line: Told): void => {
        if (line.type !== type) return
        waiting.delete(look)
        resolve(line)
      }
      waiting.add(look)
    })
  const until = async (type: string): Promise<Told> =>
    told.find((line) => line.type === type) ?? next(type)
  const gone = exited.then((code): Told => {
    throw new Error(`the server ended with ${code}:\n${said}`)
  })
  gone.catch(() => undefined)
  const { address } = await Promise.race([until('ready'), gone])
  return {
    address: String(address),
    pid: child.pid ?? 0,
    told,
    err: () => said,
    until,
    next,
    kill: (signal) => void child.kill(signal),
    exited,
  }
}
