import type { Manifest } from '../define/index.ts'
import { anyPcm, commonWishes, formatName, ownWishesOf, type FormatWish } from './formats.ts'
import { endName, fits, type ReadyMember, type ReadyNode, type Wire } from './ready-node.ts'
import type { Report } from './report.ts'
import { choice } from './suggest.ts'

/** What fallbacks are held against. */
interface Surroundings {
  readonly wires: readonly Wire[]
  /** What comes along, for suggestions. */
  readonly builtins: readonly Manifest[]
}

/** Reports what cannot take the place of a node, and limits of what is no provider. */
export function checkFallbacks(
  report: Report,
  nodes: ReadonlyMap<string, ReadyNode>,
  around: Surroundings,
): void {
  for (const node of nodes.values()) {
    if (node.manifest.kind === 'transport') reportTransport(report, node)
    else for (const member of node.fallback) checkMember(report, node, member, around)
  }
}

/** A call comes in through its transport: nothing could take its place in the middle of it. */
function reportTransport(report: Report, { spec, use }: ReadyNode): void {
  const { id: node, limits, fallback } = spec
  for (const { key, keySpan } of limits) report.add('transport-key', keySpan, { node, use, key })
  const [member] = fallback
  if (member !== undefined) {
    report.add('transport-key', member.key, { node, use, key: 'fallback' })
  }
}

function checkMember(
  report: Report,
  node: ReadyNode,
  member: ReadyMember,
  { wires, builtins }: Surroundings,
): void {
  const span = member.spec.use?.span ?? member.spec.key
  const suggestion = othersLike(node, builtins)
  const params = { node: node.spec.id, own: node.use, use: member.use, suggestion }
  const [taken, wanted] = [mainOf(member, 'in'), mainOf(node, 'in')]
  const [given, needed] = [mainOf(member, 'out'), mainOf(node, 'out')]
  if (taken !== wanted) {
    const told = { taken: taken ?? 'nothing', wanted: wanted ?? 'nothing' }
    report.add('fallback-mismatch', span, { ...params, ...told })
  } else if (given !== needed) {
    const told = { given: given ?? 'nothing', wanted: needed ?? 'nothing' }
    report.add('fallback-mismatch/gives', span, { ...params, ...told })
  } else if (!isSameKind(member.manifest, node.manifest)) {
    const told = {
      actual: kindOf(member.manifest, node.manifest),
      expected: kindOf(node.manifest, member.manifest),
    }
    report.add('fallback-mismatch/kind', span, { ...params, ...told })
  } else if (node.manifest.safety && !member.manifest.safety) {
    report.add('fallback-mismatch/safety', span, params)
  } else {
    const missing = missingPort(node, member, wires)
    const odd = oddFormat(node, member, wires)
    if (missing !== undefined) report.add('fallback-mismatch/port', span, { ...params, ...missing })
    else if (odd !== undefined) report.add('fallback-mismatch/format', span, { ...params, ...odd })
  }
}

/** What comes along and could be the fallback instead. */
function othersLike(node: ReadyNode, builtins: readonly Manifest[]): string {
  const fitting = builtins.filter(
    (manifest) =>
      isSameKind(manifest, node.manifest) &&
      mainOf({ manifest }, 'in') === mainOf(node, 'in') &&
      mainOf({ manifest }, 'out') === mainOf(node, 'out'),
  )
  return fitting.length === 0
    ? ''
    : `These come along and can: ${fitting.map(({ id }) => id).join(', ')}.`
}

const mainOf = (
  { manifest }: Pick<ReadyMember, 'manifest'>,
  side: 'in' | 'out',
): string | undefined => Object.values(manifest.ports[side]).find((port) => port.main)?.type

const makers: Readonly<Record<string, string>> = {
  processor: 'defineProcessor',
  brain: 'defineBrain',
  stt: 'defineStt',
  tts: 'defineTts',
}

const words: Readonly<Record<string, string>> = {
  stt: 'a recogniser',
  tts: 'a voice',
  llm: 'a language model',
}

/** The runtime drives a voice of `defineTts` otherwise than a processor that speaks. */
const isSameKind = (one: Manifest, other: Manifest): boolean =>
  one.kind === other.kind && one.role === other.role

/** What it is in words, so that it can be told from the other. */
function kindOf({ kind, role }: Manifest, other: Manifest): string {
  const word = words[role] ?? `a ${role}`
  return role === other.role ? `${word} made with ${makers[kind] ?? kind}` : word
}

/** The port that a chain uses and the other does not have. */
function missingPort(
  node: ReadyNode,
  member: ReadyMember,
  wires: readonly Wire[],
): { readonly end: string; readonly side: string } | undefined {
  const { id } = node.spec
  for (const { from, to, type } of wires) {
    const output = member.manifest.ports.out[from.port]
    if (from.node === id && (output === undefined || !fits(output.type, type))) {
      return { end: endName(from), side: 'output' }
    }
    const input = member.manifest.ports.in[to.port]
    if (to.node === id && (input === undefined || !fits(type, input.type))) {
      return { end: endName(to), side: 'input' }
    }
  }
  return undefined
}

/** Sound that comes to the node in a form that the other does not take, or the other way round. */
function oddFormat(
  node: ReadyNode,
  member: ReadyMember,
  wires: readonly Wire[],
): { readonly verb: string; readonly theirs: string; readonly ours: string } | undefined {
  const { id } = node.spec
  for (const { from, to, type } of wires) {
    if (type !== 'audio') continue
    for (const [side, end] of [
      ['in', to],
      ['out', from],
    ] as const) {
      // The runtime converts what voices give.
      if (end.node !== id || (side === 'out' && node.manifest.kind === 'tts')) continue
      const [ours, theirs] = [
        ownWishesOf(node, side, end.port),
        ownWishesOf(member, side, end.port),
      ]
      if (commonWishes(ours, theirs, side)?.length !== 0) continue
      const name = (wishes: readonly FormatWish[] | undefined): string =>
        choice((wishes ?? anyPcm).map(formatName))
      return { verb: side === 'in' ? 'takes' : 'gives', ours: name(ours), theirs: name(theirs) }
    }
  }
  return undefined
}
