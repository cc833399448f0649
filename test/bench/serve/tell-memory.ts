/** Loaded into a server that is measured: on SIGUSR2 it writes what it holds, in bytes, after a collection. */
import process from 'node:process'

process.on('SIGUSR2', () => {
  // Twice: what a finaliser lets go of is gone with the second.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ type: 'memory', bytes: heapUsed + arrayBuffers })}\n`)
})
