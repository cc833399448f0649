import { fileURLToPath } from 'node:url'
import { createLiveClock } from 'voxgraph/testing'
import { listen, type Listening } from '../../serve/caller.ts'
import { startServe, type ServeProcess } from '../../serve/cli.ts'
import { besiege } from '../../serve/besiege.ts'

const graph = fileURLToPath(new URL('../../serve/bot.yaml', import.meta.url))
const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Callers who listen to a bot all the time. */
const callers = 10
/** Words that last for the whole siege, at 60 ms each. */
const words = 2000

/**
 * A `voxgraph serve` under siege, with ten calls under way that listen to a bot who speaks without pause: 500
 * connections that stall, a peer with 1,000 malformed messages a second, 100 calls that join in one second, and
 * a call that blocks the loop for 300 ms. Of each the longest time for which one of the ten had nothing left to
 * play, in ms; then what the process holds more than before, in MB, after a collection.
 */
export async function siege(): Promise<Record<string, number>> {
  const start = Array.from({ length: words }, () => 'word').join(' ')
  // All hundred are to come in, however busy the machine is with other things.
  const args = [graph, '--set', `start=${start}`, '--quiet', '--no-verify', '--max-lag', '5s']
  const server = await startServe(args, {
    node: ['--expose-gc', '--import', beside('./tell-memory.ts')],
  })
  const url = `${server.address.replace('http', 'ws')}/bot`
  const { attack, leave } = besiege(url)
  const calm = await Promise.all(Array.from({ length: callers }, () => listen(url)))
  await Promise.all(calm.map(({ hear }) => hear(1000)))
  // The first of each makes what is kept: code, pools, tables.
  await attack('join')
  const before = await memoryOf(server)
  const gaps: Record<string, number> = {}
  const counts: Record<string, number> = {}
  for (const what of ['stall', 'malformed', 'join'] as const) {
    for (const { forget } of calm) forget()
    counts[what] = await attack(what)
    gaps[what] = longestGap(calm)
  }
  const after = await memoryOf(server)
  for (const { forget } of calm) forget()
  await blockLoop(url)
  const blocked = longestGap(calm)
  const isAlive = calm.every(({ client }) => client.ready.session !== '')
  leave()
  await Promise.all(calm.map(({ client }) => client.close()))
  server.kill('SIGTERM')
  const code = await server.exited
  if (code !== 0 || !isAlive || counts['join'] !== 100) {
    throw new Error(`the siege was lost (${code}, ${JSON.stringify(counts)}): ${server.err()}`)
  }
  return {
    siege_stall_gap_ms: gaps['stall'] ?? Number.NaN,
    siege_malformed_gap_ms: gaps['malformed'] ?? Number.NaN,
    siege_join_gap_ms: gaps['join'] ?? Number.NaN,
    siege_block_gap_ms: blocked,
    siege_growth_mb: (after - before) / 2 ** 20,
  }
}

const longestGap = (calm: readonly Listening[]): number =>
  Math.max(...calm.map(({ gapMs }) => gapMs()))

async function memoryOf(server: ServeProcess): Promise<number> {
  // What was closed has to be let go of first.
  await createLiveClock().sleep(1000)
  const told = server.next('memory')
  server.kill('SIGUSR2')
  return Number((await told)['bytes'])
}

/** A call whose processor does not give the thread back for 300 ms. */
async function blockLoop(url: string): Promise<void> {
  const bad = await listen(url)
  await bad.hear(500)
  bad.client.sendKey('3')
  await bad.hear(bad.heardMs() + 1000)
  await bad.client.close()
}
