import { Subject } from 'rxjs'
import { encodeMulaw } from '../../audio/g711.ts'
import type { Connection } from '../../define/index.ts'
import { audio, dtmf, type Frame } from '../../frames/index.ts'
import type { AudioFormat } from '../../graph/plan.ts'
import type { Clock } from '../../time/clock.ts'
import { frameMs } from './word-times.ts'

/** A telephone line in the hand of a test. */
export interface CallerLine {
  readonly connection: Connection
  /** Brings a frame, as the transport would. */
  bring(frame: Frame): void
  /** Speaks: linear samples, mono, at the rate of the line, from now on. */
  speak(samples: Int16Array): void
  press(key: string): void
  hangUp(): void
  /** The connection breaks. */
  breakOff(): void
  close(): void
}

/** What `createCallerLine` takes. */
export interface CallerLineInit {
  readonly clock: Clock
  readonly call: Readonly<Record<string, unknown>>
  /** Sound is sent all the time, as a telephone does; left out: there is none. */
  readonly sound: (() => AudioFormat) | undefined
}

/** Makes a line. What the bot says is heard at the pace of the clock and not kept. */
export function createCallerLine({ clock, call, sound }: CallerLineInit): CallerLine {
  const frames = new Subject<Frame>()
  /** What is still to be said. */
  let ahead = new Int16Array(0)
  let cancel = (): void => undefined

  function send(): void {
    const format = sound?.()
    if (format === undefined) return
    const { sampleRate, channels, encoding } = format
    const count = Math.round((sampleRate * frameMs) / 1000)
    const mono = new Int16Array(count)
    mono.set(ahead.subarray(0, count))
    ahead = ahead.subarray(count)
    const samples = new Int16Array(count * channels)
    for (let at = 0; at < samples.length; at++) samples[at] = mono[Math.floor(at / channels)] ?? 0
    const codes = encoding === 'mulaw' ? Int16Array.from(encodeMulaw(samples)) : samples
    frames.next(audio({ role: 'user', samples: codes, sampleRate, channels, encoding }))
    cancel = clock.after(frameMs, send)
  }
  const stop = (): void => cancel()
  cancel = clock.after(frameMs, send)
  return {
    connection: {
      call,
      frames,
      play: () => undefined,
      send: () => undefined,
      clear: () => undefined,
      close: stop,
    },
    bring: (frame) => frames.next(frame),
    speak(samples) {
      const joined = new Int16Array(ahead.length + samples.length)
      joined.set(ahead)
      joined.set(samples, ahead.length)
      ahead = joined
    },
    press: (key) => frames.next(dtmf({ digit: key, lane: 'user' })),
    hangUp() {
      stop()
      frames.complete()
    },
    breakOff() {
      stop()
      frames.error(new Error('the line was cut'))
    },
    close: stop,
  }
}
