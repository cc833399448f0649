import type { Plan } from '../graph/plan.ts'
import { durationMs, type AudioFrame } from '../frames/index.ts'
import type { Inspection, Observe } from '../observe/inspection.ts'
import type { Terminal } from './command.ts'
import { paintFor } from './paint.ts'

/** A voice that broke off, and one that spoke instead. */
export interface Takeover {
  readonly session: string
  /** Processors: `cartesia-tts`. */
  readonly from: string
  readonly to: string
  /** Some of the answer had been spoken. */
  readonly isRest: boolean
  /** How long the caller heard nothing between the two, in ms; 0 where the answer had not begun. */
  readonly silentMs: number
}

interface Heard {
  readonly response: number
  /** When the sound so far is over, in ms on the session clock. */
  readonly untilMs: number
}

/**
 * Tells of each voice that takes an answer over from another, when it begins to sound. The silence is what is
 * missing between the end of the sound of the one and the beginning of the other's, at the pace of hearing.
 */
export function watchTakeovers(
  { nodes }: Pick<Plan, 'nodes'>,
  told: (takeover: Takeover) => void,
): (event: Inspection) => void {
  const voices = new Map(nodes.filter(isVoice).map((node) => [node.id, node]))
  /** By session and node. */
  const heard = new Map<string, Heard>()
  const failed = new Map<string, Pick<Takeover, 'from' | 'to'>>()

  const sound = (session: string, key: string, frame: AudioFrame): void => {
    const before = heard.get(key)
    const { at, response } = frame
    const takeover = failed.get(key)
    failed.delete(key)
    if (takeover !== undefined) {
      const isRest = before?.response === response
      const silentMs = isRest ? Math.round(Math.max(0, at - before.untilMs)) : 0
      told({ session, ...takeover, isRest, silentMs })
    }
    const fromMs = before?.response === response ? Math.max(at, before.untilMs) : at
    heard.set(key, { response, untilMs: fromMs + durationMs(frame) })
  }

  return (event) => {
    const { session } = event
    if (event.type === 'frame' && event.frame.type === 'audio') {
      const { source } = event.frame
      if (voices.has(source)) sound(session, `${session} ${source}`, event.frame)
    } else if (event.type === 'log' && event.record.level === 'warn') {
      const { node, message, details } = event.record
      // The log is that of the node; which of its voices has failed stands in the details.
      const member = typeof details?.['node'] === 'string' ? details['node'] : node
      const [id, index] = [member.replace(/\/\d+$/, ''), Number(/\/(\d+)$/.exec(member)?.[1] ?? 0)]
      const voice = voices.get(id)
      const [, to] = /\((\S+)\) is asked now\.$/.exec(message) ?? []
      if (voice === undefined || to === undefined) return
      const from = index === 0 ? voice.use : (voice.fallback[index - 1]?.use ?? voice.use)
      failed.set(`${session} ${id}`, { from, to })
    } else if (event.type === 'session.ended') {
      const own = (key: string): boolean => key.startsWith(`${session} `)
      for (const kept of [heard, failed])
        for (const key of kept.keys()) if (own(key)) kept.delete(key)
    }
  }
}

const isVoice = ({ manifest }: Plan['nodes'][number]): boolean => manifest.role === 'tts'

/** `cartesia-tts broke off in the middle of an answer; elevenlabs-tts speaks the rest after 0 ms of silence` */
export const takeoverText = ({ from, to, isRest, silentMs }: Takeover): string =>
  isRest
    ? `${from} broke off in the middle of an answer; ${to} speaks the rest after ${silentMs} ms of silence`
    : `${from} did not speak; ${to} speaks instead`

/** Prints a line for each voice that takes over from another, among those of the call. */
export function printTakeovers(plan: Plan, { out }: Terminal, json = false): Observe {
  const paint = paintFor(out)
  return watchTakeovers(plan, (takeover) => {
    const line = json
      ? JSON.stringify({ type: 'takeover', ...takeover })
      : paint('yellow', `${' '.repeat(11)}${takeoverText(takeover)}`)
    out.write(`${line}\n`)
  })
}
