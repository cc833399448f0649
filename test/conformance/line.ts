import { Subject } from 'rxjs'
import {
  audio,
  defineProcessor,
  defineTransport,
  type AudioFrame,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import type { Clock } from 'voxgraph/plugin'

/** A telephone line in the hand of a test: it says what the test says, and keeps what it hears. */
export function createLine(clock: Clock) {
  const caller = new Subject<Frame>()
  const heard: { readonly at: number; readonly frame: AudioFrame }[] = []
  const cleared: number[] = []
  const closed: string[] = []
  const connection: Connection = {
    call: { from: 'test' },
    frames: caller,
    play: (frame) => void heard.push({ at: clock.now(), frame }),
    send: () => undefined,
    clear: () => void cleared.push(clock.now()),
    close: (reason) => void closed.push(reason),
  }
  return { caller, connection, heard, cleared, closed }
}

/** A transport that brings transcripts instead of sound, so that a test can say words. */
export const line = defineTransport({
  id: 'line',
  summary: 'A line in the hand of a test.',
  ports: { in: { audio: 'audio' }, out: { transcript: { type: 'transcript', main: true } } },
  listen: () => Promise.reject(new Error('not opened in this test')),
})

const samplesPerMs = 16

/** A voice that needs no time: 60 ms of sound for every word, in frames of 20 ms. */
export const voice = defineProcessor({
  id: 'voice',
  summary: 'Makes 60 ms of sound for every word.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => ({
    *text(frame) {
      const words = frame.text.split(/\s+/).filter(Boolean).length
      const span = frame.type === 'text' ? frame.span : 0
      for (let i = 0; i < words * 3; i++) {
        const samples = new Int16Array(20 * samplesPerMs).fill(1000)
        yield audio({ role: 'agent', samples, sampleRate: 16_000, span })
      }
    },
  }),
})
