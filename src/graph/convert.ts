import type { Manifest } from '../define/index.ts'
import type { Report } from './report.ts'
import type { AudioFormat } from './plan.ts'
import {
  accepts,
  anyPcm,
  formatName,
  sameFormat,
  settle,
  wishesOf,
  type FormatWish,
} from './formats.ts'
import { endName, type ReadyNode, type Wire } from './ready-node.ts'

/** A wire with the format of its sound. `to` is another one when a converter stands in it. */
export interface SoundWire {
  readonly wire: Wire
  /** As the source gives it; undefined when nobody knows, or for other things than sound. */
  readonly given: AudioFormat | undefined
  /** As the target takes it: a converter is needed when it differs. */
  readonly taken: AudioFormat | undefined
}

const fallback: AudioFormat = { sampleRate: 16_000, channels: 1, encoding: 'pcm' }

/** Manifest of the node that turns one audio format into another. */
export const convertManifest: Manifest = {
  kind: 'processor',
  id: 'convert',
  summary: 'Turns one audio format into another.',
  role: 'filter',
  ports: {
    in: { audio: { type: 'audio', main: true, many: false, required: true, live: false } },
    out: { audio: { type: 'audio', main: true, many: false, required: false, live: false } },
  },
  options: { type: 'object' },
  safety: false,
  realTime: false,
}

/** Finds the format of the sound on every wire, in the order of the nodes; `~>` comes last. */
export function resolveFormats(
  report: Report,
  order: readonly string[],
  nodes: ReadonlyMap<string, ReadyNode>,
  wires: readonly Wire[],
): readonly SoundWire[] {
  const heard = new Map<string, AudioFormat>()
  const resolved = new Map<Wire, SoundWire>()
  const places = new Map(order.map((id, index) => [id, index]))
  const placeOf = (wire: Wire): number =>
    (places.get(wire.from.node) ?? 0) + (wire.feedback ? order.length : 0)
  for (const wire of wires.toSorted((one, other) => placeOf(one) - placeOf(other))) {
    const source = nodes.get(wire.from.node)
    const target = nodes.get(wire.to.node)
    if (wire.type !== 'audio' || !source || !target) {
      resolved.set(wire, { wire, given: undefined, taken: undefined })
      continue
    }
    const given = givenBy(source, wire, wires, nodes, heard)
    const below = () => wantedBelow(target, wire, wires, nodes, new Set())
    const taken = given && takenBy(report, target, wire, given, heard, below)
    resolved.set(wire, { wire, given, taken })
  }
  return wires.map((wire) => resolved.get(wire) ?? { wire, given: undefined, taken: undefined })
}

/** What an output gives: the first of its formats that all take, else its first. */
function givenBy(
  source: ReadyNode,
  wire: Wire,
  wires: readonly Wire[],
  nodes: ReadonlyMap<string, ReadyNode>,
  heard: ReadonlyMap<string, AudioFormat>,
): AudioFormat | undefined {
  const inherited = inheritedBy(source, heard)
  const wishes = wishesOf(source, 'out', wire.from.port)
  if (wishes === undefined) return inherited
  const takers = wires
    .filter((one) => endName(one.from) === endName(wire.from))
    .map((one) => wishesInto(nodes, wires, one))
  const firstWish = takers.find((taker) => taker[0]?.sampleRate !== undefined)?.[0]
  const like = inherited ?? (firstWish ? settle(firstWish, fallback) : fallback)
  const formats = wishes.map((wish) => settle(wish, like))
  return formats.find((one) => takers.every((taker) => accepts(taker, one))) ?? formats[0]
}

function wishesInto(
  nodes: ReadonlyMap<string, ReadyNode>,
  wires: readonly Wire[],
  wire: Wire,
): readonly FormatWish[] {
  const { to } = wire
  const node = nodes.get(to.node)
  const behind =
    node?.code.kind === 'floor' ? wantedBelow(node, wire, wires, nodes, new Set()) : undefined
  if (behind !== undefined) return [behind]
  return (node && wishesOf(node, 'in', to.port)) ?? anyPcm
}

/** An output without formats gives what the main input of its node gets. */
function inheritedBy(
  node: ReadyNode,
  heard: ReadonlyMap<string, AudioFormat>,
): AudioFormat | undefined {
  if (node.code.kind === 'floor') return heard.get(node.spec.id)
  const inputs = Object.entries(node.manifest.ports.in)
  const main = inputs.find(([, port]) => port.main)?.[0]
  // The halves of a transport do not hear each other.
  if (main === undefined || node.manifest.kind === 'transport') return undefined
  return heard.get(endName({ node: node.spec.id, port: main }))
}

function takenBy(
  report: Report,
  target: ReadyNode,
  wire: Wire,
  given: AudioFormat,
  heard: Map<string, AudioFormat>,
  below: () => FormatWish | undefined,
): AudioFormat {
  // What the agents say comes out at one end, so all of them say it in one form.
  const isFloor = target.code.kind === 'floor'
  const name = isFloor ? target.spec.id : endName(wire.to)
  const before = heard.get(name)
  const behind = isFloor ? below() : undefined
  const wishes = behind ? [behind] : (wishesOf(target, 'in', wire.to.port) ?? anyPcm)
  const [best = anyPcm[0]] = wishes
  // What comes to one input from several sides is made the same.
  const fit = before ?? (accepts(wishes, given) || !best ? given : converted(best, given, below()))
  heard.set(name, fit)
  if (sameFormat(fit, given)) return fit
  const policy = target.spec.inputs.find((input) => input.port === wire.to.port)
  if (policy?.convert !== 'explicit') return fit
  const params = { from: endName(wire.from), to: name }
  report.add('type-mismatch/formats', wire.toSpan, {
    ...params,
    given: formatName(given),
    taken: formatName(before ?? best ?? fit),
  })
  return given
}

/** What is converted anyway is made what the nodes behind want, so that one conversion is enough. */
function converted(
  best: FormatWish,
  given: AudioFormat,
  below: FormatWish | undefined,
): AudioFormat {
  const fits = below !== undefined && below.encoding === best.encoding
  return settle(best, fits ? settle(below, given) : given)
}

/** The first form asked for behind a node that leaves the format of its input alone. */
function wantedBelow(
  node: ReadyNode,
  { to }: Wire,
  wires: readonly Wire[],
  nodes: ReadonlyMap<string, ReadyNode>,
  seen: Set<string>,
): FormatWish | undefined {
  const isMain = node.code.kind === 'floor' || node.manifest.ports.in[to.port]?.main === true
  if (!isMain || node.manifest.kind === 'transport' || seen.has(to.node)) return undefined
  seen.add(to.node)
  for (const wire of wires) {
    const inherits = wire.from.node === to.node && wire.type === 'audio' && !wire.feedback
    const target = nodes.get(wire.to.node)
    if (!inherits || !target || wishesOf(node, 'out', wire.from.port) !== undefined) continue
    const own = wishesOf(target, 'in', wire.to.port)?.[0]
    const wish = own ?? wantedBelow(target, wire, wires, nodes, seen)
    if (wish !== undefined) return wish
  }
  return undefined
}

/** Warns where sound is converted twice on one way through nodes that leave its format alone. */
export function remarkDoubleConversions(
  report: Report,
  sound: readonly SoundWire[],
  nodes: ReadonlyMap<string, ReadyNode>,
): void {
  const converts = ({ given, taken }: SoundWire): boolean =>
    given !== undefined && taken !== undefined && !sameFormat(given, taken)
  for (const last of sound) {
    if (!converts(last)) continue
    const seen = new Set<string>()
    let here: SoundWire | undefined = last
    while (here !== undefined && !seen.has(here.wire.from.node)) {
      seen.add(here.wire.from.node)
      here = feeding(here.wire, sound, nodes)
      if (here === undefined || !converts(here)) continue
      const node = last.wire.to.node
      const params = { node, first: here.wire.to.node, second: node }
      report.add('double-conversion', last.wire.toSpan, params)
      break
    }
  }
}

/** The wire whose sound comes out again at the start of this one. */
function feeding(
  wire: Wire,
  sound: readonly SoundWire[],
  nodes: ReadonlyMap<string, ReadyNode>,
): SoundWire | undefined {
  const node = nodes.get(wire.from.node)
  if (node === undefined || node.manifest.kind === 'transport') return undefined
  return sound.find(
    ({ wire: one }) =>
      one.type === 'audio' &&
      one.to.node === wire.from.node &&
      !one.feedback &&
      node.manifest.ports.in[one.to.port]?.main === true,
  )
}
