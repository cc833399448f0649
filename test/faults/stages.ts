import {
  defineBrain,
  defineProcessor,
  defineStt,
  defineTts,
  noOptions,
  speech,
  type AudioFrame,
} from 'voxgraph/plugin'
import { emulatedRate, scriptedEar, type Speak, type WordsOf } from 'voxgraph/testing'
import { lineRate, utteranceIn } from './line.ts'

/** Loudness above which there is voice. */
const loud = 1000
const startMs = 100
const stopMs = 250

/** A detector of loudness. */
export const loudness = defineProcessor({
  id: 'loudness',
  summary: 'Says when it is loud.',
  role: 'detector',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  setup() {
    let isSpeech = false
    let sameMs = 0
    return {
      *audio(frame: AudioFrame) {
        const isLoud = frame.samples.some((sample) => Math.abs(sample) > loud)
        sameMs = isLoud === isSpeech ? 0 : sameMs + 20
        yield frame
        if (sameMs < (isSpeech ? stopMs : startMs)) return
        isSpeech = !isSpeech
        yield speech({ state: isSpeech ? 'started' : 'stopped', by: 'loudness', latency: sameMs })
        sameMs = 0
      },
    }
  },
})

/** What the caller says, one line after the other. */
export const callerLines = ['I would like a room', 'and breakfast please']

/** What the bot answers; many words, so that there is time for something to go wrong. */
export const answerTo = (said: string): string =>
  `You said ${said}. We have a quiet room for you on the second floor. It looks out over the old harbour.`

/** Ms that a word takes here: somebody in a hurry, so that calls are short. */
const wordMs = 110

/** Says each word with a tone: 90 ms, and 20 ms of silence. */
export const hurried: Speak = (text) => {
  const words = text.split(/\s+/).filter((word) => word !== '')
  const perWord = (wordMs * emulatedRate) / 1000
  const samples = Int16Array.from({ length: words.length * perWord }, (_, at) =>
    at % perWord < 0.09 * emulatedRate
      ? 6000 * Math.sin((at * 2 * Math.PI * 220) / emulatedRate)
      : 0,
  )
  const placed = words.map((word, index) => ({
    text: word,
    startMs: index * wordMs,
    endMs: index * wordMs + 90,
  }))
  return Promise.resolve({ samples, words: placed })
}

/** What it says first. */
export const greeting = 'Hello, this is the desk.'

/** What the caller has said, by the sound of it. */
export const heardIn: WordsOf = (sound, sampleRate) =>
  callerLines[utteranceIn(sound, sampleRate)] ?? ''

/** Ears that cannot fail. */
export const steadyEars = () => {
  const open = scriptedEar(heardIn)
  return defineStt({
    id: 'steady-ears',
    summary: 'Hears what the script says.',
    options: noOptions,
    formats: [{ sampleRate: lineRate, channels: 1 }],
    finalWithinMs: 400,
    setup: () => ({
      open: async ({ heard }) =>
        open(lineRate, (event) => {
          if (event.type === 'final')
            heard({ type: 'final', text: event.text, untilMs: event.endMs })
        }),
    }),
  })
}

/** A mind that cannot fail. */
export const steadyMind = defineBrain({
  id: 'steady-mind',
  summary: 'Repeats what was said.',
  options: { type: 'object', additionalProperties: false, properties: {} },
  setup: () => ({
    *respond({ reason, messages }) {
      if (reason === 'start') yield greeting
      const last = messages.findLast(({ role }) => role === 'user')
      if (reason === 'turn' && last?.role === 'user') yield answerTo(last.text)
    },
  }),
})

/** A voice that cannot fail. */
export const steadyVoice = defineTts({
  id: 'steady-voice',
  summary: 'Speaks in tones.',
  options: noOptions,
  formats: [{ sampleRate: lineRate, channels: 1 }],
  setup: () => ({
    async *speak({ text }) {
      const ends = new Map<number, number>()
      for await (const { span, text: said } of text) {
        const { samples, words } = await hurried(said, '')
        const from = ends.get(span) ?? 0
        const later = words.map((word) => ({
          ...word,
          startMs: word.startMs + from,
          endMs: word.endMs + from,
        }))
        ends.set(span, from + (samples.length * 1000) / lineRate)
        yield { span, samples, words: later }
      }
    },
  }),
})
