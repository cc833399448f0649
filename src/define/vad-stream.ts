import { Observable } from 'rxjs'
import { speech, type AudioFrame, type Frame } from '../frames/index.ts'
import type { Cancel } from '../time/clock.ts'
import type { StreamFunction } from './processor.ts'
import { createVadLine, type VadInit, type VadLine } from './vad-line.ts'

/** Sound of a caller who speaks that does not come for so long is silence, in ms; a network stalls for less. */
const missingMs = 1000

/**
 * The whole stream of a detector: passes sound on and adds facts. Subscribes to `frames` when it is
 * subscribed to; keeps less than a window, and what the engine has not yet answered. Completes when the
 * input has and every answer is in; fails with the engine.
 */
export const vadStream =
  (init: VadInit): StreamFunction =>
  (frames) =>
    new Observable<Frame>((out) => {
      const { clock } = init
      let line: VadLine | undefined
      let rate = 0
      let lastSoundAt = 0
      let watch: Cancel | undefined

      const fail = (thrown: unknown): void => out.error(thrown)
      function say(state: 'started' | 'stopped', latency: number): void {
        out.next(speech({ state, latency }))
        watch?.()
        watch = undefined
        if (state === 'started') watchAgain(missingMs)
      }
      /** Looks after a while whether sound still comes: a muted caller may send none at all. */
      function watchAgain(afterMs: number): void {
        watch = clock.after(afterMs, () => {
          const missing = clock.now() - lastSoundAt
          if (missing < missingMs) watchAgain(missingMs - missing)
          else line?.break(lastSoundAt)
        })
      }
      function take(frame: AudioFrame): void {
        out.next(frame)
        if (frame.sampleRate !== rate) {
          line?.break(lastSoundAt)
          line?.close()
          rate = frame.sampleRate
          line = createVadLine({ ...init, sampleRate: rate, say, fail })
        }
        lastSoundAt = clock.now()
        line?.take(frame.samples)
      }
      const subscription = frames.subscribe({
        next: (frame) => {
          try {
            if (frame.type === 'audio') take(frame)
            // Whoever waits for the end of the caller's words must not wait for ever.
            if (frame.type === 'end') line?.break(lastSoundAt)
          } catch (thrown) {
            fail(thrown)
          }
        },
        error: fail,
        complete: () => {
          watch?.()
          if (line === undefined) out.complete()
          else line.whenIdle(() => out.complete())
        },
      })
      return () => {
        subscription.unsubscribe()
        watch?.()
        line?.close()
      }
    })
