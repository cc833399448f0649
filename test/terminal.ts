import { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { main } from '../src/cli/main.ts'
import type { Terminal } from '../src/cli/command.ts'

/** What a command printed, and its exit code. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process. `isTTY` makes its streams look like a terminal that has colours. */
export async function runCli(
  argv: readonly string[],
  { cwd = process.cwd(), isTTY = false }: { cwd?: string; isTTY?: boolean } = {},
): Promise<Ran> {
  const [out, err] = [buffer(isTTY), buffer(isTTY)]
  const signal = new AbortController().signal
  const terminal: Terminal = { out: out.stream, err: err.stream, cwd, signal }
  const code = await main(argv, terminal)
  return { code, out: out.text(), err: err.text() }
}

function buffer(isTTY: boolean): { stream: Writable & { isTTY: boolean }; text: () => string } {
  const pieces: string[] = []
  const stream = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece.toString())
      done()
    },
  })
  // What a terminal does: it looks at NO_COLOR and its like.
  const getColorDepth = (): number => WriteStream.prototype.getColorDepth(process.env)
  return {
    stream: Object.assign(stream, { isTTY, getColorDepth }),
    text: () => pieces.join(''),
  }
}
