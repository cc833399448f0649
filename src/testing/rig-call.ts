import type { Subscription } from 'rxjs'
import { decodeMulaw, encodeMulaw } from '../audio/g711.ts'
import type { Connection, PortSpec, TransportDefinition } from '../define/index.ts'
import { audio, type Frame } from '../frames/index.ts'
import { wishOf } from '../graph/formats.ts'
import type { Clock } from '../time/clock.ts'
import { tone, toneMs } from './tones.ts'
import type { FarEnd, TransportStage } from './transport-rig.ts'

/** A call, as the runtime has it. */
export interface RigCall {
  readonly connection: Connection
  readonly far: FarEnd
  /** What came of the caller, from when somebody subscribed. */
  readonly frames: readonly Frame[]
  /** How the frames ended; undefined while they go on. */
  readonly end: { readonly error: unknown } | undefined
  /** Subscribes to the frames, and lets go of them. */
  watch(): void
  unwatch(): void
  /** Says a tone to the far end, 200 ms ahead of hearing at most, as the runtime does. */
  speak(hz: number, ms: number): Promise<void>
  /** Hands it over at once; no more than 200 ms. */
  blurt(hz: number, ms: number): void
  /** For how long the far end has heard a tone. */
  heardMs(hz: number): Promise<number>
  /** For how long the caller has sent one. */
  saidMs(hz: number): number
  /** Ms of sound handed over. */
  readonly givenMs: number
}

/** How far ahead of hearing sound is handed over, in ms, and the length of a frame: as the runtime does. */
const leadMs = 200
const frameMs = 20

/** How the runtime gives sound to a transport. */
export interface Form {
  readonly sampleRate: number
  readonly encoding: 'pcm' | 'mulaw'
}

/** The form of sound that a transport takes to the caller. */
export function formOf({ ports }: TransportDefinition, options: TransportStage['options']): Form {
  const port = Object.values(ports.in).find(
    (one): one is PortSpec => typeof one !== 'string' && one.type === 'audio',
  )
  const wish = wishOf(port?.formats?.[0] ?? {}, options)
  return { sampleRate: wish.sampleRate ?? 16_000, encoding: wish.encoding }
}

/** A call, on the clock that sound is given by. */
export function rigCall(connection: Connection, far: FarEnd, clock: Clock, form: Form): RigCall {
  const frames: Frame[] = []
  let end: { readonly error: unknown } | undefined
  let givenMs = 0
  let subscription: Subscription | undefined
  const { sampleRate, encoding } = form
  const play = (samples: Int16Array): void => {
    const sound = encoding === 'mulaw' ? encodeMulaw(samples) : samples
    connection.play(audio({ role: 'agent', samples: sound, sampleRate, encoding }))
    givenMs += (samples.length * 1000) / sampleRate
  }
  const pieces = function* (samples: Int16Array): Generator<Int16Array> {
    const size = (sampleRate * frameMs) / 1000
    for (let at = 0; at < samples.length; at += size) yield samples.subarray(at, at + size)
  }
  return {
    ...{ connection, far, frames },
    get end() {
      return end
    },
    get givenMs() {
      return givenMs
    },
    unwatch: () => subscription?.unsubscribe(),
    watch() {
      subscription = connection.frames.subscribe({
        next: (frame) => void frames.push(frame),
        error: (error: unknown) => (end = { error }),
        complete: () => (end = { error: undefined }),
      })
    },
    async speak(hz, ms) {
      const startedAt = clock.now()
      let saidMs = 0
      for (const piece of pieces(tone(hz, ms, sampleRate))) {
        const waitMs = startedAt + saidMs - (connection.leadMs ?? leadMs) - clock.now()
        if (waitMs > 0) await clock.sleep(waitMs)
        play(piece)
        saidMs += frameMs
      }
    },
    blurt(hz, ms) {
      for (const piece of pieces(tone(hz, ms, sampleRate))) play(piece)
    },
    async heardMs(hz) {
      return toneMs(await far.heard(), hz, far.sampleRate)
    },
    saidMs: (hz) => saidMsOf(frames, hz),
  }
}

/** For how long a tone is in the sound of frames. */
function saidMsOf(frames: readonly Frame[], hz: number): number {
  const sound = frames.filter((frame) => frame.type === 'audio')
  const [first] = sound
  if (first === undefined) return 0
  const samples = sound.flatMap((frame) => [...linear(frame)])
  return toneMs(Int16Array.from(samples), hz, first.sampleRate)
}

const linear = ({ samples, encoding }: Extract<Frame, { type: 'audio' }>): Int16Array =>
  encoding === 'mulaw' ? decodeMulaw(samples) : samples
