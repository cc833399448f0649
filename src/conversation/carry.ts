import type { Message } from '../define/index.ts'
import type { Carry, PlanAgent } from '../graph/plan-agents.ts'
import type { ConversationRecord, RecordEntry } from './record.ts'

/** What there is to hand on. */
export interface HandOn {
  readonly carry: Carry
  /** The last so many things the caller said have not been answered: they are carried in any case. */
  readonly unanswered: number
  /** The call by which it is handed on: nobody else's affair. */
  readonly callId: string
  readonly isCut: (response: number) => boolean
}

/** The entries of a record that go to the next agent. A summary goes beside them, and is no entry. */
export function carried(record: ConversationRecord, handOn: HandOn): readonly RecordEntry[] {
  const { carry, unanswered, callId, isCut } = handOn
  const told = record.entries.flatMap((entry) => {
    const message = record.messageOf(entry, isCut)
    const isOwn = entry.kind === 'tool' && entry.callId === callId
    return message === undefined || isOwn ? [] : [{ entry, message }]
  })
  const asked = told.filter(({ message }) => message.role === 'user')
  // Whoever speaks is to know of work that goes on, and to tell what comes of it or has just come.
  const jobs = told.filter(({ entry }) => carry !== 'none' && isOpenJob(entry))
  const owed = new Set(unanswered > 0 ? asked.slice(-unanswered) : [])
  const chosen = new Set(carry === 'all' ? told.filter(isNoNote) : chosenWords(told, carry))
  const others = new Set([...owed, ...jobs])
  return told.filter((one) => chosen.has(one) || others.has(one)).map(({ entry }) => entry)
}

/** What an agent that broke down would have told another of its own accord; it sums nothing up any more. */
export function carryBetween(from: PlanAgent | undefined, to: string): Carry {
  const way = from?.handoffs.find(({ target }) =>
    target.kind === 'agent' ? target.agent === to : target.kind === 'back',
  )
  return way === undefined || way.carry === 'summary' ? 'transcript' : way.carry
}

/** How many things the caller has said to which nothing has been answered. */
export function unansweredIn(record: ConversationRecord, isCut: HandOn['isCut']): number {
  const roles = record.entries.map((entry) => record.messageOf(entry, isCut)?.role)
  const answered = roles.lastIndexOf('assistant')
  return roles.slice(answered + 1).filter((role) => role === 'user').length
}

const isOpenJob = (entry: RecordEntry): boolean =>
  entry.kind === 'tool' && entry.isJob && (entry.result === undefined || entry.isNews)

interface Told {
  readonly entry: RecordEntry
  readonly message: Message
}

/** What one agent was told on arrival is not for the next. */
const isNoNote = ({ message }: Told): boolean => message.role !== 'handoff'

function chosenWords(told: readonly Told[], carry: Exclude<Carry, 'all'>): readonly Told[] {
  if (carry === 'none' || carry === 'summary') return []
  const words = told.filter(({ message: { role } }) => role === 'user' || role === 'assistant')
  return carry === 'transcript' ? words : lastMessages(words, carry.last)
}

/** The last `count` messages as the model counts them: what the caller says in one go is one. */
function lastMessages(words: readonly Told[], count: number): readonly Told[] {
  let messages = 0
  let from = words.length
  for (let index = words.length - 1; index >= 0; index--) {
    const isMore =
      words[index]?.message.role === 'user' && words[index + 1]?.message.role === 'user'
    if (!isMore && ++messages > count) break
    from = index
  }
  return words.slice(from)
}

/** What a hand-off carries, as its frames tell it. */
export const carryName = ({ carry }: Pick<HandOn, 'carry'>): string =>
  typeof carry === 'string' ? carry : `last ${carry.last}`
