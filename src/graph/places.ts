import type { Diagnostic } from '../errors/diagnostics.ts'
import type { Report } from './report.ts'
import type { GraphSpec } from './spec.ts'

/** Where something stands, as messages show it. */
export type Place = Pick<Diagnostic, 'file' | 'range' | 'excerpt' | 'usedIn'>

/**
 * Where the processors of a graph are named: of nodes by id, of what takes their places by `tts/1`. For
 * messages about what is only known when the services are asked.
 */
export function placesOf({ source }: Report, spec: GraphSpec): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  for (const node of spec.nodes.values()) {
    for (const [index, { use }] of [node, ...node.fallback].entries()) {
      if (use === undefined) continue
      const { usedIn, source: text } = source.at(use.span)
      places.set(index === 0 ? node.id : `${node.id}/${index}`, {
        file: text.file,
        range: source.range(use.span),
        excerpt: source.excerpt(use.span),
        ...(usedIn.length > 0 && { usedIn }),
      })
    }
  }
  return places
}
