import {
  audio,
  createCallFrames,
  dtmf,
  message,
  transcript,
  type Cancel,
  type Clock,
  type Connection,
  type DtmfFrame,
  type Frame,
  type Json,
  type Log,
  type MessageFrame,
} from 'voxgraph/plugin'
import type { Bot } from './bot.ts'
import { destinationOf } from './destination.ts'
import type { FromPage, Participant } from './messages.ts'
import { isOnPhone, transferCall } from './transfer.ts'

const sampleRate = 48_000
const samplesPerMs = 48
/** Longest message that is sent to a page, in characters; Daily takes 4096 bytes, and says so itself. */
const longestMessage = 65_536

/** Longest text that is typed at a time, in UTF-16 units. */
const longestText = 4000

/** What `connectCaller` takes. */
export interface CallerInit {
  readonly bot: Bot
  /** Who calls: everybody else in the room is neither heard nor listened to. */
  readonly caller: Participant
  /** Variables of the call. */
  readonly call: Readonly<Record<string, unknown>>
  readonly clock: Clock
  readonly log: Log
  /** Where calls may be given to, by the name of a queue. */
  readonly queues: Readonly<Record<string, string>>
  readonly callerId: string | undefined
  readonly refer: boolean
  /** Others may go on in the room when the bot has left. */
  readonly mayStay: boolean
  /** The call is over and the bot has left; `isKept`: others go on in the room. Called once. */
  readonly left: (isKept: boolean) => Promise<void>
}

/**
 * The call of somebody in a room. What comes before anybody subscribes is kept (`CallFrames`). It completes when
 * the caller leaves or the bot is put out of the room, and fails with `page-crashed`, `page-stuck` or `room-failed`.
 */
export function connectCaller(init: CallerInit): Connection {
  const { bot, caller, clock, log } = init
  const { frames, emit, finish } = createCallFrames()
  /** Where a brief begins that a human is told now, in samples of the bot's. */
  let briefFrom: number | undefined
  /** Samples that were played of briefs. */
  let briefed = 0
  /** Samples for the caller that came during one: nobody is to hear them. */
  let swallowed = 0
  let playedMs = 0
  let isMoving = false
  let winding: Promise<unknown> | undefined
  const closed = new AbortController()
  let cancelEnd: Cancel = () => undefined
  let isKept = false
  let closing: Promise<void> | undefined
  const sound = bot.sound.subscribe((samples) => emit(audio({ role: 'user', samples, sampleRate })))
  const told = bot.told.subscribe((event) => {
    const frame = frameOf(event, caller)
    if (frame !== undefined) emit(frame)
    const isGone = event.type === 'participant' && event.who.id === caller.id
    // Whoever is given to somebody else leaves us, and has not hung up: the runtime is told of that first.
    if (isGone && event.state === 'left' && !isMoving) finish()
  })
  void bot.ended.then(({ failure, reason }) => {
    if (failure === undefined) log.info(`the bot is out of the room: ${reason}`)
    finish(failure)
  })
  bot.listen(caller.id)
  if (!bot.people.has(caller.id)) finish()
  return {
    call: init.call,
    frames,
    play({ samples }) {
      if (briefFrom === undefined) bot.play(samples)
      else swallowed += samples.length
    },
    clear() {
      if (briefFrom === undefined) bot.clear()
    },
    played: () => {
      const samples = Math.min(bot.playedSamples, briefFrom ?? Infinity) - briefed + swallowed
      playedMs = Math.max(playedMs, samples / samplesPerMs)
      return playedMs
    },
    send: (frame) => {
      send(bot, caller, frame).catch((thrown: unknown) => log.warn(`not sent: ${String(thrown)}`))
    },
    async transfer(destination, transferInit) {
      isMoving = transferInit.brief === undefined && isOnPhone(caller)
      const transferring = transferCall({
        ...transferInit,
        signal: AbortSignal.any([transferInit.signal, closed.signal]),
        mayStay: init.mayStay,
        bot,
        caller,
        clock,
        to: destinationOf(destination, init.queues),
        callerId: init.callerId,
        refer: init.refer,
        onBrief(from) {
          if (briefFrom !== undefined) briefed += Math.max(0, bot.playedSamples - briefFrom)
          briefFrom = from
        },
      })
      // Whoever was called for a caller who has gone is let go before the bot leaves.
      if (!isMoving) winding = transferring.catch(() => undefined)
      try {
        isKept = await transferring
      } finally {
        isMoving = false
        // Behind what the runtime makes of it.
        if (!bot.people.has(caller.id)) cancelEnd = clock.after(0, () => finish())
      }
    },
    close() {
      closing ??= (async () => {
        sound.unsubscribe()
        told.unsubscribe()
        cancelEnd()
        finish()
        closed.abort(new DOMException('the call is over', 'AbortError'))
        await winding
        // Nobody is left alone in a room with whoever was called for somebody who has gone.
        const staysOpen = isKept && bot.people.has(caller.id)
        await bot.leave()
        await init.left(staysOpen)
      })()
      return closing
    },
  }
}

/** Keys of a telephone are sent as such; a browser or an app gets them as a message. */
async function send(bot: Bot, caller: Participant, frame: DtmfFrame | MessageFrame): Promise<void> {
  if (frame.type === 'dtmf' && isOnPhone(caller)) {
    await bot.call('sendDTMF', { sessionId: caller.id, tones: frame.digit })
    return
  }
  const said =
    frame.type === 'dtmf'
      ? { type: 'dtmf', digit: frame.digit }
      : { type: 'message', name: frame.name, data: frame.data }
  const { length } = JSON.stringify(said)
  if (length > longestMessage) throw new Error(`a message of ${length} characters`)
  await bot.call('sendAppMessage', said, caller.id)
}

/** What an event of the room is for the graph; undefined where it is nothing. */
function frameOf(event: FromPage, caller: Participant): Frame | undefined {
  if (event.type === 'dtmf') return keyOf(event.from === caller.id ? event.tone : undefined)
  // Only the caller speaks to the bot, and nobody can send what is told of others.
  if (event.type === 'message') return event.from === caller.id ? saidOf(event.data) : undefined
  if (event.type !== 'participant' || event.who.id === caller.id) return undefined
  const { id, name } = event.who
  return message({ name: `participant-${event.state}`, data: { id, name }, lane: 'user' })
}

/** A message of the caller's application: a key, typed words, a message with a name, or whatever else it is. */
function saidOf(data: unknown): Frame | undefined {
  const said = (typeof data === 'object' && data !== null ? data : {}) as {
    readonly type?: unknown
    readonly digit?: unknown
    readonly text?: unknown
    readonly name?: unknown
    readonly data?: Json
  }
  if (said.type === 'dtmf') return keyOf(said.digit)
  const text = typeof said.text === 'string' ? said.text.trim() : ''
  if (said.type === 'text' && text !== '' && text.length <= longestText) {
    return transcript({ text, final: true, typed: true })
  }
  const isOurs = said.type === 'message' && typeof said.name === 'string'
  if (isOurs && !String(said.name).startsWith('participant-')) {
    return message({ name: String(said.name), data: said.data ?? null, lane: 'user' })
  }
  return message({ name: 'app-message', data: (data ?? null) as Json, lane: 'user' })
}

const keyOf = (key: unknown): Frame | undefined =>
  typeof key === 'string' && /^[0-9A-D*#]$/.test(key)
    ? dtmf({ digit: key as DtmfFrame['digit'], lane: 'user' })
    : undefined
