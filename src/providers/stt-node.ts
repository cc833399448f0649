import type { Handlers, Heard, Ports, Signal, SttDefinition } from '../define/index.ts'
import { VoxgraphError } from '../errors/index.ts'
import { error, transcript, turn, type AudioFrame, type Frame, type Word } from '../frames/index.ts'
import type { Host } from '../kernel/host.ts'
import type { ProviderSetup } from '../kernel/make-node.ts'
import { formatOf } from './format-of.ts'
import { Hearing } from './hearing.ts'
import { Unsettled } from './unsettled.ts'

/**
 * A recogniser in a session: hears what comes, and says what it hears. A detector in front of it tells it when
 * the caller has stopped. What was not settled when it failed is heard again by the one that takes its place.
 */
export async function sttNode(
  host: Host,
  { members, plan, kept, process }: ProviderSetup<SttDefinition>,
): Promise<Handlers<Ports, Ports>> {
  const { node } = host
  const format = formatOf(plan, node, 'in')
  const unsettled = (kept.value as Unsettled | undefined) ?? new Unsettled(format)
  kept.value = unsettled
  const late = (waitedMs: number): void => {
    const { message } = new VoxgraphError('words-late', { node, ms: Math.round(waitedMs) })
    host.log.warn(message)
    host.emit(error({ category: 'timeout', code: 'words-late', message, retryable: true }))
  }
  const hearing = new Hearing({
    ...{ host, members, process, format, unsettled, late },
    heard: (event) => host.emit(frameOf(event)),
    failed: (thrown) => host.fail(thrown),
  })
  await hearing.open()
  return {
    audio: ({ samples }: AudioFrame) => hearing.push(samples),
    signal(frame: Signal) {
      if (frame.type === 'end') hearing.report()
      if (frame.type !== 'speech') return
      if (frame.state === 'started') hearing.started()
      else hearing.stopped(frame.latency)
    },
    close: () => hearing.close(),
  } as Handlers<Ports, Ports>
}

function frameOf(event: Heard): Frame {
  const { text } = event
  if (event.type === 'turn') {
    const { state, probability } = event
    return turn({ state, text, ...(probability !== undefined && { probability }) })
  }
  const { language, words } = event
  return transcript({
    text,
    final: event.type === 'final',
    ...(event.type === 'final' &&
      event.confidence !== undefined && { confidence: event.confidence }),
    ...(language !== undefined && { language }),
    ...(words !== undefined && { words: fromFirst(words) }),
  })
}

/** Times that count from the first of the words. */
function fromFirst(words: readonly Word[]): readonly Word[] {
  const beginMs = words[0]?.startMs ?? 0
  return words.map((word) => ({
    ...word,
    startMs: Math.max(0, word.startMs - beginMs),
    endMs: Math.max(0, word.endMs - beginMs),
  }))
}
