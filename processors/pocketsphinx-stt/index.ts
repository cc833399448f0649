import { defineProcessor, transcript, type TranscriptFrame } from 'voxgraph/plugin'
import { sampleRate } from './decoder.ts'
import { createRecognisers, type Utterance } from './engine.ts'
import { createUtteranceSound } from './utterance-sound.ts'

/** Sound from before the edge that the detector saw, in ms: the search wants to hear some silence first. */
const marginMs = 200

/**
 * Recognises the phrases of a grammar with PocketSphinx, in threads. A detector in front of it says where an
 * utterance begins and ends (`speech` facts); the transcript goes out before the fact that ended it. What
 * fits no phrase is a final transcript with the text of `rejected`.
 */
export default defineProcessor({
  id: 'pocketsphinx-stt',
  summary: 'Recognises the English phrases that the graph lists, and rejects the rest. No account.',
  role: 'stt',
  ports: {
    in: { audio: { type: 'audio', formats: [{ sampleRate, channels: 1 }] } },
    out: { transcript: 'transcript' },
  },
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['phrases'],
    properties: {
      phrases: {
        type: 'array',
        minItems: 1,
        items: { type: 'string' },
        description: 'What callers say: words, (one|other), [optional], {slot}.',
      },
      slots: {
        type: 'object',
        additionalProperties: { type: 'array', items: { type: 'string' } },
        default: {},
        description: 'Values of each {slot}; a value may be several words.',
      },
      pronunciations: {
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
        description:
          'Words that are in no dictionary, in phones of CMU: { voxgraph: V AA K S G R AE F }.',
      },
      min_confidence: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.5,
        description: 'What is less sure is rejected.',
      },
      rejected: {
        type: 'string',
        default: '',
        description: 'Text of the transcript of what is rejected. Empty: as if nothing was said.',
      },
      interim: {
        type: 'boolean',
        default: true,
        description: 'Also give the words so far.',
      },
    },
  },
  // Half a second behind the detector at most, which is a quarter behind the voice; measured by the benchmark.
  finalWithinMs: 800,
  share: () => createRecognisers(),
  unshare: (recognisers) => recognisers.close(),
  async setup({ options, shared: recognisers, clock, signal: callEnd }) {
    const { phrases, slots, pronunciations } = options
    const opening = recognisers.open({ phrases, slots, pronunciations }, { signal: callEnd })
    const stream = await clock.work(opening)
    const sound = createUtteranceSound(sampleRate)
    let isHearing = false
    let soFar: string | undefined

    /** Sends sound on its way. It is not waited for: what fails here fails again at the end. */
    function push(samples: Int16Array): void {
      clock.work(stream.push(samples)).then(
        (text) => (soFar = text ?? soFar),
        () => undefined,
      )
    }
    function begin(latency: number): void {
      isHearing = true
      soFar = undefined
      sound.begin(latency + marginMs)
      clock.work(stream.start()).catch(() => undefined)
    }
    async function end(): Promise<TranscriptFrame> {
      isHearing = false
      const rest = sound.end()
      if (rest.length > 0) push(rest)
      const heard = await clock.work(stream.finish())
      soFar = undefined
      return finalOf(heard)
    }
    function finalOf({ text, confidence, words }: Utterance): TranscriptFrame {
      if (text === '' || confidence < options.min_confidence) {
        return transcript({ text: options.rejected, final: true, confidence })
      }
      const placed = words.map(({ text: word, startMs, endMs }) => ({
        text: word,
        startMs: Math.max(0, startMs - marginMs),
        endMs: Math.max(0, endMs - marginMs),
      }))
      return transcript({ text, final: true, confidence, language: 'en-US', words: placed })
    }

    return {
      audio({ samples }) {
        sound.take(samples)
        const piece = sound.next()
        if (piece !== undefined) push(piece)
        const text = soFar
        soFar = undefined
        if (text === undefined || text === '' || !options.interim || !isHearing) return
        return transcript({ text, final: false, language: 'en-US' })
      },
      signal(frame) {
        if (frame.type !== 'speech') return
        if (frame.state === 'started' && !isHearing) begin(frame.latency)
        if (frame.state === 'stopped' && isHearing) return end()
        return
      },
      close: () => clock.work(stream.close()),
    }
  },
})
