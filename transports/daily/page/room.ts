import Daily, {
  type DailyCall,
  type DailyEvent,
  type DailyEventObjectDtmfEvent,
  type DailyEventObjectTrack,
  type DailyParticipant,
} from '@daily-co/daily-js'
import type { CallMessage, DialEvent, FromPage, JoinMessage, Participant } from '../messages.ts'

/** What `joinRoom` takes beside how to join. */
export interface RoomInit {
  readonly join: JoinMessage
  /** The bot's voice. */
  readonly voice: MediaStreamTrack
  readonly tell: (told: FromPage) => void
  /** The track of whoever is listened to, or that there is none now. */
  readonly onTrack: (track: MediaStreamTrack | undefined) => void
}

/** The bot in a room. */
export interface Room {
  /** From now on this participant's sound is heard, as soon as there is some. */
  listen(to: string): void
  call(message: CallMessage): Promise<void>
  leave(): Promise<void>
}

/** Longest message of the application that is handed on, in characters; Daily sends 4096 bytes at most. */
const longestMessage = 65_536

const dialEvents: readonly DialEvent[] = [
  'dialin-ready',
  'dialin-connected',
  'dialin-stopped',
  'dialin-error',
  'dialin-warning',
  'dialout-connected',
  'dialout-answered',
  'dialout-stopped',
  'dialout-error',
  'dialout-warning',
]

/**
 * Joins a room, and tells what happens there. Nobody's tracks are subscribed to but the sound of the one who
 * is listened to: video costs, and others are not the caller.
 */
export async function joinRoom(init: RoomInit): Promise<Room> {
  const { join, voice, tell } = init
  const call = Daily.createCallObject({
    audioSource: voice,
    videoSource: false,
    startVideoOff: true,
    userName: join.name,
    subscribeToTracksAutomatically: false,
    dailyConfig: {
      avoidEval: true,
      ...(join.bundlePath !== undefined && { bundlePathOverride: join.bundlePath }),
    },
  })
  const listening = listenIn(call, init)
  tellEvents(call, tell)
  const there = await call.join({
    url: join.url,
    ...(join.token !== '' && { token: join.token }),
  })
  tell({ type: 'joined', session: there?.local.session_id ?? '' })
  for (const one of Object.values(call.participants())) {
    if (!one.local) tell({ type: 'participant', state: 'joined', who: participantOf(one) })
  }
  return {
    listen: listening,
    call: (message) => callMethod(call, message, tell),
    leave: async () => {
      await call.leave()
      await call.destroy()
    },
  }
}

/** Subscribes to one participant's sound, whenever there is some. */
function listenIn(call: DailyCall, { onTrack }: RoomInit): (to: string) => void {
  let heard: string | undefined
  const subscribe = (who: DailyParticipant): void => {
    if (who.session_id !== heard || who.tracks.audio.subscribed === true) return
    call.updateParticipant(who.session_id, {
      setSubscribedTracks: { audio: true, video: false, screenAudio: false, screenVideo: false },
    })
  }
  const isHeard = ({ participant, type }: DailyEventObjectTrack): boolean =>
    type === 'audio' && participant?.session_id === heard
  call.on('participant-joined', ({ participant }) => subscribe(participant))
  call.on('participant-updated', ({ participant }) => subscribe(participant))
  call.on('track-started', (event) => {
    if (isHeard(event)) onTrack(event.track)
  })
  call.on('track-stopped', (event) => {
    if (isHeard(event)) onTrack(undefined)
  })
  return (to) => {
    heard = to
    const who = call.participants()[to]
    if (who === undefined) return
    subscribe(who)
    const { track, state } = who.tracks.audio
    if (track !== undefined && state === 'playable') onTrack(track)
  }
}

function tellEvents(call: DailyCall, tell: RoomInit['tell']): void {
  call.on('participant-joined', ({ participant }) =>
    tell({ type: 'participant', state: 'joined', who: participantOf(participant) }),
  )
  call.on('participant-left', ({ participant }) =>
    tell({ type: 'participant', state: 'left', who: participantOf(participant) }),
  )
  call.on('app-message', ({ data, fromId }) => {
    if ((JSON.stringify(data) ?? '').length > longestMessage) return
    tell({ type: 'message', from: fromId, data: data as unknown })
  })
  // The types of daily-js 0.92.2 leave this event out of their list.
  call.on('dtmf-event' as DailyEvent, (told: unknown) => {
    const { tone, sessionId } = told as DailyEventObjectDtmfEvent
    tell({ type: 'dtmf', from: sessionId ?? '', tone })
  })
  for (const event of dialEvents) {
    call.on(event, (told: unknown) => {
      const { sessionId, sipEndpoint, errorMsg } = told as Readonly<Record<string, unknown>>
      tell({
        type: 'dial',
        event,
        session: wordOf(sessionId),
        sip: wordOf(sipEndpoint),
        reason: wordOf(errorMsg),
      })
    })
  }
  call.on('error', ({ error, errorMsg }) => {
    const { type, msg } = (error ?? {}) as { readonly type?: string; readonly msg?: string }
    tell({ type: 'failed', kind: type ?? 'unknown', reason: msg ?? errorMsg })
  })
  call.on('left-meeting', () => tell({ type: 'left' }))
}

async function callMethod(
  call: DailyCall,
  { id, method, args }: CallMessage,
  tell: RoomInit['tell'],
): Promise<void> {
  try {
    const run = call[method] as (...args: readonly unknown[]) => unknown
    const value = await run.apply(call, [...args])
    // Some methods give the call object itself, which cannot be told.
    const isCall = value === call
    tell({ type: 'result', id, ...(!isCall && { value: plain(value) }) })
  } catch (thrown) {
    tell({ type: 'result', id, error: reasonOf(thrown) })
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const participantOf = (one: DailyParticipant): Participant => ({
  id: one.session_id,
  name: wordOf(one.user_name),
  kind: one.participantType ?? '',
})

/** Daily rejects with errors, with texts, and with events. */
export function reasonOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  const { message, errorMsg, msg } = (thrown ?? {}) as Readonly<Record<string, unknown>>
  return wordOf(message) || wordOf(errorMsg) || wordOf(msg) || 'no reason was given'
}
