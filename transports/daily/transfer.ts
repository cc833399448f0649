import { VoxgraphError, type AudioFrame, type Clock, type TransferInit } from 'voxgraph/plugin'
import type { Bot } from './bot.ts'
import { ring, stop } from './dial.ts'
import type { Participant } from './messages.ts'

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
  /** Told how many samples of a brief were handed over: they are no sound of the call's. */
  readonly onBrief: (samples: number) => void
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
    await bot.call(refer ? 'sipRefer' : 'sipCallTransfer', {
      sessionId: caller.id,
      toEndPoint: to,
      ...(isNumber && !refer && callerId !== undefined && { callerId }),
    })
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
    await speakBrief(init, brief)
    signal.throwIfAborted()
    // The two of them are left to each other: the caller is not left to nobody.
    if (!bot.people.has(human)) {
      throw new VoxgraphError('dial-failed', { to, reason: 'whoever answered hung up' })
    }
    await allow(bot, { [caller.id]: { base: true }, [human]: { base: true } })
    return true
  } catch (thrown) {
    await stop(bot, human)
    await allow(bot, { [caller.id]: { base: true } }).catch(() => undefined)
    throw thrown
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

/** Plays the brief to its end, at the pace of hearing. */
async function speakBrief(
  { bot, clock, speak, signal, onBrief }: TransferCallInit,
  brief: string,
): Promise<void> {
  const frames: readonly AudioFrame[] = (await speak?.(brief)) ?? []
  let handed = bot.playedSamples
  const untilPlayed = async (to: number): Promise<void> => {
    while (bot.playedSamples < to && !bot.isOver) await clock.sleep(lookMs, signal)
  }
  for (const { samples } of frames) {
    await untilPlayed(handed - leadMs * samplesPerMs)
    bot.play(samples)
    onBrief(samples.length)
    handed += samples.length
  }
  await untilPlayed(handed)
}
