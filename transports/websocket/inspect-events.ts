import { createTurnLog, type Frame, type FrameOf, type Moment } from 'voxgraph/plugin'
import { answerRecord } from './answer-record.ts'
import type { InspectEvent, PulseEvent, PulseMetric } from './events.ts'

/** Figures in one pulse; more names than any graph has. */
const mostMetrics = 200
/** Calls of tools that are under way. */
const mostCalls = 100

/** Makes what is told to those who build an agent from the frames of one call. */
export class InspectEvents {
  readonly #log = createTurnLog()
  readonly #calls = new Map<string, number>()
  readonly #startedAt: number
  #nodes = new Map<string, Map<string, number>>()
  #metrics = new Map<string, PulseMetric>()
  #response = 0

  /** @param startedAt when the call began, in ms on its clock */
  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  /** What the next frame that was emitted means; it counts for the next pulse, too. */
  see(frame: Frame): readonly InspectEvent[] {
    this.#count(frame)
    return [...this.#eventsOf(frame), ...this.#records(this.#log.see(frame))]
  }

  /** The call is over: what is left to tell. */
  end(at: number): readonly InspectEvent[] {
    return this.#records(this.#log.end(at))
  }

  /** What has passed since the pulse before. */
  pulse(at: number, dropped: number): PulseEvent {
    const byType = (types: ReadonlyMap<string, number>): Record<string, number> =>
      Object.fromEntries(types)
    const nodes = Object.fromEntries([...this.#nodes].map(([node, types]) => [node, byType(types)]))
    const metrics = [...this.#metrics.values()]
    this.#nodes = new Map()
    this.#metrics = new Map()
    return {
      type: 'pulse',
      at: at - this.#startedAt,
      nodes,
      metrics,
      response: this.#response,
      dropped,
    }
  }

  #count(frame: Frame): void {
    const { source, type } = frame
    this.#response = Math.max(this.#response, frame.response)
    if (source === '') return
    const types = this.#nodes.get(source) ?? new Map<string, number>()
    this.#nodes.set(source, types.set(type, (types.get(type) ?? 0) + 1))
    if (frame.type !== 'metric' || this.#metrics.size >= mostMetrics) return
    const { name, value, unit } = frame
    this.#metrics.set(`${source} ${name}`, { node: source, name, value, unit })
  }

  #eventsOf(frame: Frame): readonly InspectEvent[] {
    const at = frame.at - this.#startedAt
    switch (frame.type) {
      case 'interrupt': {
        const { phase, through, reason } = frame
        return [{ type: 'hold', at, phase, through, reason }]
      }
      case 'tool-call':
        this.#calls.set(frame.callId, frame.at)
        for (const oldest of this.#calls.keys()) {
          if (this.#calls.size > mostCalls) this.#calls.delete(oldest)
        }
        return [
          { type: 'tool', at, callId: frame.callId, name: frame.name, state: 'called', tookMs: 0 },
        ]
      case 'tool-result':
        return [this.#result(frame, at)]
      case 'inference': {
        const { state, inference, agent, reason, speculative, outcome } = frame
        return [{ type: 'asked', at, state, inference, agent, reason, speculative, outcome }]
      }
      default:
        return []
    }
  }

  #result({ callId, name, result, at: now }: FrameOf<'tool-result'>, at: number): InspectEvent {
    const tookMs = now - (this.#calls.get(callId) ?? now)
    this.#calls.delete(callId)
    return { type: 'tool', at, callId, name, state: result.status, tookMs }
  }

  #records(moments: readonly Moment[]): readonly InspectEvent[] {
    return moments.flatMap((moment): InspectEvent[] => {
      if (moment.type !== 'answered' && moment.type !== 'turn') return []
      const type = moment.type === 'turn' ? 'turn-record' : 'answered'
      const record = answerRecord(moment.turn, this.#startedAt)
      return [{ type, at: moment.at - this.#startedAt, record }]
    })
  }
}
