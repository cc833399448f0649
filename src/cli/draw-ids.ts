/** Words that begin or end something in a Mermaid file. */
const reserved = ['end', 'graph', 'subgraph', 'flowchart', 'style', 'class', 'default', 'click']

/** An id for a box, of letters, digits and `_`, that is none of those in `ids`. */
export function idFor(name: string, ids: ReadonlyMap<string, string>): string {
  const taken = new Set(ids.values())
  let id = name.replace(/\W/g, '_')
  while (taken.has(id) || reserved.includes(id)) id += '_'
  return id
}
