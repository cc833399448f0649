import {
  defineTool,
  speech,
  transcript,
  type Brain,
  type BrainDefinition,
  type Clock,
  type Frame,
  type Json,
  type Said,
  type UsageInit,
} from 'voxgraph/plugin'
import {
  createVirtualClock,
  emulateAnthropic,
  testSession,
  type EmulatedPiece,
  type EmulatedQuestion,
  type Received,
} from 'voxgraph/testing'
import anthropicLlm from '../../processors/anthropic-llm/index.ts'
import { optionsOf } from '../../processors/anthropic-llm/testing.ts'
import { createLine, line, voice } from '../conformance/line.ts'

/** Length of the call, in ms. */
const callMs = 900_000
/** What a piece of an answer takes on the clock of the call, in ms. */
const pieceMs = 25

/** One question to the model, and what it cost. */
export interface Asked {
  /** Ms since the call began. */
  readonly at: number
  readonly body: RequestBody
  readonly usage: Required<UsageInit['usage']>
}

/** A request as it reached the service. */
export interface RequestBody {
  readonly model: string
  readonly max_tokens: number
  readonly tools?: readonly object[]
  readonly system: readonly object[]
  readonly messages: readonly { readonly role: string; readonly content: readonly object[] }[]
}

/** What a call of a quarter of an hour was like. */
export interface LongCall {
  readonly asked: readonly Asked[]
  readonly turns: number
  readonly interruptions: number
  readonly toolCalls: number
  readonly violations: readonly string[]
  readonly warnings: readonly string[]
  /** Shares of cached input that the brain reported, one a question. */
  readonly shares: readonly number[]
}

/**
 * A call of fifteen minutes between a caller who asks, interrupts and pauses, and Claude: the real
 * conversation, brain and SDK; the service is the emulator. The clock of the call stands still while the
 * service answers, so that every run is the same.
 */
export async function longCall(
  prompt: string,
  options: Parameters<typeof optionsOf>[0] = {},
): Promise<LongCall> {
  const clock = createVirtualClock()
  const emulator = await emulateAnthropic({ clock, answer: receptionist })
  const { caller, connection } = createLine(clock)
  const { endpoint, key: api_key } = emulator
  const test = testSession(
    {
      nodes: {
        line,
        llm: {
          definition: inCallTime(anthropicLlm),
          options: {
            ...optionsOf({ ...options, endpoint, api_key }),
            ...{ prompt, tools: [...Object.keys(tools), 'end_call'] },
          },
        },
        voice,
      },
      flow: ['line -> llm -> voice -> line'],
      tools,
    },
    { clock, connections: { line: connection } },
  )
  try {
    await test.start()
    let turns = 0
    for (; clock.now() < callMs; turns++) await takeTurn(turns, caller, clock)
    const { figures } = await test.end()
    return {
      ...{ turns, interruptions: figures.interruptions, violations: emulator.violations },
      asked: withUsage(emulator.received, test.frames),
      toolCalls: test.frames.filter(({ type }) => type === 'tool-call').length,
      warnings: test.logs.filter(({ level }) => level === 'warn').map(({ message }) => message),
      shares: test.frames.flatMap((frame) =>
        frame.type === 'metric' && frame.name === 'llm.cached_share' ? [frame.value] : [],
      ),
    }
  } finally {
    await emulator.close()
  }
}

/** The caller says something: seldom at once, sometimes into the answer, sometimes with a pause for breath. */
async function takeTurn(
  turn: number,
  caller: { next(frame: Frame): void },
  clock: Clock & { advance(ms: number): Promise<void> },
): Promise<void> {
  const words = lines[turn % lines.length] ?? ''
  caller.next(speech({ state: 'started', latency: 60 }))
  await clock.advance(250)
  const half = words.slice(0, words.indexOf(' ', words.length / 2))
  caller.next(transcript({ text: half, final: false }))
  await clock.advance(900 + ((turn * 137) % 900))
  caller.next(speech({ state: 'stopped', latency: 180 }))
  caller.next(transcript({ text: `${words} (${turn + 1})`, final: true }))
  if (turn % 10 === 4) {
    // They go on before anybody knows that they were not done.
    await clock.advance(300)
    caller.next(speech({ state: 'started', latency: 60 }))
    await clock.advance(700)
    caller.next(speech({ state: 'stopped', latency: 180 }))
    caller.next(transcript({ text: 'if that is possible.', final: true }))
  }
  // Every seventh answer is interrupted before it is over.
  await clock.advance(turn % 7 === 5 ? 1600 : 9000 + ((turn * 811) % 3000))
}

/** What the caller says, round and round. */
const lines = [
  'Good morning, do you have a room for two nights next week?',
  'And how much would that be with breakfast for both of us?',
  'Please check the price and the weather for Saturday.',
  'Is there a place where I could leave the car over night?',
  'We would like to bring our dog, would that be all right',
  'Tell me everything about the restaurant and what it serves in the evening.',
  'No wait, only the opening hours please.',
  'Could you look into a transfer from the airport for us?',
  'What else is there to do in town when it rains all day?',
] as const

/** An emulated receptionist: looks things up when it is asked to, and else talks for a while. */
function* receptionist({ said, results, body }: EmulatedQuestion): Generator<EmulatedPiece> {
  const newest = said.split('.').at(-2) ?? said
  if (results.length > 0) yield { text: `I have it here: ${results.join(', and ').slice(0, 80)}.` }
  else if (newest.includes('check the price')) {
    yield { text: 'Let me see.' }
    yield { tool: 'price', arguments: { room: 'double', nights: 2 } }
    yield { tool: 'weather', arguments: { day: 'Saturday' } }
  } else if (said.includes('look into')) {
    yield { tool: 'transfer', arguments: { from: 'the airport' } }
  } else {
    const sentences = 1 + (body.messages.length % 4)
    for (let n = 0; n < sentences; n++) yield { text: `${talk[n] ?? ''} ` }
  }
}

const talk = [
  'Of course, I can help you with that.',
  'There are several rooms left on the second floor, and all of them look out over the harbour.',
  'Breakfast is served in the garden from seven to ten, as long as the weather is good.',
  'You can reach the old town on foot in ten minutes, and the bus stops in front of the door.',
] as const

const place = {
  type: 'object',
  additionalProperties: false,
  properties: { from: { type: 'string', description: 'Where the guests arrive.' } },
} as const

const tools = {
  price: defineTool({
    description: 'Tells the price of a room for a number of nights, taxes included.',
    parameters: {
      type: 'object',
      additionalProperties: false,
      required: ['room', 'nights'],
      properties: {
        room: { type: 'string', enum: ['single', 'double'], description: 'Kind of room.' },
        nights: { type: 'integer', description: 'How many nights the guests stay.' },
      },
    },
    effect: 'read',
    run: async ({ nights }, { sleep }): Promise<Json> => {
      await sleep(200)
      return { euros: 120 * nights, breakfast: 14 }
    },
  }),
  weather: defineTool({
    description: 'Tells the weather that is expected in town.',
    parameters: {
      type: 'object',
      additionalProperties: false,
      required: ['day'],
      properties: { day: { type: 'string', description: 'Day of the week.' } },
    },
    effect: 'read',
    run: () => 'sunny, with a light wind from the sea',
  }),
  transfer: defineTool({
    description: 'Looks for a driver; that takes a while, and the caller need not wait.',
    parameters: place,
    job: true,
    run: async (_: unknown, { sleep, progress }): Promise<Json> => {
      await sleep(3000)
      progress('two drivers have been asked')
      await sleep(15_000)
      return { driver: 'Nils', euros: 35 }
    },
  }),
}

/** A house with its rules and rooms: a prompt of a length as front desks have it. */
export const longPrompt = [
  'You answer the telephone of a small hotel by the harbour. You are friendly and brief: two or three sentences, and one question at a time. You never invent a price.',
  ...Array.from({ length: 140 }, (_, n) => {
    const [floor, view] = [1 + Math.floor(n / 40), n % 3 === 0 ? 'the garden' : 'the harbour']
    const beds = n % 4 === 0 ? 'a double and a single bed' : 'a double bed'
    return `Room ${floor}${String(1 + (n % 40)).padStart(2, '0')} has ${beds}, looks out over ${view}, is ${18 + (n % 9)} square metres large and costs ${95 + (n % 13) * 5} euros a night.`
  }),
].join('\n')

/** The same brain; on virtual time the call waits for what the service says. */
const inCallTime = (definition: BrainDefinition): BrainDefinition => ({
  ...definition,
  setup: async (ctx) => {
    const { clock } = ctx as { readonly clock: Clock }
    const brain = await definition.setup(ctx)
    return {
      respond(inference) {
        const said = brain.respond(inference) as AsyncGenerator<Said>
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => clock.work(said.next(), pieceMs),
            return: () => said.return(undefined),
          }),
        }
      },
    } satisfies Brain
  },
})

/** Requests in order, with what was reported of each. */
function withUsage(received: readonly Received[], frames: readonly Frame[]): readonly Asked[] {
  const requests = received.filter(({ path }) => path === '/v1/messages')
  const none = { characters: 0, audio_seconds: 0, call_minutes: 0 }
  const zero = { input_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0, output_tokens: 0 }
  const usages = frames.flatMap((frame) => (frame.type === 'usage' ? [frame.usage] : []))
  return requests.map(({ at, body }, index) => ({
    at,
    body: body as RequestBody,
    usage: { ...zero, ...none, ...usages[index] },
  }))
}
