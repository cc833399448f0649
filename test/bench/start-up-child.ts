import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepCompiledCode } from '../../src/cli/compile-cache.ts'

/** Prints, in ms since this process began: when a call was ready, and when its first sound was made. */
// As the command line does it: first thing, and everything else is imported behind it.
keepCompiledCode()
const { NEVER } = await import('rxjs')
const { createLiveClock, loadGraph, runProgram } = await import('voxgraph')

const graph = fileURLToPath(new URL('../../graphs/front-desk.yaml', import.meta.url))
// The recording of the call that is placed goes where nobody has to clear it away.
process.chdir(mkdtempSync(join(tmpdir(), 'voxgraph-bench-')))
const nothing = (): void => undefined
let readyMs = 0
let firstMs = 0
let nodes = 0

const program = await loadGraph(graph)
const calls = runProgram(program, {
  clock: createLiveClock(),
  log: { debug: nothing, info: nothing, warn: nothing },
  observe: (event) => {
    if (event.type === 'node.ready' && ++nodes === program.plan.nodes.length) {
      readyMs = performance.now()
    }
    if (event.type !== 'frame' || event.frame.type !== 'audio' || firstMs !== 0) return
    if (event.frame.role === 'agent') {
      firstMs = performance.now()
      for (const session of calls.sessions.values()) session.cancel('measured')
    }
  },
})
await calls.take({
  call: {},
  frames: NEVER,
  play: nothing,
  send: nothing,
  clear: nothing,
  close: nothing,
})
process.stdout.write(JSON.stringify({ readyMs, firstMs }))
rmSync(process.cwd(), { recursive: true })
process.exit(0)
