import { Observable } from 'rxjs'
import { defineProcessor, pulledModel, turn, type Frame, type Out } from 'voxgraph/plugin'
import { createAsking } from './asking.ts'
import { createTurnJudges } from './engine.ts'
import { sampleRate, windowSamples } from './log-mel.ts'
import { createTurnSound } from './turn-sound.ts'

/** Sound from before the caller began to speak, in ms: what the model was trained with (Pipecat's `pre_speech_ms`). */
const marginMs = 500
/** Who was silent for this long begins a new turn, in ms: the longest silence that models wait for (Pipecat's `stop_secs`). */
const longestPauseMs = 3000
/** From here on the model takes the turn for over, and what comes next for a new one: Smart Turn's own threshold. */
const overFrom = 0.5

/**
 * Asks a model at each pause whether the caller's turn is over. Subscribes to the caller's sound, which
 * passes through untouched and of which it keeps the last 8 s; a detector in front of it says where the
 * pauses are (`speech` facts). Its opinion is a `turn` fact with a probability, behind the fact that the
 * caller stopped, which does not wait for it. Nothing is said when the caller went on meanwhile, the answer
 * took too long, or the model failed: the silence rule of the graph ends the turn then.
 */
export default defineProcessor({
  id: 'smart-turn',
  summary: 'Judges at each pause whether the caller has finished (Smart Turn v3, a local model).',
  role: 'detector',
  ports: {
    in: { audio: { type: 'audio', formats: [{ sampleRate, channels: 1 }] } },
    out: { audio: 'audio' },
  },
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      model: {
        type: 'string',
        minLength: 1,
        description:
          'Path of the ONNX file; without it, the one that "voxgraph models pull smart-turn" has fetched.',
      },
      likely: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0,
        description:
          'Opinions below this only say that the turn is probably over; who has the floor decides about the others.',
      },
      max_wait: {
        type: 'string',
        'x-duration': true,
        minimum: 10,
        maximum: 10_000,
        default: '500ms',
        description: 'An opinion that takes longer is not waited for.',
      },
    },
  },
  share: () => createTurnJudges(),
  unshare: (judges) => judges.close(),
  async setup({ options, shared: judges, clock, log, metric }) {
    const model = options.model ?? (await clock.work(pulledModel('smart-turn')))
    await clock.work(judges.open(model))

    return (frames: Observable<Frame>) =>
      new Observable<Out>((out) => {
        const sound = createTurnSound(windowSamples)
        let isNew = true
        let stoppedAt = -Infinity
        const asking = createAsking<Int16Array, number>({
          clock,
          judge: (samples, signal) => judges.judge(model, samples, signal),
          longestMs: options.max_wait,
          onAnswer(probability, tookMs) {
            isNew = probability >= overFrom
            metric('smart_turn.answer', tookMs, 'ms')
            const state = probability < options.likely ? 'eager' : 'ended'
            out.next(turn({ state, text: '', probability }))
          },
          onFailure: (reason) =>
            log.warn('the end-of-turn model has no opinion', { reason: String(reason) }),
        })
        function take(frame: Frame): void {
          if (frame.type === 'audio') {
            sound.take(frame.samples)
            out.next(frame)
          }
          if (frame.type !== 'speech') return
          asking.forget()
          const edge = clock.now() - frame.latency
          if (frame.state === 'stopped') {
            stoppedAt = edge
            asking.ask(sound.all())
          } else if (isNew || edge - stoppedAt >= longestPauseMs) {
            isNew = false
            sound.begin(((frame.latency + marginMs) * sampleRate) / 1000)
          }
        }
        const subscription = frames.subscribe({ next: take, complete: () => out.complete() })
        return () => {
          asking.forget()
          subscription.unsubscribe()
        }
      })
  },
})
