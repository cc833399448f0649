import {
  audio,
  createCallFrames,
  dtmf,
  message,
  transcript,
  type Clock,
  type Connection,
  type DtmfFrame,
  type Frame,
  type Json,
  type Log,
  type MessageFrame,
} from 'voxgraph/plugin'
import type { Bot } from './bot.ts'
import { createHandOver } from './hand-over.ts'
import type { FromPage, Participant } from './messages.ts'
import { createMouth } from './mouth.ts'
import { isOnPhone } from './transfer.ts'

const sampleRate = 48_000
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
  const { bot, caller, log } = init
  const { frames, emit, finish } = createCallFrames()
  const mouth = createMouth(bot)
  const handOver = createHandOver(init, mouth, () => finish())
  let closing: Promise<void> | undefined
  const sound = bot.sound.subscribe((samples) => emit(audio({ role: 'user', samples, sampleRate })))
  const told = bot.told.subscribe((event) => {
    const frame = frameOf(event, caller)
    if (frame !== undefined) emit(frame)
    const isGone = event.type === 'participant' && event.who.id === caller.id
    // Whoever is given to somebody else leaves us, and has not hung up: the runtime is told of that first.
    if (isGone && event.state === 'left' && !handOver.isMoving) finish()
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
    play: ({ samples }) => mouth.play(samples),
    clear: () => mouth.clear(),
    played: () => mouth.playedMs(),
    send: (frame) => {
      send(bot, caller, frame).catch((thrown: unknown) => log.warn(`not sent: ${String(thrown)}`))
    },
    transfer: (destination, how) => handOver.transfer(destination, how),
    close() {
      closing ??= (async () => {
        sound.unsubscribe()
        told.unsubscribe()
        finish()
        const isKept = await handOver.windUp()
        await bot.leave()
        await init.left(isKept)
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
