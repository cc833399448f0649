import type { CaseResult } from './case-result.ts'
import type { TestEvent } from './events.ts'
import { contentOf } from './match.ts'
import { handoffText } from '../../observe/handoff-text.ts'

/** One line of a time line. */
export interface TimeLine {
  readonly at: number
  /** Node, agent, `caller`, `bot` or `call`; empty for a step of the test. */
  readonly who: string
  readonly text: string
  readonly kind: 'event' | 'step' | 'failed'
}

/** Lines shown when a case fails: the last ones. */
const mostLines = 200
/** Longest text of a line, in characters. */
const longestText = 160

/**
 * The events of a case, and between them the steps of the test. What was said and heard word by word is told
 * once, where it begins. Only the last 200 lines are given; `left` says how many came before.
 */
export function timeLineOf({ events, marks }: Pick<CaseResult, 'events' | 'marks'>): {
  readonly lines: readonly TimeLine[]
  readonly left: number
} {
  const lines: TimeLine[] = []
  let mark = 0
  const addMarks = (until: number): void => {
    for (; mark < marks.length && (marks[mark]?.index ?? 0) <= until; mark++) {
      const one = marks[mark]
      if (one === undefined) return
      const kind = one.failed ? 'failed' : 'step'
      lines.push({ at: one.at, who: '', text: one.shown, kind })
    }
  }
  const words = gathered(events)
  events.forEach((event, index) => {
    addMarks(index)
    const text = words.get(index) ?? textOf(event)
    if (text === undefined) return
    lines.push({ at: event.at, who: whoOf(event), text: cut(text), kind: 'event' })
  })
  addMarks(Infinity)
  const left = Math.max(0, lines.length - mostLines)
  return { lines: lines.slice(left), left }
}

/** Text of what was said and heard, by the number of the event at which it begins. */
function gathered(events: readonly TestEvent[]): ReadonlyMap<number, string> {
  const texts = new Map<number, { verb: string; text: string }>()
  const open = new Map<string, number>()
  events.forEach(({ does }, index) => {
    if (does.type !== 'said' && does.type !== 'heard') return
    const key = `${does.type} ${does.response}`
    const at = open.get(key) ?? index
    // A new sentence that is heard gets a line of its own.
    const isNext = does.type === 'heard' && !/^\s/.test(does.text) && at !== index
    const here = isNext ? index : at
    open.set(key, here)
    const verb = does.type === 'said' ? `writes #${does.response}` : `is heard #${does.response}`
    texts.set(here, { verb, text: (texts.get(here)?.text ?? '') + does.text })
  })
  return new Map(
    [...texts].map(([index, { verb, text }]) => [index, `${verb} ${JSON.stringify(text)}`]),
  )
}

/** Of what is heard it matters whose it is. */
const whoOf = ({ who, agent }: TestEvent): string => (who === 'bot' ? (agent ?? who) : who)

function textOf({ does }: TestEvent): string | undefined {
  switch (does.type) {
    case 'said':
    case 'heard':
    case 'start':
      return undefined
    case 'caller':
    case 'warning':
      return does.text
    case 'speech': {
      const late = does.latency === 0 ? '' : `, seen ${Math.round(does.latency)} ms late`
      return `speech ${does.state}${late}`
    }
    case 'transcript':
      return `${does.final ? 'final' : 'interim'} ${JSON.stringify(does.text)}`
    case 'turn':
      return `turn ${does.state}${does.text === '' ? '' : ` ${JSON.stringify(does.text)}`}`
    case 'response':
      return `response #${does.response} ${does.state}${does.state === 'started' ? `: ${does.reason}` : ''}`
    case 'audible': {
      const after =
        does.answerMs === undefined ? '' : `, ${Math.round(does.answerMs)} ms after the caller`
      return `begins to be heard #${does.response}${after}`
    }
    case 'first-audio':
      return `first sound of #${does.response}`
    case 'over':
      return `#${does.response} is over${does.cut ? ', cut' : ''}`
    case 'tool':
      return `calls ${does.name} ${JSON.stringify(does.arguments)}`
    case 'tool-result':
      return `${does.name} gives ${does.result}`
    case 'interrupt':
      return `interrupt ${does.phase} through #${does.through}: ${does.reason}`
    case 'handoff':
      return handoffText(does)
    case 'vars':
      return does.changed.length === 0 ? undefined : varsText(does.changed, does.vars)
    case 'frame': {
      const { port, frame } = does
      return frame.type === 'audio'
        ? undefined
        : `gets ${frame.type} at ${port.port}: ${JSON.stringify(contentOf(frame))}`
    }
    case 'emitted':
      return `gives ${does.frame.type}`
    case 'ended':
      return `ended: ${does.reason}${does.error === '' ? '' : ` (${does.error})`}`
  }
}

/** Variables and their values: `caller_name is "Ada"`. */
export const varsText = (
  names: readonly string[],
  vars: Readonly<Record<string, unknown>>,
): string => names.map((name) => `${name} is ${JSON.stringify(vars[name]) ?? 'not set'}`).join(', ')

const cut = (text: string): string =>
  text.length > longestText ? `${text.slice(0, longestText)}…` : text
