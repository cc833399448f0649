import { VoxgraphError } from 'voxgraph/plugin'
import type { Bot } from './bot.ts'
import type { DialEvent } from './messages.ts'

/** What `ring` takes. */
export interface RingInit {
  readonly bot: Bot
  /** `+1555…`, or `sip:…` */
  readonly to: string
  /** Number that is shown to whoever is called; one of the account. */
  readonly callerId: string | undefined
  /** Stops ringing when it is aborted. */
  readonly signal: AbortSignal
  /** What whoever answers may hear at first; everything unless given. */
  readonly permissions?: object
}

/** Events after which nobody will answer. */
const ends: readonly DialEvent[] = ['dialout-error', 'dialout-stopped']

/**
 * Calls somebody into the room of a bot. Resolves to the id in the room of whoever has answered.
 * @throws VoxgraphError `dial-failed`
 */
export async function ring({ bot, to, callerId, signal, permissions }: RingInit): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  promise.catch(() => undefined)
  const fail = (reason: string): void => reject(new VoxgraphError('dial-failed', { to, reason }))
  let session: string | undefined
  // Daily tells of each call by its session; before ours is known there is no other.
  const watching = bot.told.subscribe((told) => {
    if (told.type !== 'dial' || (session !== undefined && told.session !== session)) return
    if (told.event === 'dialout-answered') resolve(told.session)
    else if (ends.includes(told.event)) fail(told.reason || 'nobody answered')
  })
  const give = (): void => fail('it is not wanted any more')
  signal.addEventListener('abort', give, { once: true })
  void bot.ended.then(({ reason }) => fail(reason))
  try {
    signal.throwIfAborted()
    const answer = await bot.call('startDialOut', {
      ...(to.startsWith('sip:') ? { sipUri: to } : { phoneNumber: to }),
      ...(callerId !== undefined && !to.startsWith('sip:') && { callerId }),
      ...(permissions !== undefined && { permissions }),
    })
    session = sessionOf(answer)
    return await promise
  } catch (thrown) {
    if (session !== undefined) await stop(bot, session)
    if (thrown instanceof VoxgraphError && thrown.code === 'dial-failed') throw thrown
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new VoxgraphError('dial-failed', { to, reason }, { cause: thrown })
  } finally {
    watching.unsubscribe()
    signal.removeEventListener('abort', give)
  }
}

/** Lets go of whoever rings or was called; harmless when nobody is there. */
export const stop = async (bot: Bot, session: string): Promise<void> => {
  await bot.call('stopDialOut', { sessionId: session }).catch(() => undefined)
}

function sessionOf(answer: unknown): string | undefined {
  const { session } = (answer ?? {}) as { readonly session?: { readonly sessionId?: unknown } }
  return typeof session?.sessionId === 'string' ? session.sessionId : undefined
}
