/**
 * A stand-in for Daily's call machine, the code that daily-js loads at run time: it speaks with daily-js over
 * `window.postMessage` as that one does, and carries real WebRTC between pages, each to each. It is not
 * Daily: no SFU, no reconnection, no video. In rooms called `loop…` nobody is there but an echo of oneself:
 * without any WebRTC, for measuring what lies around it, or with one connection (`loop-rtc…`).
 */
import type { CanReceive, FromStandIn, Guest, ToStandIn } from '../signals.ts'

/** What daily-js keeps of a call on the window. */
interface DailyWindow {
  readonly pendings: string[]
  readonly instances: Record<
    string,
    { callMachine?: unknown; readonly tracks: { readonly audioTrack?: MediaStreamTrack } }
  >
}

interface Peer {
  readonly guest: Guest
  readonly link: RTCPeerConnection
  track: MediaStreamTrack | undefined
  isSubscribed: boolean
}

type Message = Readonly<Record<string, unknown>> & { readonly action: string }

const script = document.currentScript as HTMLScriptElement
const daily = (window as unknown as { readonly _daily: DailyWindow })._daily
const callId = daily.pendings.shift() ?? ''
const stream = new MediaStream()
const peers = new Map<string, Peer>()
const state = {
  local: {
    streams: { cam: { stream } },
    public: { customTracks: {}, subscribedTracks: {} as Record<string, unknown> },
  },
  streams: {} as Record<string, unknown>,
  participants: {} as Record<string, unknown>,
}
const me = {
  id: '',
  name: '',
  subscribesAll: true,
  canReceive: undefined as CanReceive | undefined,
}
const line: { socket: WebSocket | undefined } = { socket: undefined }

const emit = (action: string, more: object = {}): void =>
  window.postMessage(
    { what: 'iframe-call-message', from: 'embedded', callClientId: callId, action, ...more },
    location.origin,
  )
const say = (said: ToStandIn): void => line.socket?.send(JSON.stringify(said))

/** A participant as daily-js wants one. */
function participantOf(guest: Guest, isLocal: boolean, hasSound: boolean, isSubscribed: boolean) {
  const off = { subscribed: false, state: 'off' }
  return {
    session_id: guest.id,
    user_id: guest.id,
    user_name: guest.name,
    participantType: guest.kind === '' ? undefined : guest.kind,
    local: isLocal,
    owner: false,
    audio: hasSound,
    video: false,
    screen: false,
    tracks: {
      audio: {
        subscribed: isSubscribed,
        state: hasSound ? (isSubscribed ? 'playable' : 'sendable') : 'off',
      },
      video: off,
      screenAudio: off,
      screenVideo: off,
    },
  }
}

const localOf = () =>
  participantOf(
    { id: me.id, name: me.name, kind: '' },
    true,
    stream.getAudioTracks().length > 0,
    true,
  )

/** Whether somebody may be heard here, as owners of the room have decided. */
function mayHear(id: string): boolean {
  const { base = true, byParticipantId = {} } = me.canReceive ?? {}
  const said = byParticipantId[id] ?? base
  return typeof said === 'boolean' ? said : said.audio !== false
}

/** Tells daily-js of somebody: anew, or again. */
function tellOf(peer: Peer, action: 'participant-joined' | 'participant-updated'): void {
  const { guest, track } = peer
  const isHeard = track !== undefined && mayHear(guest.id)
  if (track !== undefined) track.enabled = isHeard
  state.local.public.subscribedTracks[guest.id] = { 'cam-audio': peer.isSubscribed }
  state.participants[guest.id] = { public: { rtcType: { impl: 'sfu' } }, private: {} }
  if (track !== undefined) {
    state.streams[guest.id] = {
      participantId: guest.id,
      type: 'cam',
      pendingTrack: track,
      starttime: 0,
    }
  }
  emit(action, { participant: participantOf(guest, false, isHeard, peer.isSubscribed) })
}

function connect(guest: Guest, isCaller: boolean): Peer {
  const link = new RTCPeerConnection()
  const peer: Peer = { guest, link, track: undefined, isSubscribed: me.subscribesAll }
  peers.set(guest.id, peer)
  for (const track of stream.getTracks()) link.addTrack(track, stream)
  link.onicecandidate = ({ candidate }) => {
    if (candidate !== null)
      say({ type: 'rtc', to: guest.id, data: { candidate: candidate.toJSON() } })
  }
  link.onconnectionstatechange = () => {
    if (link.connectionState === 'connected') window.dispatchEvent(new Event('linked'))
  }
  link.ontrack = ({ track }) => {
    peer.track = track
    tellOf(peer, 'participant-updated')
  }
  if (isCaller) {
    void (async () => {
      await link.setLocalDescription()
      say({ type: 'rtc', to: guest.id, data: { description: link.localDescription?.toJSON() } })
    })()
  }
  return peer
}

async function negotiate(from: string, data: unknown): Promise<void> {
  const peer = peers.get(from)
  if (peer === undefined) return
  const { candidate, description } = data as {
    readonly candidate?: RTCIceCandidateInit
    readonly description?: RTCSessionDescriptionInit
  }
  if (candidate !== undefined) await peer.link.addIceCandidate(candidate)
  if (description === undefined) return
  await peer.link.setRemoteDescription(description)
  if (description.type !== 'offer') return
  await peer.link.setLocalDescription()
  say({ type: 'rtc', to: from, data: { description: peer.link.localDescription?.toJSON() } })
}

/** One after the other, so that no candidate comes before its description. */
const order: { last: Promise<unknown> } = { last: Promise.resolve() }

function hear(told: FromStandIn, stamp: unknown): void {
  switch (told.type) {
    case 'welcome':
      me.id = told.id
      me.canReceive = told.canReceive
      emit('join-meeting', { callbackStamp: stamp })
      emit('joined-meeting', {
        participants: { local: localOf() },
        internal: { _maxAppMessageSize: 4096 },
      })
      for (const guest of told.guests) tellOf(connect(guest, true), 'participant-joined')
      return
    case 'joined':
      tellOf(connect(told.guest, false), 'participant-joined')
      return
    case 'gone':
      gone(told.id)
      return
    case 'rtc':
      order.last = order.last.then(() => negotiate(told.from, told.data))
      return
    case 'app':
      emit('app-message', { data: told.data, fromId: told.from })
      return
    case 'permissions':
      me.canReceive = told.canReceive
      for (const peer of peers.values()) tellOf(peer, 'participant-updated')
      return
    case 'answer':
      emit('answer', { callbackStamp: told.stamp, ...told.answer })
      return
    case 'event':
      emit(String(told.event['action']), told.event)
      return
    case 'error':
      emit('error', {
        errorMsg: told.reason,
        error: { type: told.kind, msg: told.reason },
        ...(me.id === '' && { callbackStamp: stamp }),
      })
      leave()
  }
}

/** What jitter buffers here have held: ms, for each sample that was played, and how many those are. Ever. */
async function jitter(): Promise<{ readonly ms: number; readonly samples: number }> {
  const reports = await Promise.all([...peers.values()].map(({ link }) => link.getStats()))
  const inbound = reports
    .flatMap((report) => [...(report as ReadonlyMap<string, RTCInboundRtpStreamStats>).values()])
    .filter(({ type }) => type === 'inbound-rtp')
  return {
    ms: inbound.reduce((sum, { jitterBufferDelay = 0 }) => sum + jitterBufferDelay * 1000, 0),
    samples: inbound.reduce(
      (sum, { jitterBufferEmittedCount = 0 }) => sum + jitterBufferEmittedCount,
      0,
    ),
  }
}
Object.assign(window, { jitter })

function gone(id: string): void {
  const peer = peers.get(id)
  if (peer === undefined) return
  peer.link.close()
  peers.delete(id)
  delete state.streams[id]
  emit('participant-left', {
    participant: participantOf(peer.guest, false, false, false),
  })
}

function echo(throughRtc: boolean): void {
  const guest: Guest = { id: 'echo', name: 'echo', kind: '' }
  const peer: Peer = { guest, link: new RTCPeerConnection(), track: undefined, isSubscribed: false }
  peers.set('echo', peer)
  if (!throughRtc) peer.track = stream.getAudioTracks()[0]
  tellOf(peer, 'participant-joined')
  if (throughRtc) void loop(peer)
}

/** Sends our own sound through a connection within the page: encoded once, decoded once. */
async function loop(peer: Peer): Promise<void> {
  const far = new RTCPeerConnection()
  const { link } = peer
  link.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined)
  far.onicecandidate = ({ candidate }) => void link.addIceCandidate(candidate ?? undefined)
  far.ontrack = ({ track }) => {
    peer.track = track
    tellOf(peer, 'participant-updated')
  }
  for (const track of stream.getTracks()) link.addTrack(track, stream)
  await link.setLocalDescription()
  if (link.localDescription !== null) await far.setRemoteDescription(link.localDescription)
  await far.setLocalDescription()
  if (far.localDescription !== null) await link.setRemoteDescription(far.localDescription)
}

function join({ properties, callbackStamp }: Message): void {
  const { url, token, userName, subscribeToTracksAutomatically } = properties as {
    readonly url: string
    readonly token?: string
    readonly userName?: string
    readonly subscribeToTracksAutomatically?: boolean
  }
  const { audioTrack } = daily.instances[callId]?.tracks ?? {}
  if (audioTrack !== undefined) stream.addTrack(audioTrack)
  me.name = userName ?? 'guest'
  me.subscribesAll = subscribeToTracksAutomatically !== false
  const room = url.slice(url.lastIndexOf('/') + 1)
  if (room.startsWith('loop')) {
    hear({ type: 'welcome', id: 'me', guests: [], canReceive: undefined }, callbackStamp)
    echo(room.startsWith('loop-rtc'))
    return
  }
  const socket = new WebSocket(new URL('/signal', script.src).href.replace(/^http/, 'ws'))
  line.socket = socket
  socket.onopen = () => say({ type: 'join', room, token: token ?? '', name: me.name })
  socket.onmessage = ({ data }: MessageEvent<string>) =>
    hear(JSON.parse(data) as FromStandIn, callbackStamp)
  socket.onerror = () =>
    hear({ type: 'error', kind: 'connection-error', reason: 'no server' }, callbackStamp)
}

function leave(): void {
  for (const { link } of peers.values()) link.close()
  peers.clear()
  if (line.socket !== undefined) line.socket.onmessage = null
  line.socket?.close()
  line.socket = undefined
  emit('left-meeting')
}

function update(id: string, properties: Readonly<Record<string, unknown>>): void {
  const peer = peers.get(id)
  const { setSubscribedTracks, updatePermissions } = properties as {
    readonly setSubscribedTracks?: boolean | { readonly audio?: boolean }
    readonly updatePermissions?: { readonly canReceive?: CanReceive }
  }
  if (peer !== undefined && setSubscribedTracks !== undefined) {
    peer.isSubscribed =
      typeof setSubscribedTracks === 'boolean'
        ? setSubscribedTracks
        : setSubscribedTracks.audio === true
    tellOf(peer, 'participant-updated')
  }
  if (updatePermissions?.canReceive !== undefined) {
    say({ type: 'permissions', of: id, canReceive: updatePermissions.canReceive })
  }
}

function obey(message: Message): void {
  const { action, callbackStamp } = message
  if (action === 'join-meeting') join(message)
  else if (action === 'leave-meeting') leave()
  else if (action === 'app-msg') say({ type: 'app', to: message['to'], data: message['data'] })
  else if (action === 'update-participant') {
    update(String(message['id']), message['properties'] as Readonly<Record<string, unknown>>)
  } else if (action === 'update-participants') {
    const all = message['participants'] as Readonly<Record<string, Record<string, unknown>>>
    for (const [id, properties] of Object.entries(all)) update(id, properties)
  } else if (/^(dialout-|send-dtmf|sip-call-transfer)/.test(action)) {
    say({ type: 'ask', stamp: String(callbackStamp), asked: message })
  }
}

window.addEventListener('message', ({ data }: MessageEvent<Message | undefined>) => {
  const isOurs = data?.['what'] === 'iframe-call-message' && data['from'] === 'module'
  if (isOurs && data['callClientId'] === callId) obey(data)
})
const instance = daily.instances[callId]
if (instance !== undefined) {
  instance.callMachine = { store: { getState: () => state }, reset: () => undefined }
}
emit('call-machine-initialized')
emit('loaded')
