import { audio, playout, response, text, type Frame, type PlayoutInit } from 'voxgraph/plugin'
import type { RtviMessage } from './rtvi-message.ts'
import { tell } from './tell.ts'
import { newTold, type Exposure, type TellEvent, type Told } from './told.ts'

const rules = (functionCalls: Record<string, Exposure> = {}) => ({
  functionCalls,
  userId: 'ada',
  wallStart: Date.UTC(2026, 0, 1),
})

/** What became of some events. */
export interface Sent {
  readonly told: Told
  readonly messages: readonly RtviMessage[]
}

/** Tells a client of events, one after the other. */
export function run(
  events: readonly (Frame | TellEvent)[],
  { isLegacy = false, functionCalls = {} as Record<string, Exposure> } = {},
): Sent {
  let told = newTold(isLegacy)
  const messages: RtviMessage[] = []
  for (const event of events) {
    const seen: TellEvent = 'lane' in event ? { type: 'seen', frame: event } : event
    const [next, said] = tell(told, seen, rules(functionCalls))
    told = next
    messages.push(...said)
  }
  return { told, messages }
}

const samples = new Int16Array(320)
export const began = (number: number, reason = 'turn'): Frame => ({
  ...response({ state: 'started', reason }),
  source: 'llm',
  response: number,
})
export const made = (number: number): Frame => ({
  ...response({ state: 'ended' }),
  response: number,
})
export const wrote = (number: number, span: number, words: string, more: object = {}): Frame =>
  ({ ...text({ text: words, span }), source: 'llm', response: number, ...more }) as Frame
export const sounded = (number: number, span: number): Frame => ({
  ...audio({ role: 'agent', samples, sampleRate: 16_000, span }),
  source: 'tts',
  response: number,
})
export const heard = (of: number, span: number, more: Partial<PlayoutInit> = {}): Frame =>
  playout({ state: 'started', of, span, heardMs: 0, ...more })
export const over = (of: number): Frame => heard(of, 0, { state: 'stopped' })
