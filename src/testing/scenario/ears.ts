import {
  endWith,
  filter,
  ignoreElements,
  merge,
  Subject,
  takeUntil,
  tap,
  type Observable,
} from 'rxjs'
import {
  defineProcessor,
  type NodeDefinition,
  type ProcessorDefinition,
  type StreamFunction,
} from '../../define/index.ts'
import type { Frame, SpeechFrame, TranscriptFrame } from '../../frames/index.ts'
import type { Plan, PlanNode } from '../../graph/plan.ts'

/** Where the words of the caller enter a graph that nobody speaks to. */
export interface Ears {
  /** Stand-ins by node: the detector and the recogniser. */
  readonly definitions: ReadonlyMap<string, NodeDefinition>
  /** False: there is nothing that gives words, and the transport brings none. */
  readonly canHear: boolean
  /** Says what a detector or a recogniser would say. Nothing is kept for a node that is not ready. */
  emit(frame: SpeechFrame | TranscriptFrame): void
}

/**
 * Puts stand-ins in the place of detectors and recognisers. A detector says the edges of speech, the recogniser
 * behind it the words; where there is none, `line` brings both.
 */
export function createEars(plan: Plan, line: (frame: Frame) => void): Ears {
  const edges = new Subject<Frame>()
  const words = new Subject<Frame>()
  const detectors = plan.nodes.filter(({ manifest }) => manifest.role === 'detector')
  const recognisers = plan.nodes.filter(({ manifest }) => manifest.role === 'stt')
  const [detector] = detectors
  /** Agents that may be needed are awake, but only the one with the floor hears the caller. */
  let holder = plan.agents?.start
  const hears = ({ agent }: PlanNode): boolean => agent === undefined || agent === holder
  const look = (frame: Frame): void => {
    if (frame.type !== 'handoff' || frame.state === 'started') return
    holder = frame.state === 'done' ? frame.to : frame.from
  }
  /** One of all tells the edges; where each agent has its own, one of each. */
  const speaks = (node: PlanNode): boolean => {
    const isShared = detector?.agent === undefined
    return node === (isShared ? detector : detectors.find(({ agent }) => agent === node.agent))
  }
  const standIns = new Map<string, NodeDefinition>()
  const standIn = (node: PlanNode, own: readonly Subject<Frame>[], passes: boolean): void => {
    const heard = own.map((subject) => subject.pipe(filter(() => hears(node))))
    standIns.set(node.id, mouthpiece(node, heard, passes, look))
  }
  for (const node of detectors) standIn(node, speaks(node) ? [edges] : [], true)
  for (const node of recognisers) {
    standIn(node, detector === undefined ? [edges, words] : [words], false)
  }
  const brings = plan.nodes.some(
    ({ manifest }) =>
      manifest.kind === 'transport' &&
      Object.values(manifest.ports.out).some(({ type }) => type === 'transcript'),
  )
  return {
    definitions: standIns,
    canHear: recognisers.length > 0 || brings,
    emit(frame) {
      const isEdge = frame.type === 'speech'
      if (isEdge && standIns.size > 0) edges.next(frame)
      else if (recognisers.length > 0) words.next(frame)
      else line(frame)
    },
  }
}

/** A node with the ports of another, that says what it is told to. */
function mouthpiece(
  { id, manifest }: PlanNode,
  own: readonly Observable<Frame>[],
  passes: boolean,
  look: (frame: Frame) => void,
): ProcessorDefinition {
  const stream: StreamFunction = (frames) => {
    const isOver = frames.pipe(ignoreElements(), endWith(true))
    const passed = frames.pipe(
      tap(look),
      filter((frame) => passes && frame.type === 'audio'),
    )
    return merge(passed, ...own.map((subject) => subject.pipe(takeUntil(isOver))))
  }
  const { in: inputs, out } = manifest.ports
  return defineProcessor({
    id,
    summary: 'Says what the test says.',
    role: manifest.role,
    ports: { in: inputs, out },
    setup: () => stream,
  })
}
