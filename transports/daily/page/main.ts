import type { FromPage, ToPage, WireRate } from '../messages.ts'
import { openCapture, type Capture } from './capture.ts'
import { openVoice } from './playback.ts'
import { joinRoom, reasonOf, type Room } from './room.ts'

const sampleRate: WireRate = 48_000
/** Bytes of the caller's sound that may wait for Node before pieces are dropped: two seconds. */
const mostUnread = 192_000

/** The page of one call: a call object of Daily's at one end, a socket to Node at the other. */
async function main(): Promise<void> {
  const here = new URL('.', location.href)
  const socket = new WebSocket(new URL('socket', here).href.replace(/^http/, 'ws'))
  socket.binaryType = 'arraybuffer'
  const tell = (told: FromPage): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(told))
  }
  const send = (sound: Int16Array<ArrayBuffer>): void => {
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < mostUnread) {
      socket.send(sound)
    }
  }
  const ear = createEar(send)
  const voice = await openVoice({
    sampleRate,
    worklet: document.documentElement.dataset['worklet'] ?? '',
    onPlayed(playback) {
      tell({ type: 'played', ...playback })
      ear.tick()
    },
  })
  const opening = Promise.withResolvers<Room>()
  const room = opening.promise
  room.catch((thrown: unknown) => tell({ type: 'failed', kind: 'join', reason: reasonOf(thrown) }))
  const obey = (said: ToPage): void => {
    if (said.type === 'listen') ear.open()
    if (said.type === 'clear') voice.clear()
    else if (said.type === 'join') {
      const init = { join: said, voice: voice.track, tell, onTrack: ear.hear }
      joinRoom(init).then(opening.resolve, opening.reject)
    } else {
      void room
        .then((joined) => {
          if (said.type === 'listen') return joined.listen(said.to)
          return said.type === 'call' ? joined.call(said) : joined.leave()
        })
        .catch(() => undefined)
    }
  }
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === 'string') obey(JSON.parse(data) as ToPage)
    else voice.play(new Int16Array(data))
  }
  if (socket.readyState !== WebSocket.OPEN) {
    await new Promise((resolve) => (socket.onopen = resolve))
  }
  tell({ type: 'ready' })
}

/** Hears one track at a time; silence where there is none, so that the line is never dead. */
function createEar(send: (sound: Int16Array<ArrayBuffer>) => void): {
  /** From now on somebody is listened to. */
  readonly open: () => void
  readonly hear: (track: MediaStreamTrack | undefined) => void
  /** Called every 10.7 ms by the audio clock. */
  readonly tick: () => void
} {
  let capture: Capture | undefined
  let isOpen = false
  /** Ticks since sound came. */
  let quiet = 0
  return {
    open: () => (isOpen = true),
    hear(track) {
      capture?.stop()
      capture = undefined
      if (track === undefined) return
      capture = openCapture(track, sampleRate, (sound) => {
        quiet = 0
        send(sound)
      })
    },
    tick() {
      // A track that is muted, or gives nothing: after 100 ms its silence is made here.
      if (isOpen && ++quiet > 10) send(new Int16Array(512))
    },
  }
}

void main()
