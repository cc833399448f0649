/** Right and wrong uses of `defineProcessor`: the compiler is the judge, nothing here is run. */
import { of, type Observable } from 'rxjs'
import {
  audio,
  defineProcessor,
  derive,
  drop,
  interrupt,
  text,
  to,
  transcript,
  type AudioFrame,
  type Frame,
  type TextFrame,
  type TranscriptFrame,
} from 'voxgraph/plugin'
import { expectType } from './expect.ts'

const samples = new Int16Array(160)
const sound = audio({ role: 'user', samples, sampleRate: 8000 })

// Options are inferred from the schema: what is required or has a default is there.
defineProcessor({
  id: 'options',
  summary: 'Options are typed by their schema.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['words'],
    properties: {
      words: { type: 'array', items: { type: 'string' }, description: 'Words.' },
      mode: { enum: ['mask', 'drop'], default: 'mask', description: 'Mode.' },
      wait: { type: 'string', 'x-duration': true, default: '250ms', description: 'Wait.' },
      limit: { type: 'integer', description: 'Limit.' },
    },
  },
  setup({ options }) {
    expectType<readonly string[]>()(options.words)
    expectType<'mask' | 'drop'>()(options.mode)
    expectType<number>()(options.wait)
    expectType<number | undefined>()(options.limit)
    // @ts-expect-error -- no such option
    void options.word
    // @ts-expect-error -- it may be left out
    options.limit.toFixed()
    return {}
  },
})

// A text port takes transcripts too; frames are narrowed by their port.
defineProcessor({
  id: 'frames',
  summary: 'Frames are typed by their ports.',
  ports: { in: { text: 'text', audio: { type: 'audio', main: true } }, out: { text: 'text' } },
  setup: () => ({
    text(frame) {
      expectType<TextFrame | TranscriptFrame>()(frame)
      return derive(frame, { text: frame.text.toUpperCase() })
    },
    audio(frame, { signal, clock }) {
      expectType<AudioFrame>()(frame)
      expectType<AbortSignal>()(signal)
      expectType<number>()(clock.now())
      return drop
    },
  }),
})

// Every form of answer.
defineProcessor({
  id: 'answers',
  summary: 'A handler may answer in many ways.',
  ports: {
    in: { a: 'text', b: 'text', c: 'text', d: 'text', e: 'text', f: 'text' },
    out: { text: { type: 'text', main: true }, heard: 'transcript' },
  },
  setup: () => ({
    a: () => [text({ text: 'one' }), to('heard', transcript({ text: 'one', final: true }))],
    b: async () => text({ text: 'two' }),
    async *c() {
      yield text({ text: 'three' })
    },
    d: () => of(text({ text: 'four' })),
    e: () => interrupt({ reason: 'said so' }),
    f: () => {},
    signal: (frame) => (frame.type === 'speech' ? text({ text: frame.state }) : undefined),
    close: async () => {},
  }),
})

// The whole stream.
defineProcessor({
  id: 'stream',
  summary: 'One function for all frames.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  setup: () => (frames: Observable<Frame>) => frames,
})

// What all calls share has the type of what `share` made.
defineProcessor({
  id: 'shared',
  summary: 'Something is shared.',
  ports: { in: { text: 'text' } },
  share: async () => ({ voices: 3 }),
  setup({ shared }) {
    expectType<{ voices: number }>()(shared)
    return {}
  },
})

defineProcessor({
  id: 'wrong-output',
  summary: 'Sound does not leave by a text port.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  setup: () => ({
    // @ts-expect-error -- audio out of a text port
    text: () => sound,
  }),
})

defineProcessor({
  id: 'wrong-output-later',
  summary: 'Nor does it in a promise.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  setup: () => ({
    // @ts-expect-error -- audio out of a text port
    text: async () => [sound],
  }),
})

defineProcessor({
  id: 'unknown-handler',
  summary: 'A handler belongs to a port.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  // @ts-expect-error -- there is no input called txt
  setup: () => ({ txt: () => undefined }),
})

defineProcessor({
  id: 'unknown-type',
  summary: 'A port carries a known frame.',
  // @ts-expect-error -- there is no such frame
  ports: { in: { text: 'txt' } },
  setup: () => ({}),
})

// @ts-expect-error -- a summary is required
defineProcessor({ id: 'no-summary', ports: {}, setup: () => ({}) })

// @ts-expect-error -- there is no such field
derive(text({ text: 'a' }), { txt: 'b' })

// @ts-expect-error -- the runtime fills in the header
derive(text({ text: 'a' }), { id: 7 })
