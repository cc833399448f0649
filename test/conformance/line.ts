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

/** Length of a word of `voice`, in ms. */
export const wordMs = 60

/** A voice that needs no time: 60 ms of sound for every word, in frames of 20 ms, and says when its words are. */
export const voice = defineProcessor({
  id: 'voice',
  summary: 'Makes 60 ms of sound for every word.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => {
    let saying = { span: 0, ms: 0 }
    return {
      *text(frame) {
        const span = frame.type === 'text' ? frame.span : 0
        if (frame.type === 'text' && !frame.speak) return
        if (saying.span !== span || span === 0) saying = { span, ms: 0 }
        for (const word of frame.text.split(/\s+/).filter(Boolean)) {
          const words = [{ text: word, startMs: saying.ms, endMs: saying.ms + wordMs }]
          for (let at = 0; at < wordMs; at += 20) {
            const samples = new Int16Array(20 * samplesPerMs).fill(1000)
            const sound = { role: 'agent', samples, sampleRate: 16_000, span } as const
            yield audio(at === 0 ? { ...sound, words } : sound)
          }
          saying.ms += wordMs
        }
      },
    }
  },
})
