import type { Clock } from 'voxgraph/plugin'
import type { Bot } from './bot.ts'
import type { Participant } from './messages.ts'

/** What `waitForCaller` takes. */
export interface WaitInit {
  readonly bot: Bot
  readonly clock: Clock
  /** Gives up waiting when it is aborted. */
  readonly signal: AbortSignal
  /** How long to wait, in ms; for ever where it is undefined. */
  readonly withinMs: number | undefined
}

/** Players of recordings are in a room as people are, and say nothing of their own. */
const isPerson = ({ kind }: Participant): boolean => kind !== 'remote-media-player'

/**
 * The first who is in the room beside the bot, or comes. Undefined when nobody did in time, or waiting was given up.
 * @throws VoxgraphError what ended the bot's stay, where that was a failure
 */
export async function waitForCaller(init: WaitInit): Promise<Participant | undefined> {
  const { bot, clock, signal, withinMs } = init
  const there = [...bot.people.values()].find(isPerson)
  if (there !== undefined) return there
  const { promise, resolve, reject } = Promise.withResolvers<Participant | undefined>()
  const give = (): void => resolve(undefined)
  const watching = bot.told.subscribe((told) => {
    if (told.type === 'participant' && told.state === 'joined' && isPerson(told.who)) {
      resolve(told.who)
    }
  })
  void bot.ended.then(({ failure }) => (failure === undefined ? give() : reject(failure)))
  signal.addEventListener('abort', give, { once: true })
  const late = withinMs === undefined ? undefined : clock.after(withinMs, give)
  try {
    if (signal.aborted) return undefined
    return await promise
  } finally {
    late?.()
    watching.unsubscribe()
    signal.removeEventListener('abort', give)
  }
}
