import { isDeepStrictEqual } from 'node:util'
import type { Frame, Json } from '../../frames/index.ts'
import type { HandoffDeed, TestEvent, TestEvents } from './events.ts'
import type { Expectation, Expected, ExpectedHandoff, FieldPattern } from './scenario.ts'

/** Looks for an event among those that come after a place in the record. */
export interface Search {
  /** Number of the event that was expected, once it is there; looks on where it left off. */
  find(): number | undefined
}

/** Begins to look for what is expected, from event number `from` on. */
export function createSearch(
  events: TestEvents,
  { what, agent }: Expectation,
  from: number,
): Search {
  let next = what.type === 'vars' ? lastVars(events, from) : from
  /** What has been said or heard since `from`, by response. */
  const texts = new Map<number, string>()
  function isIt(event: TestEvent): boolean {
    if (agent !== undefined && !events.isBy(event, agent)) return false
    const { does } = event
    const isWords = what.type === 'says' || what.type === 'heard'
    if (!isWords) return isExpected(what, event, events)
    if (does.type !== (what.type === 'says' ? 'said' : 'heard')) return false
    const text = joined(texts.get(does.response) ?? '', does.text)
    texts.set(does.response, text)
    return what.pattern.test(text)
  }
  return {
    find() {
      for (; next < events.all.length; next++) {
        const event = events.all[next]
        if (event !== undefined && isIt(event)) return next++
      }
      return undefined
    },
  }
}

/** Spans follow each other without a space between them. */
const joined = (before: string, text: string): string =>
  before === '' || /\s$/.test(before) || !/[.!?…]$/.test(before)
    ? before + text
    : `${before} ${text}`

/** Variables keep their values, so what was set before counts. */
const lastVars = ({ all }: TestEvents, from: number): number =>
  Math.max(
    0,
    all.slice(0, from).findLastIndex(({ does }) => does.type === 'vars'),
  )

function isExpected(what: Expected, { does }: TestEvent, events: TestEvents): boolean {
  switch (what.type) {
    case 'agent':
      return does.type === 'response' && does.state === 'started'
    case 'tool':
      return (
        does.type === 'tool' &&
        does.name === what.name &&
        what.with.every((field) => fits(field, does.arguments[field.name]))
      )
    case 'turn':
      return (
        does.type === 'turn' &&
        does.state === what.state &&
        (what.text === undefined || what.text.test(does.text))
      )
    case 'answer':
      return does.type === 'audible' && does.answerMs !== undefined && does.answerMs <= what.mostMs
    case 'interrupted':
      return (
        does.type === 'interrupt' &&
        does.phase === 'confirm' &&
        does.makers.length > 0 &&
        (what.node === undefined ||
          does.makers.some((maker) => events.isOf(maker, what.node ?? '')))
      )
    case 'handoff':
      return does.type === 'handoff' && isHandoff(what, does)
    case 'vars':
      return (
        does.type === 'vars' &&
        what.fields.every((field) => fits(field, does.vars[field.name] as Json | undefined))
      )
    case 'held':
      return does.type === 'interrupt' && does.phase === 'suspect'
    case 'resumed':
      return does.type === 'interrupt' && does.phase === 'reject'
    case 'ended':
      return does.type === 'ended' && (what.reason === undefined || what.reason.test(does.reason))
    case 'frame':
      return does.type === 'frame' && isFrame(what, does.port, does.frame, events)
    default:
      return false
  }
}

const isHandoff = (what: ExpectedHandoff, does: HandoffDeed): boolean =>
  does.state === what.state &&
  (what.to ?? does.to) === does.to &&
  (what.from ?? does.from) === does.from &&
  (what.context ?? does.context) === does.context &&
  what.reason?.test(does.reason) !== false &&
  what.pass.every((field) => fits(field, does.pass[field.name]))

function isFrame(
  what: Extract<Expected, { type: 'frame' }>,
  port: { readonly node: string; readonly port: string },
  frame: Frame,
  events: TestEvents,
): boolean {
  if (port.node !== what.port.node || port.port !== what.port.port) return false
  if (what.frame !== undefined && frame.type !== what.frame) return false
  if (what.from !== undefined && !events.isOf(frame.source, what.from)) return false
  const value = contentOf(frame)
  if (what.equals !== undefined && !isDeepStrictEqual(value, what.equals)) return false
  return what.matches === undefined || what.matches.test(textOf(value))
}

const fits = ({ equals, matches }: FieldPattern, value: Json | undefined): boolean =>
  value !== undefined &&
  (matches === undefined ? isDeepStrictEqual(value, equals) : matches.test(textOf(value)))

/** What a frame says: its text, its key or its data. */
export function contentOf(frame: Frame): Json {
  switch (frame.type) {
    case 'text':
    case 'transcript':
      return frame.text
    case 'dtmf':
      return frame.digit
    case 'message':
      return frame.data
    default:
      return frame.type
  }
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))
