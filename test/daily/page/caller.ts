/**
 * A caller's page, with the real daily-js: plays a recording into a room and tells how loud the others are, every
 * 10 ms. With `echo` it says again what it hears instead.
 */
import Daily from '@daily-co/daily-js'

/** Chromium has it on the page too; the library of TypeScript knows it in workers only. */
declare class MediaStreamTrackProcessor {
  constructor(init: { readonly track: MediaStreamTrack })
  readonly readable: ReadableStream<AudioData>
}

/** What the test puts on the window of the page. */
declare function tellTest(what: string, value: unknown): void

const asked = new URLSearchParams(location.search)
const ask = (name: string): string => asked.get(name) ?? ''

const context = new AudioContext({ sampleRate: 48_000 })
await context.resume()
const out = context.createMediaStreamDestination()
const call = Daily.createCallObject({
  audioSource: out.stream.getAudioTracks()[0] ?? false,
  videoSource: false,
  startVideoOff: true,
  userName: ask('name'),
  dailyConfig: { avoidEval: true, bundlePathOverride: ask('bundle') },
})

call.on('track-started', ({ track, participant, type }) => {
  if (participant?.local !== false || type !== 'audio') return
  const element = document.createElement('audio')
  element.muted = true
  element.srcObject = new MediaStream([track])
  void element.play()
  if (ask('echo') !== '') {
    context.createMediaStreamSource(new MediaStream([track])).connect(out)
    return
  }
  void (async () => {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const plane = new Float32Array(value.numberOfFrames)
      value.copyTo(plane, { planeIndex: 0, format: 'f32-planar' })
      value.close()
      const energy = plane.reduce((sum, sample) => sum + sample * sample, 0)
      tellTest('level', Math.sqrt(energy / plane.length) * 32_768)
    }
  })()
})
call.on('track-stopped', ({ participant, type }) => {
  if (participant?.local !== true && type === 'audio') tellTest('level', 0)
})
call.on('app-message', ({ data }) => tellTest('message', data))
call.on('left-meeting', () => tellTest('left', ''))
call.on('error', ({ errorMsg }) => tellTest('error', errorMsg))
Object.assign(window, { call })

/** Plays a recording into the room. */
async function play(url: string): Promise<void> {
  const sound = await (await fetch(url)).arrayBuffer()
  const source = context.createBufferSource()
  source.buffer = await context.decodeAudioData(sound)
  source.connect(out)
  source.start()
}
Object.assign(window, { play })

await call.join({ url: ask('url'), ...(ask('token') !== '' && { token: ask('token') }) })
tellTest('joined', call.participants().local.session_id)
