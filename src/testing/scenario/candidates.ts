import type { TestEvent } from './events.ts'
import { handoffText } from '../../observe/handoff-text.ts'
import { contentOf } from './match.ts'
import type { Expected } from './scenario.ts'
import { varsText } from './time-line.ts'

/** How many are shown. */
const shown = 5

/** What happened instead of what was expected: the events of its kind, the latest ones. */
export function candidatesFor(what: Expected, events: readonly TestEvent[]): readonly string[] {
  if (what.type === 'says' || what.type === 'heard') return texts(what.type, events)
  const lines = events.flatMap((event) => {
    const told = tell(what, event)
    return told === undefined ? [] : [`${(event.at / 1000).toFixed(2)} s  ${told}`]
  })
  return lines.slice(-shown)
}

function texts(type: 'says' | 'heard', events: readonly TestEvent[]): readonly string[] {
  const found = new Map<number, { at: number; text: string }>()
  for (const { at, does } of events) {
    if (does.type !== (type === 'says' ? 'said' : 'heard')) continue
    const one = found.get(does.response) ?? { at, text: '' }
    found.set(does.response, { ...one, text: one.text + does.text })
  }
  return [...found.values()]
    .slice(-shown)
    .map(({ at, text }) => `${(at / 1000).toFixed(2)} s  ${JSON.stringify(cut(text))}`)
}

function tell(what: Expected, { does }: TestEvent): string | undefined {
  switch (what.type) {
    case 'tool':
      return does.type === 'tool' ? `${does.name} ${JSON.stringify(does.arguments)}` : undefined
    case 'handoff':
      return does.type === 'handoff' ? handoffText(does) : undefined
    case 'vars':
      return does.type === 'vars'
        ? varsText(
            what.fields.map(({ name }) => name),
            does.vars,
          )
        : undefined
    case 'turn':
      return does.type === 'turn' ? `${does.state} ${JSON.stringify(does.text)}` : undefined
    case 'answer':
      return does.type === 'audible' && does.answerMs !== undefined
        ? `answered after ${Math.round(does.answerMs)} ms`
        : undefined
    case 'interrupted':
    case 'held':
    case 'resumed':
      return does.type === 'interrupt' ? `${does.phase}: ${does.reason}` : undefined
    case 'ended':
      return does.type === 'ended' ? `ended: ${does.reason}` : undefined
    case 'frame': {
      if (does.type !== 'frame') return undefined
      const { node, port } = does.port
      if (node !== what.port.node || port !== what.port.port) return undefined
      const from = what.from === undefined ? '' : ` from ${does.frame.source}`
      return `${does.frame.type}${from} ${cut(JSON.stringify(contentOf(does.frame)))}`
    }
    default:
      return undefined
  }
}

const cut = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)
