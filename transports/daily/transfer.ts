import { VoxgraphError, type AudioFrame, type Clock, type TransferInit } from 'voxgraph/plugin'
import type { Bot } from './bot.ts'
import { ring, stop } from './dial.ts'
import type { FromPage, Participant } from './messages.ts'

/** How far ahead of what is played a brief is handed over, in ms. */
const leadMs = 200
/** How often it is looked how much was played, in ms. */
const lookMs = 20
const samplesPerMs = 48

/** What `transferCall` takes. */
export interface TransferCallInit extends TransferInit {
  readonly bot: Bot
  readonly caller: Participant
  readonly clock: Clock
  /** `+1555…`, or `sip:…` */
  readonly to: string
  readonly callerId: string | undefined
  /** Hands a telephone call back to its carrier (SIP REFER) where it is given away cold. */
  readonly refer: boolean
  /** Caller and human may stay in the room when the bot goes. */
  readonly mayStay: boolean
  /**
   * Told from which sample of the bot's on a human is briefed, and undefined when that is over: what is played
   * between is no sound of the call's.
   */
  readonly onBrief: (from: number | undefined) => void
}

/** True for somebody who came over the telephone, or was called there. */
export const isOnPhone = ({ kind }: Participant): boolean => /^(sip|pstn)-/.test(kind)

/**
 * Gives the caller to somebody else. Cold, a call of the telephone is moved by Daily and leaves the room;
 * otherwise whoever is to take it is called into the room, and the two of them stay there when the bot goes. Warm,
 * the human hears nobody but the bot until the brief is over, and the caller hears nobody.
 *
 * @returns true when caller and human stay in the room
 * @throws VoxgraphError `dial-failed` or `room-failed`; the call goes on
 */
export async function transferCall(init: TransferCallInit): Promise<boolean> {
  const { bot, caller, to, brief, callerId, refer, signal } = init
  if (brief === undefined && isOnPhone(caller)) {
    const isNumber = !to.startsWith('sip:')
    const moved = bot.call(refer ? 'sipRefer' : 'sipCallTransfer', {
      sessionId: caller.id,
      toEndPoint: to,
      ...(isNumber && !refer && callerId !== undefined && { callerId }),
    })
    // A caller who has left the room is on the way, whenever Daily answers.
    await untilGone(bot, caller.id, moved)
    return false
  }
  if (!init.mayStay)
    throw new Error('the bot is always in this room, and leaves nobody alone there')
  const onlyBot = { base: false, byParticipantId: { [bot.session]: { audio: true } } }
  const human = await ring({
    bot,
    to,
    callerId,
    signal,
    ...(brief !== undefined && { permissions: { canReceive: onlyBot } }),
  })
  if (brief === undefined) return true
  try {
    await allow(bot, { [caller.id]: { base: false } })
    await speakBrief(init, human, brief)
    signal.throwIfAborted()
    await allow(bot, { [caller.id]: { base: true }, [human]: { base: true } })
    return true
  } catch (thrown) {
    await stop(bot, human)
    await allow(bot, { [caller.id]: { base: true } }).catch(() => undefined)
    throw thrown
  }
}

/** True when somebody is not in the room any more. */
const isGone = (told: FromPage, id: string): boolean =>
  told.type === 'participant' && told.state === 'left' && told.who.id === id

/** Waits for work, or until somebody has left the room. */
async function untilGone(bot: Bot, id: string, work: Promise<unknown>): Promise<void> {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const watching = bot.told.subscribe((told) => {
    if (isGone(told, id)) resolve()
  })
  try {
    await Promise.race([work, gone])
  } finally {
    watching.unsubscribe()
    work.catch(() => undefined)
  }
}

/** Says who may hear what, participant by participant. */
async function allow(bot: Bot, canReceive: Readonly<Record<string, object>>): Promise<void> {
  const updates = Object.entries(canReceive).map(([id, may]) => [
    id,
    { updatePermissions: { canReceive: may } },
  ])
  await bot.call('updateParticipants', Object.fromEntries(updates))
}

/**
 * Plays the brief to its end, at the pace of hearing.
 * @throws VoxgraphError `dial-failed` when the human goes meanwhile
 */
async function speakBrief(init: TransferCallInit, human: string, brief: string): Promise<void> {
  const { bot, to, clock, speak, onBrief } = init
  const left = new AbortController()
  const signal = AbortSignal.any([init.signal, left.signal])
  const watching = bot.told.subscribe((told) => {
    const isStopped = told.type === 'dial' && told.event === 'dialout-stopped'
    if (isGone(told, human) || (isStopped && told.session === human)) {
      left.abort(new VoxgraphError('dial-failed', { to, reason: 'they hung up' }))
    }
  })
  // Behind what the caller is still to hear.
  let handed = bot.playedSamples + bot.waitingSamples
  onBrief(handed)
  const untilPlayed = async (until: number): Promise<void> => {
    while (bot.playedSamples < until && !bot.isOver) await clock.sleep(lookMs, signal)
  }
  try {
    const frames: readonly AudioFrame[] = (await speak?.(brief)) ?? []
    for (const { samples } of frames) {
      await untilPlayed(handed - leadMs * samplesPerMs)
      signal.throwIfAborted()
      bot.play(samples)
      handed += samples.length
    }
    await untilPlayed(handed)
    signal.throwIfAborted()
  } catch (thrown) {
    // Nobody is to hear the rest.
    bot.clear()
    throw thrown
  } finally {
    watching.unsubscribe()
    onBrief(undefined)
  }
}
