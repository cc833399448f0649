import type { Message } from 'voxgraph/plugin'

type Called = Extract<Message, { readonly role: 'tool' }>
/** A tool that was told as being at work has answered. */
export interface LateResult {
  readonly role: 'late'
  readonly name: string
  readonly result: Called['result']
}

/**
 * Tools that the model was told are at work. When one of them has answered it stays at work where it was
 * called, and the answer is told where the conversation is by then; from then on it stays there. So nothing
 * that was said before changes, and the model sees the answer when it comes. One for each brain.
 */
export class LateResults {
  /** By call: how many messages stand between the call and its answer; undefined while there is none. */
  readonly #told = new Map<string, number | undefined>()

  /** The messages with late answers in their place. Remembers what is told by it. */
  place(messages: readonly Message[]): readonly (Message | LateResult)[] {
    const calls = new Set(messages.flatMap((one) => (one.role === 'tool' ? [one.callId] : [])))
    for (const callId of this.#told.keys()) if (!calls.has(callId)) this.#told.delete(callId)
    const late = new Map<number, LateResult[]>()
    const told = messages.map((message, index) => {
      if (message.role !== 'tool') return message
      const { callId, name, result } = message
      if (result.status === 'pending') {
        this.#told.set(callId, undefined)
        return message
      }
      if (!this.#told.has(callId)) return message
      const last = messages.length - 1
      const between = this.#told.get(callId) ?? last - index
      this.#told.set(callId, between)
      const place = Math.min(index + between, last)
      late.set(place, [...(late.get(place) ?? []), { role: 'late', name, result }])
      return { ...message, result: { status: 'pending' } } as const
    })
    return told.flatMap((message, index) => [message, ...(late.get(index) ?? [])])
  }
}
