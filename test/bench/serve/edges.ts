import { defineProcessor, speech } from 'voxgraph/plugin'

/** Somebody speaks where the sound has a level: known with its first and its last frame. */
export const edges = defineProcessor({
  id: 'edges',
  summary: 'Finds the edges of speech in sound that is made for it.',
  ports: {
    in: { audio: { type: 'audio', main: true } },
    out: { audio: { type: 'audio', main: true } },
  },
  setup: () => {
    let isSpeaking = false
    return {
      *audio(frame) {
        const isLoud = frame.type === 'audio' && frame.samples[0] !== 0
        if (isLoud !== isSpeaking) {
          isSpeaking = isLoud
          yield speech({ state: isLoud ? 'started' : 'stopped', by: 'edges', latency: 0 })
        }
        yield frame
      },
    }
  },
})
