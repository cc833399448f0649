import type { HeardEdge } from 'voxgraph/testing'

/** How well a detector found the marked edges. Lengths in ms. */
export interface Figures {
  /** How far the claimed starts and ends are from the marked ones, at worst. */
  readonly startMs: number
  readonly endMs: number
  /** Marked edges with no claimed one near enough. */
  readonly missed: number
  /** Stretches of speech that were heard; five are marked. */
  readonly stretches: number
  /** How long after the marked edge it was said, at worst, of those that were found. */
  readonly startSaidMs: number
  readonly endSaidMs: number
}

/** What counts as found. */
export const bar = { startMs: 100, endMs: 300 } as const

/**
 * Holds what was heard against the marks.
 *
 * @param starts marked starts in ms
 * @param ends marked ends in ms
 */
export function figuresOf(
  edges: readonly HeardEdge[],
  starts: readonly number[],
  ends: readonly number[],
): Figures {
  const started = edges.filter(({ state }) => state === 'started')
  const stopped = edges.filter(({ state }) => state === 'stopped')
  const startOffs = starts.map((mark) => off(started, mark))
  const endOffs = ends.map((mark) => off(stopped, mark))
  const foundStarts = startOffs.filter(({ ms }) => ms <= bar.startMs)
  const foundEnds = endOffs.filter(({ ms }) => ms <= bar.endMs)
  return {
    startMs: Math.max(...startOffs.map(({ ms }) => ms)),
    endMs: Math.max(...endOffs.map(({ ms }) => ms)),
    missed: starts.length + ends.length - foundStarts.length - foundEnds.length,
    stretches: started.length,
    startSaidMs: Math.max(...foundStarts.map(({ saidMs }) => saidMs)),
    endSaidMs: Math.max(...foundEnds.map(({ saidMs }) => saidMs)),
  }
}

/** How far the nearest claimed edge is from a mark, and how long after the mark it was said. */
function off(edges: readonly HeardEdge[], mark: number): { ms: number; saidMs: number } {
  const offs = edges.map((edge) => ({
    ms: Math.abs(edge.edgeMs - mark),
    saidMs: edge.saidMs - mark,
  }))
  return offs.reduce((best, one) => (one.ms < best.ms ? one : best), {
    ms: Infinity,
    saidMs: Infinity,
  })
}
