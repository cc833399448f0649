import type { Message } from './brain.ts'

/** A tool call in what a model is told. */
export type ToolMessage = Extract<Message, { readonly role: 'tool' }>

/** Remarks that every model is told in the same words. */
export const remarks = {
  /** Behind an answer that was cut. */
  interrupted: '[The caller interrupted; of your last answer only what stands above was heard.]',
  /** In place of a result. */
  pending:
    'This is still at work. You are told when there is a result. Do not ask for the same again.',
} as const

/**
 * A value as a block of its own, in tags that the prompt explains. Nothing in it can end the block: it is JSON
 * without a `<`.
 */
export const dataBlock = (tag: string, value: unknown): string =>
  `<${tag}>\n${JSON.stringify(value).replaceAll('<', String.raw`\u003c`)}\n</${tag}>`

/** What another agent passed on, as data. Which hand-offs are used up changes, so it does not stand there. */
export const handoffBlock = ({
  from,
  pass,
  summary,
  failure,
}: Extract<Message, { readonly role: 'handoff' }>): string =>
  dataBlock('handoff', { from, pass, summary, failure })

/** Makes what takes the `<` from tags that mean something to the model: a caller's words cannot pass for ours. */
export function withoutTags(tags: readonly string[]): (text: string) => string {
  const meant = new RegExp(`<(?=/?(?:${tags.join('|')})\\b)`, 'gi')
  return (text) => text.replace(meant, '‹')
}

/**
 * Calls from a place on that the model made in one answer: they are told as they were asked for, at once.
 * Whose answer a call came in is in its id; where it is not, each stands alone, so that a later one does not
 * change how the first is told.
 *
 * @param answerOf the answer that a call came in; undefined for one that another brain asked for
 * @param isMeant false for a call that is told in another way
 */
export function callsOfAnswer(
  messages: readonly { readonly role: string }[],
  from: number,
  answerOf: (callId: string) => string | undefined,
  isMeant: (call: ToolMessage) => boolean = () => true,
): readonly ToolMessage[] {
  const calls: ToolMessage[] = []
  for (const message of messages.slice(from)) {
    const call = message as ToolMessage
    if (call.role !== 'tool' || !isMeant(call)) break
    const asked = answerOf(call.callId)
    const first = calls[0]
    if (first !== undefined && (asked === undefined || asked !== answerOf(first.callId))) break
    calls.push(call)
  }
  return calls
}

/** How far calls are that are still at work: true now, and not when the model is asked next. */
export const progressOf = (
  calls: readonly ToolMessage[],
  clean: (text: string) => string,
): readonly string[] =>
  calls.flatMap(({ name, result }) =>
    result.status === 'pending' && result.progress !== undefined
      ? [`${name} is at work: ${clean(result.progress)}`]
      : [],
  )
