import { defineProcessor, speech, type AudioFrame, type Frame } from 'voxgraph/plugin'
import { quiet, step, type EdgeState } from './edges.ts'
import { loadDetectorEngine, windowMs } from './engine.ts'

/**
 * Hears when the caller speaks, with the voice detector of WebRTC. Sound passes through untouched; behind
 * it go `speech` facts that say how long after the true edge they come.
 */
export default defineProcessor({
  id: 'webrtc-vad',
  summary: 'Hears when the caller speaks (WebRTC voice detector, no model, microseconds a frame).',
  role: 'detector',
  ports: {
    in: {
      audio: {
        type: 'audio',
        formats: [
          { sampleRate: 16_000, channels: 1 },
          { sampleRate: 8000, channels: 1 },
          { sampleRate: 32_000, channels: 1 },
          { sampleRate: 48_000, channels: 1 },
        ],
      },
    },
    out: { audio: 'audio' },
  },
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      mode: {
        enum: [0, 1, 2, 3],
        default: 2,
        description: '0 takes most for speech, 3 least.',
      },
      start: {
        type: 'string',
        'x-duration': true,
        default: '120ms',
        description: 'Voice for this long is speech.',
      },
      stop: {
        type: 'string',
        'x-duration': true,
        default: '250ms',
        description: 'Silence for this long ends it.',
      },
    },
  },
  share: () => loadDetectorEngine(),
  setup({ options, shared: engine }) {
    const edges = {
      startMs: options.start,
      stopMs: options.stop,
      windowMs,
    }
    let detector: ReturnType<typeof engine.create> | undefined
    let state: EdgeState = quiet
    let rest = new Int16Array(0)

    function* edgesIn(frame: AudioFrame): Generator<Frame> {
      const { sampleRate } = frame
      detector ??= engine.create({ sampleRate: sampleRate as 16_000, mode: options.mode })
      const length = (sampleRate * windowMs) / 1000
      const samples = rest.length === 0 ? frame.samples : joined(rest, frame.samples)
      let from = 0
      for (; from + length <= samples.length; from += length) {
        const isVoiced = detector.isVoiced(samples.subarray(from, from + length))
        const next = step(state, isVoiced, edges)
        state = next.state
        if (next.edge === undefined) continue
        const laterMs = ((samples.length - from - length) * 1000) / sampleRate
        yield speech({ state: next.edge.state, latency: next.edge.latencyMs + laterMs })
      }
      rest = samples.slice(from)
    }

    return {
      audio(frame) {
        const found = [...edgesIn(frame)]
        return found.length === 0 ? frame : [frame, ...(found as (typeof frame)[])]
      },
      signal(frame) {
        // Whoever waits for the end of the caller's words must not wait for ever.
        if (frame.type !== 'end' || !state.isSpeaking) return
        state = quiet
        return speech({ state: 'stopped', latency: 0 })
      },
      close: () => detector?.close(),
    }
  },
})

function joined(head: Int16Array, tail: Int16Array): Int16Array {
  const samples = new Int16Array(head.length + tail.length)
  samples.set(head)
  samples.set(tail, head.length)
  return samples
}
