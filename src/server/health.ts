import { jsonResponse, type Busy, type Site } from '../define/index.ts'

/** Why a server takes no calls. */
export type NotReady = Busy['busy'] | 'starting'

/** Paths of a server that belong to no graph. */
export const ownPaths = ['/healthz', '/readyz', '/'] as const

/** A graph as the index shows it. */
export interface IndexEntry {
  readonly name: string
  readonly address: string
}

/**
 * Answers whoever watches the process: `/healthz` while it lives, `/readyz` while it takes calls (503 that says
 * why it does not), and `/` with the names of its graphs. They say nothing of calls.
 */
export function answerHealth(
  site: Site,
  notReady: () => NotReady | undefined,
  graphs: () => readonly IndexEntry[],
): void {
  const [health, ready, index] = ownPaths
  site.route({ method: 'GET', path: health, answer: () => jsonResponse(200, { alive: true }) })
  site.route({
    method: 'GET',
    path: ready,
    answer: () => {
      const why = notReady()
      return why === undefined
        ? jsonResponse(200, { ready: true })
        : jsonResponse(503, { ready: false, why })
    },
  })
  site.route({ method: 'GET', path: index, answer: () => jsonResponse(200, { graphs: graphs() }) })
}
