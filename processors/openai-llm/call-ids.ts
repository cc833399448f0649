import { randomUUID } from 'node:crypto'

/** Makes the name of an answer: eight characters, for the ids of its calls. */
export const newAnswer = (): string => randomUUID().slice(0, 8)

/**
 * Id of a tool call: the answer that it came in, and its place there. Nine letters and digits, which is what
 * the strictest of the servers takes. Ours, because some servers give none, or the same twice.
 */
export const callIdOf = (answer: string, index: number): string => answer + index.toString(36)

/** Most calls of one answer that have an id of their own. */
export const mostCalls = 36

/** The answer that a call came in; undefined for one that another brain asked for. */
export const answerOf = (callId: string): string | undefined =>
  /^([0-9a-f]{8})[0-9a-z]$/.exec(callId)?.[1]
