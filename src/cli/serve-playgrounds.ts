import type { Program } from '../graph/plan.ts'
import type { Server } from '../index.ts'
import { mountPlayground, mountPlaygroundIndex, playgroundPath } from '../server/playground.ts'
import type { Terminal } from './command.ts'

/**
 * Puts the playground of each graph on a server, below the name of the graph, and one page that leads to all of
 * them. Says where. A graph is drawn when somebody asks for it.
 */
export async function servePlaygrounds(
  server: Server,
  programs: readonly Program[],
  { out }: Terminal,
  json: boolean,
): Promise<void> {
  const { playgroundGraph } = await import('./playground-graph.ts')
  for (const { plan } of programs) {
    mountPlayground(server.site(`/${plan.name}`), () => playgroundGraph(plan))
  }
  const all = server.site('')
  mountPlaygroundIndex(
    all,
    programs.map(({ plan }) => plan.name),
  )
  const address = `${all.publicAddress}${playgroundPath}`
  if (json) out.write(`${JSON.stringify({ type: 'playground', address })}\n`)
  else out.write(`talk to ${programs.length === 1 ? 'it' : 'them'} at ${address}\n`)
}
