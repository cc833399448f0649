import type { PlaygroundGraph } from '../server/playground-graph.ts'
import { byId } from './dom.ts'
import { openPage } from './page.ts'

/** Shows the graph of this site, and everything of the calls to it. */
async function begin(): Promise<void> {
  const base = window.location.pathname.replace(/\/$/, '')
  const answer = await fetch(`${base}/graph.json`)
  if (!answer.ok) throw new Error(`The server answered with ${answer.status}.`)
  openPage((await answer.json()) as PlaygroundGraph)
}

begin().catch((thrown: unknown) => {
  const alert = byId('alert', HTMLElement)
  alert.hidden = false
  alert.textContent = `The page could not be loaded: ${thrown instanceof Error ? thrown.message : String(thrown)}`
})
