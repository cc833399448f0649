/** Nodes of the graph that tests and benchmarks of the server serve. */
import { audio, defineProcessor, text, to, transcript } from 'voxgraph/plugin'

const [sampleRate, wordMs] = [16_000, 60]
const format = { sampleRate, channels: 1, encoding: 'pcm' } as const

/** Hears keys, and does what nobody should: 1 throws in a timer, 2 rejects, 3 blocks the loop, 4 floods. */
export const ear = defineProcessor({
  id: 'ear',
  summary: 'Hears keys, and misbehaves when it is told to.',
  role: 'stt',
  ports: {
    in: { audio: { type: 'audio', main: true, formats: [format] }, dtmf: 'dtmf' },
    out: { transcript: { type: 'transcript', main: true }, text: 'text' },
  },
  setup: ({ clock }) => ({
    audio: () => undefined,
    *dtmf(frame) {
      if (frame.type !== 'dtmf') return
      if (frame.digit === '1') {
        clock.after(0, () => {
          throw new Error('thrown in a timer')
        })
      } else if (frame.digit === '2') {
        void Promise.reject(new Error('rejected beside everybody'))
      } else if (frame.digit === '3') {
        const until = clock.now() + 300
        while (clock.now() < until);
      } else if (frame.digit === '4') {
        for (;;) yield to('text', text({ text: 'flood' }))
      } else yield transcript({ text: 'go on', final: true })
    },
  }),
})

/** Takes texts and throws them away. */
export const drain = defineProcessor({
  id: 'drain',
  summary: 'Takes texts.',
  ports: { in: { text: 'text' } },
  setup: () => ({ text: () => undefined }),
})

/** A voice that needs no time: 60 ms of sound for every word, in frames of 20 ms. */
export const voice = defineProcessor({
  id: 'voice',
  summary: 'Makes 60 ms of sound for every word.',
  role: 'tts',
  ports: {
    in: { text: 'text' },
    out: { audio: { type: 'audio', main: true, formats: [format] } },
  },
  setup: () => ({
    *text(frame) {
      if (frame.type !== 'text') return
      for (const _ of frame.text.split(/\s+/).filter(Boolean)) {
        for (let at = 0; at < wordMs; at += 20) {
          const samples = new Int16Array((20 * sampleRate) / 1000).fill(1000)
          yield audio({ role: 'agent', samples, sampleRate, span: frame.span })
        }
      }
    },
  }),
})
