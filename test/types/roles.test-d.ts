/** Right and wrong uses of `defineTool`, `defineBrain` and `defineTransport`. */
import { of, type Observable } from 'rxjs'
import {
  audio,
  defineBrain,
  defineTool,
  defineTransport,
  type Connection,
  type Frame,
  type Inference,
  type Message,
} from 'voxgraph/plugin'
import { expectType } from './expect.ts'

const noParameters = { type: 'object', properties: {} } as const
const optionsWithName = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', description: 'Name.' } },
} as const

defineTool({
  description: 'Finds a room.',
  parameters: {
    type: 'object',
    required: ['floor'],
    properties: {
      floor: { type: 'integer', description: 'Floor.' },
      view: { enum: ['sea', 'yard'], description: 'View.' },
    },
  },
  run(args, { signal, callId }) {
    expectType<number>()(args.floor)
    expectType<'sea' | 'yard' | undefined>()(args.view)
    expectType<AbortSignal>()(signal)
    expectType<string>()(callId)
    return { room: 12, free: true }
  },
})

defineTool({
  description: 'Gives something that is not JSON.',
  parameters: noParameters,
  // @ts-expect-error -- a Date is not JSON
  run: () => new Date(0),
})

defineTool({
  description: 'Reads an argument that it does not have.',
  parameters: noParameters,
  // @ts-expect-error -- there is no such argument
  run: (args) => args.floor,
})

defineBrain({
  id: 'brain',
  summary: 'Says things and calls tools.',
  options: optionsWithName,
  setup({ options, node }) {
    expectType<string>()(options.name)
    expectType<string>()(node)
    return {
      async *respond({ messages, reason }) {
        expectType<readonly Message[]>()(messages)
        expectType<Inference['reason']>()(reason)
        yield 'Good morning. '
        yield { tool: 'find_room', arguments: { floor: 1 } }
      },
    }
  },
})

defineBrain({
  id: 'brain-of-values',
  summary: 'Answers with a list or a stream.',
  options: noParameters,
  setup: () => ({ respond: ({ reason }) => (reason === 'start' ? ['Hello.'] : of('Yes.')) }),
})

defineBrain({
  id: 'wrong-brain',
  summary: 'Says a number.',
  options: noParameters,
  // @ts-expect-error -- text or a tool call
  setup: () => ({ respond: () => [7] }),
})

declare const frames: Observable<Frame>

defineTransport({
  id: 'line',
  summary: 'A line.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio', dtmf: 'dtmf' } },
  options: optionsWithName,
  async listen({ options, clock }, accept) {
    expectType<string>()(options.name)
    const connection: Connection = {
      call: { from: 'someone' },
      frames,
      play: (frame) => void frame.samples,
      send: (frame) => void (frame.type === 'dtmf' ? frame.digit : frame.type),
      clear: () => {},
      close: () => {},
    }
    accept(connection)
    return { address: `line at ${clock.now()}`, close: async () => {} }
  },
})

defineTransport({
  id: 'wrong-line',
  summary: 'Accepts half a connection.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  async listen(_ctx, accept) {
    // @ts-expect-error -- it cannot play
    accept({ call: {}, frames })
    return { address: '', close: async () => {} }
  },
})

defineTransport({
  id: 'no-address',
  summary: 'Says not where it is.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  // @ts-expect-error -- a listener has an address
  listen: async () => ({ close: async () => {} }),
})

// @ts-expect-error -- a sound has a role
audio({ samples: new Int16Array(1), sampleRate: 8000 })
