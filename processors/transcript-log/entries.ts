import type {
  CorrectionFrame,
  HandoffFrame,
  Json,
  PlayoutFrame,
  ResponseFrame,
  TextFrame,
  ToolOutcome,
} from 'voxgraph/plugin'
import { createCorrections } from './corrections.ts'

/**
 * One line of the log. `at` is in ms on the session's clock, and in the file since the call began. A line is written when all of it is known, so
 * a sentence of the bot comes after the facts that happened while it was spoken.
 */
export type Entry =
  /** The call begins. `time` is the calendar time in ISO 8601. */
  | { readonly at: number; readonly kind: 'start'; readonly session: string; readonly time: string }
  /** What the caller said; final. */
  | {
      readonly at: number
      readonly kind: 'caller'
      readonly text: string
      readonly speaker?: string
      readonly language?: string
    }
  | BotEntry
  | {
      readonly at: number
      readonly kind: 'tool-call'
      readonly response: number
      readonly callId: string
      readonly name: string
      readonly arguments: { readonly [key: string]: Json }
    }
  | ({
      readonly at: number
      readonly kind: 'tool-result'
      readonly callId: string
      readonly name: string
    } & ToolOutcome)
  /** Every response up to `through` was cut. */
  | {
      readonly at: number
      readonly kind: 'interrupt'
      readonly through: number
      readonly reason: string
    }
  | HandoffEntry
  | { readonly at: number; readonly kind: 'end'; readonly reason: string }

/**
 * One agent gives the call to another: it begins (`started`), the floor is the next one's (`done`), or, because
 * that one did not start, the old one's again (`returned`).
 */
export interface HandoffEntry {
  readonly at: number
  readonly kind: 'handoff'
  readonly state: HandoffFrame['state']
  readonly from: string
  readonly to: string
  readonly reason: string
  /** What the old agent passes on; left out with the arguments of tools, and where it is nothing new. */
  readonly pass?: HandoffFrame['pass']
  /** What the next agent is told of what was said. */
  readonly context: string
}

/** A sentence of the bot: one span, or all of a response whose text nobody numbered. */
export interface BotEntry {
  /** When it began to be heard; when its text came, if it was not heard. */
  readonly at: number
  readonly kind: 'bot'
  /** Agent that says it, in a graph without agents its brain; left out when nobody told. */
  readonly agent?: string
  readonly response: number
  readonly span: number
  /** What was to be said. */
  readonly text: string
  /** How much of its sound was heard, in ms; null when nobody said. */
  readonly heardMs: number | null
  /** True when its response was cut before all of it was heard. */
  readonly interrupted: boolean
}

/** Puts the bot's text and what was heard of it together. */
export interface BotLedger {
  /** Whose a response is. */
  began(frame: ResponseFrame): void
  /** Collects text; text that is not spoken comes back at once. */
  take(frame: TextFrame): BotEntry | undefined
  /** What is really said of a span: what was written, before or after this, is not kept. */
  correct(frame: CorrectionFrame): void
  /** What is settled by a fact about playout. */
  heard(fact: PlayoutFrame): readonly BotEntry[]
  /** Responses up to `through` are cut. */
  cut(through: number): void
  /** What is left when the call is over. */
  rest(): readonly BotEntry[]
}

/** Responses whose agents are known at a time; text comes soon after its response has begun. */
const mostAgents = 100

/** Whose the last responses are. */
function createAgents(): Pick<BotLedger, 'began'> & { of(response: number): string | undefined } {
  const agents = new Map<number, string>()
  return {
    began({ response, agent, source }) {
      agents.set(response, agent || source)
      const [oldest] = agents.keys()
      if (agents.size > mostAgents && oldest !== undefined) agents.delete(oldest)
    },
    of: (response) => agents.get(response),
  }
}

interface Sentence {
  at: number
  readonly agent: string | undefined
  readonly response: number
  readonly span: number
  text: string
}

const entryOf = (sentence: Sentence, heardMs: number | null, isCut: boolean): BotEntry => ({
  at: sentence.at,
  kind: 'bot',
  ...(sentence.agent !== undefined && { agent: sentence.agent }),
  response: sentence.response,
  span: sentence.span,
  text: sentence.text.trim(),
  heardMs,
  interrupted: isCut,
})

/** Makes a ledger. It keeps the text that was not heard yet, and nothing of what was. */
export function createBotLedger(): BotLedger {
  const open = new Map<string, Sentence>()
  const agents = createAgents()
  const corrections = createCorrections()
  let cutThrough = 0
  let hasPlayout = false

  /** Takes out sentences of which nothing more will be heard. */
  function settle(isSettled: (sentence: Sentence) => boolean): BotEntry[] {
    const settled = [...open].filter(([, sentence]) => isSettled(sentence))
    for (const [key] of settled) open.delete(key)
    return settled
      .filter(([, { text }]) => text.trim() !== '')
      .map(([, sentence]) =>
        entryOf(sentence, hasPlayout ? 0 : null, sentence.response <= cutThrough),
      )
  }

  return {
    began: agents.began,
    take({ at, response, span, text, speak }) {
      const agent = agents.of(response)
      if (!speak) return entryOf({ at, agent, response, span, text }, null, false)
      const key = `${response}.${span}`
      const sentence = open.get(key)
      // The news of what is really said overtakes what was written.
      const said = corrections.of(response, span)
      if (sentence === undefined) open.set(key, { at, agent, response, span, text: said ?? text })
      else sentence.text = said ?? sentence.text + text
      return undefined
    },
    correct(frame) {
      corrections.take(frame)
      for (const sentence of open.values()) {
        const said = corrections.of(sentence.response, sentence.span)
        if (said !== undefined) sentence.text = said
      }
    },
    heard({ at, state, of, span, heardMs, cut }) {
      hasPlayout = true
      const sentence = open.get(`${of}.${span}`)
      if (state === 'started') {
        if (sentence !== undefined) sentence.at = at
        return settle(({ response }) => response < of)
      }
      if (state !== 'stopped') return []
      if (sentence !== undefined && (heardMs > 0 || cut)) {
        open.delete(`${of}.${span}`)
        return [entryOf(sentence, heardMs, cut)]
      }
      // A stop of span 0 without sound says that the whole response is over.
      return span === 0 ? settle(({ response }) => response === of) : []
    },
    cut(through) {
      cutThrough = Math.max(cutThrough, through)
    },
    rest: () => settle(() => true),
  }
}
