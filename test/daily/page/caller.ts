/**
 * A caller's page, with the real daily-js: plays a recording into a room and tells how loud the others are, and
 * when, every 10 ms. With `echo` it says again what it hears instead; with `keep` it keeps the sound of the others
 * for whoever asks, and says what it is given.
 */
import Daily from '@daily-co/daily-js'
import { createTape, decode } from './tape.ts'

/** Chromium has it on the page too; the library of TypeScript knows it in workers only. */
declare class MediaStreamTrackProcessor {
  constructor(init: { readonly track: MediaStreamTrack })
  readonly readable: ReadableStream<AudioData>
}

/** What the test puts on the window of the page. */
declare function tellTest(what: string, value: unknown): void

const tape = createTape()
const asked = new URLSearchParams(location.search)
const ask = (name: string): string => asked.get(name) ?? ''

const context = new AudioContext({ sampleRate: 48_000 })
await context.resume()
const out = context.createMediaStreamDestination()
// As a microphone is: without a source nothing would be sent, and the far end would make up what is missing.
const silence = new ConstantSourceNode(context, { offset: 0 })
silence.connect(out)
silence.start()
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
      if (ask('keep') !== '') {
        tape.add(plane)
        continue
      }
      const energy = plane.reduce((sum, sample) => sum + sample * sample, 0)
      // When it was here: telling of it takes its time on a machine that is busy.
      tellTest('level', { level: Math.sqrt(energy / plane.length) * 32_768, at: Date.now() })
    }
  })()
})
call.on('track-stopped', ({ participant, type }) => {
  if (participant?.local !== true && type === 'audio')
    tellTest('level', { level: 0, at: Date.now() })
})
call.on('app-message', ({ data }) => tellTest('message', data))
call.on('participant-left', () => tellTest('alone', ''))
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
/** Says samples as soon as it can: behind what it is saying. */
let saidTo = 0
function speak(given: string): void {
  const samples = decode(given)
  const buffer = context.createBuffer(1, samples.length, context.sampleRate)
  buffer.copyToChannel(samples, 0)
  const source = context.createBufferSource()
  source.buffer = buffer
  source.connect(out)
  saidTo = Math.max(saidTo, context.currentTime)
  source.start(saidTo)
  saidTo += buffer.duration
}
Object.assign(window, { play, speak, take: tape.take })
// The call machine says so when sound can pass.
addEventListener('linked', () => tellTest('linked', ''))

await call.join({ url: ask('url'), ...(ask('token') !== '' && { token: ask('token') }) })
tellTest('joined', call.participants().local.session_id)
