import type { StageName } from '../graph/budgets-schema.ts'

/**
 * When what happened on the way to an answer, in ms on the session clock; undefined: it did not, or nobody
 * saw it. In the order in which one waits for the other; the clock may show another order: a guess is asked
 * before the turn has ended.
 */
export interface TurnEdges {
  /** True beginning and true end of the caller's speech: the detector's events, less what they say of their delay. */
  readonly speechStartedAt: number | undefined
  readonly speechEndedAt: number | undefined
  /** The detector told the end of speech. */
  readonly vadAt: number | undefined
  /** The last final transcript of the turn came. */
  readonly transcriptAt: number | undefined
  /** The conversation decided that the turn is over. */
  readonly turnEndedAt: number | undefined
  /** The model was asked, for a guess too; where nobody tells, the response began. */
  readonly askedAt: number | undefined
  /** It was asked for the last time before it said something: with the results of tools. */
  readonly askedAgainAt: number | undefined
  readonly firstTextAt: number | undefined
  /** The first sentence was whole. */
  readonly firstSpanAt: number | undefined
  /** The first sound was made. */
  readonly firstAudioAt: number | undefined
  /** The caller began to hear it. */
  readonly heardAt: number | undefined
}

/**
 * Where the time from the caller's last sound to the first of the answer went, in ms. Each part begins where
 * the one before ended, so they add up to the whole, exactly. What went on meanwhile and was waited for by
 * nobody is 0; undefined: it did not happen.
 */
export interface TurnParts {
  /** True end of speech → the detector says so. */
  readonly vad: number | undefined
  /** → the final transcript, or the end of the turn if nobody waited for it any longer. */
  readonly stt: number | undefined
  /** → the turn is over: silence that had to pass, a model of turns that had to be sure. */
  readonly endpointing: number | undefined
  /** → the model is asked. After an interruption the ledger is waited for, 50 ms at most. */
  readonly queue: number | undefined
  /** → the model is asked with the results of tools, where it said nothing before. */
  readonly tools: number | undefined
  /** → its first text: what others call time to first token. */
  readonly llm: number | undefined
  /** → the first sentence is whole; 0 with a voice that does not wait for it. */
  readonly sentence: number | undefined
  /** → the first sound is made: what others call time to first byte. */
  readonly tts: number | undefined
  /** → the caller hears it. */
  readonly playout: number | undefined
}

/** What one node gave of an answer, in ms on the session clock; the first and the last of it. */
export interface NodeEdges {
  readonly firstTextAt: number | undefined
  /** Of a transport: heard. */
  readonly firstAudioAt: number | undefined
  readonly doneAt: number | undefined
}

/** One answer of the bot and what led to it: made once, never changed. */
export interface TurnRecord {
  /** Which answer to the caller it is, from 1; 0 for what answers nothing: a greeting, a sentence after a silence. */
  readonly number: number
  /** Number of the response. */
  readonly response: number
  /** `start` for the greeting, `turn` for an answer. */
  readonly reason: string
  /** What the caller said. */
  readonly heard: string
  /** What the bot set out to say. */
  readonly said: string
  readonly edges: TurnEdges
  readonly parts: TurnParts
  /** From the true end of speech (or the first edge there is) to the first sound heard; undefined: it was not heard. */
  readonly totalMs: number | undefined
  /** How long the model had been at work when the turn ended, because it was asked on a guess. */
  readonly hiddenMs: number
  /** By node. */
  readonly nodes: Readonly<Record<string, NodeEdges>>
  /** Tools it asked for. */
  readonly tools: number
  /** How often it was held because the caller seemed to speak, and for how long in all. */
  readonly holds: number
  readonly heldForMs: number
  /** The slowest hold: from the detector's event until the sound stood still; undefined: nothing sounded. */
  readonly holdMs: number | undefined
  /** It was cut: after so many ms of it had been heard. */
  readonly cutAfterMs: number | undefined
  /** From the true beginning of the voice that cut it to the last sound of it. */
  readonly yieldMs: number | undefined
}

/** Steps of a turn and what stands in their way, first to last. */
const steps: readonly (readonly [keyof TurnParts, keyof TurnEdges])[] = [
  ['vad', 'vadAt'],
  ['stt', 'transcriptAt'],
  ['endpointing', 'turnEndedAt'],
  ['queue', 'askedAt'],
  ['tools', 'askedAgainAt'],
  ['llm', 'firstTextAt'],
  ['sentence', 'firstSpanAt'],
  ['tts', 'firstAudioAt'],
  ['playout', 'heardAt'],
]

/** The parts in the order of time. */
export const partNames: readonly (keyof TurnParts & StageName)[] = steps.map(([name]) => name)

/**
 * Where the time went. An edge that came before the one it is waited for after counts from there, and one
 * that came after the sound was heard held nobody up, so the parts are never negative and add up to the whole.
 */
export function partsOf(edges: TurnEdges): {
  readonly parts: TurnParts
  readonly totalMs: number | undefined
} {
  const { heardAt, speechEndedAt, turnEndedAt = Infinity } = edges
  const end = heardAt ?? Infinity
  const all = [speechEndedAt, ...steps.map(([, edge]) => edges[edge])]
  const begin = Math.min(end, all.find((at) => at !== undefined) ?? end)
  let reached = begin
  const pairs = steps.map(([name, edge]) => {
    const at = edges[edge]
    if (at === undefined) return [name, undefined] as const
    const latest = name === 'stt' ? Math.min(end, turnEndedAt) : end
    const until = Math.max(reached, Math.min(at, latest))
    const part = until - reached
    reached = until
    return [name, part] as const
  })
  const parts = Object.fromEntries(pairs) as unknown as TurnParts
  return { parts, totalMs: heardAt === undefined ? undefined : heardAt - begin }
}

/**
 * A time as records keep it: to 1/1024 ms. Differences and sums of such numbers are exact in floating point,
 * those of tenths are not.
 */
export const stamp = (at: number): number => Math.round(at * 1024) / 1024
