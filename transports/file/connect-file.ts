import { Observable } from 'rxjs'
import {
  audio,
  durationMs,
  type AudioFrame,
  type Clock,
  type Connection,
  type DtmfFrame,
  type Frame,
  type MessageFrame,
} from 'voxgraph/plugin'

/** Where the caller's sound comes from: linear 16-bit, mono. */
export interface SoundSource {
  /**
   * The next `samples` samples, fewer or none when there are no more at the moment; undefined when the
   * caller has hung up. Asked every 20 ms for what was spoken since it was asked last.
   */
  read(samples: number): Int16Array | undefined
}

/** What hears the bot: linear 16-bit, mono. */
export interface SoundSink {
  /** Sound that will be heard from `atMs` on, on the clock: at most the lead ahead of now. */
  write(samples: Int16Array, atMs: number): void
  /** What was written for the time after `atMs`, which is now, will not be heard. */
  clear(atMs: number): void
}

/** What `connectFile` takes. */
export interface FileCall {
  readonly clock: Clock
  readonly source: SoundSource
  /** Left out: nobody listens. */
  readonly sink?: SoundSink | undefined
  /** Rate of both directions in Hz. */
  readonly sampleRate: number
  /** Variables of the call. */
  readonly call?: Readonly<Record<string, unknown>>
  /** Told of keys and messages that the bot sends. */
  readonly onSend?: ((frame: DtmfFrame | MessageFrame) => void) | undefined
  /** Told when the runtime ends the call. */
  readonly onClose?: ((reason: string) => void | Promise<void>) | undefined
}

/** Length of a frame in ms. */
const frameMs = 20

/**
 * A call whose caller is a program: it reads from `source` every 20 ms of the clock, live or virtual, and
 * writes what the bot says to `sink` with the time at which it is heard. Frames arrive at the end of the
 * 20 ms that they hold; after a stall of the clock they catch up. Nothing is buffered.
 */
export function connectFile(init: FileCall): Connection {
  const { clock, sink, sampleRate } = init
  /** When the last of the sound handed over will have been heard. */
  let endsAt = 0
  return {
    call: init.call ?? {},
    frames: framesOf(init),
    play(frame: AudioFrame) {
      const atMs = Math.max(endsAt, clock.now())
      endsAt = atMs + durationMs({ ...frame, sampleRate })
      sink?.write(frame.samples, atMs)
    },
    send: (frame) => init.onSend?.(frame),
    clear() {
      endsAt = clock.now()
      sink?.clear(endsAt)
    },
    close: (reason) => init.onClose?.(reason),
  }
}

function framesOf({ clock, source, sampleRate }: FileCall): Observable<Frame> {
  return new Observable((subscriber) => {
    const startedAt = clock.now()
    let count = 0
    let asked = 0
    const wait = (): (() => void) =>
      clock.after(Math.max(0, startedAt + ++count * frameMs - clock.now()), read)
    let cancel = wait()
    function read(): void {
      const due = Math.floor((count * frameMs * sampleRate) / 1000)
      const samples = source.read(due - asked)
      asked = due
      if (samples === undefined) {
        subscriber.complete()
        return
      }
      if (samples.length > 0) subscriber.next(audio({ role: 'user', samples, sampleRate }))
      if (!subscriber.closed) cancel = wait()
    }
    return () => cancel()
  })
}
