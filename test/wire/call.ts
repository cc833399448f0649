import { Subject } from 'rxjs'
import {
  defineBrain,
  defineProcessor,
  defineTransport,
  defineTts,
  interrupt,
  noOptions,
  transcript,
  turn,
  type Connection,
  type Frame,
} from 'voxgraph/plugin'
import { createLiveClock, programOf, type Emulator } from 'voxgraph/testing'
import { drivers } from '../../src/drivers.ts'
import { Session } from '../../src/kernel/session.ts'
import { createShared } from '../../src/kernel/shared.ts'
import { hurried } from '../faults/stages.ts'
import { answerTo, type Wire } from './wires.ts'

const rate = 16_000

const line = defineTransport({
  id: 'line',
  summary: 'Stands in for a transport.',
  ports: { in: { audio: 'audio' }, out: { transcript: { type: 'transcript', main: true } } },
  listen: () => Promise.reject(new Error('not opened')),
})

const cutter = defineProcessor({
  id: 'cutter',
  summary: 'Interrupts.',
  ports: { in: { text: 'text' } },
  setup: () => ({ text: () => interrupt({ reason: 'a test' }) }),
})

const mind = defineBrain({
  id: 'mind',
  summary: 'Says all of its answer at once.',
  options: { type: 'object', additionalProperties: false, properties: {} },
  setup: () => ({
    *respond({ reason, messages }) {
      const last = messages.findLast(({ role }) => role === 'user')
      if (reason === 'turn' && last?.role === 'user') yield answerTo(last.text)
    },
  }),
})

const voice = defineTts({
  id: 'voice',
  summary: 'Speaks in tones.',
  options: noOptions,
  formats: [{ sampleRate: rate, channels: 1 }],
  setup: () => ({
    async *speak({ text }) {
      for await (const { span, text: said } of text) {
        yield { span, samples: (await hurried(said, '')).samples }
      }
    },
  }),
})

/** A call in which one stage is a vendor's. */
export interface WireCall {
  readonly emulator: Emulator
  /** Every frame so far. */
  readonly frames: readonly Frame[]
  /** Says something, and resolves when the vendor's answer to it has begun to come. */
  say(text: string): Promise<void>
  /** Says something, and resolves when all of the answer to it has been heard. */
  sayAndHear(text: string): Promise<void>
  /** Emits the interruption. @returns when that was, on the clock of the call and of the emulator */
  interrupt(): number
  /** Resolves when something has come true. @throws Error when it has not for 15 s */
  until(what: string, isTrue: () => boolean): Promise<void>
  /** Ends the call; resolves when nothing of it is left. */
  close(): Promise<void>
}

/** Longest that is waited for something that must come, in ms. */
const patienceMs = 15_000

/** Begins a call and the vendor's emulator for it. */
export async function openCall(wire: Wire): Promise<WireCall> {
  const clock = createLiveClock()
  const emulator = await wire.emulate(clock)
  const caller = new Subject<Frame>()
  const frames: Frame[] = []
  const connection: Connection = {
    call: {},
    frames: caller,
    play: () => undefined,
    send: () => undefined,
    clear: () => undefined,
    close: () => undefined,
  }
  const shared = createShared({ debug() {}, info() {}, warn() {} })
  const session = new Session({
    id: 'wire',
    program: programOf({
      nodes: {
        line,
        cutter,
        mind,
        voice,
        [wire.stage === 'llm' ? 'mind' : 'voice']: wire.node(emulator),
      },
      flow: ['line -> mind -> voice -> line.audio'],
      // Phrases for bad times would be spoken first, over the same connection.
      turns: { trouble: { wait: '', sorry: '', goodbye: '' } },
      buffer: 20,
    }),
    clock,
    shared,
    drivers,
    connections: new Map([['line', connection]]),
    observe: (event) => void (event.type === 'frame' && frames.push(event.frame)),
  })
  const isAnswer = (frame: Frame): boolean =>
    wire.stage === 'llm'
      ? frame.type === 'text' && frame.source === 'mind'
      : frame.type === 'audio' && frame.source === 'voice'
  // A fact of span 0 says that a whole response is over.
  const isHeard = (frame: Frame): boolean =>
    frame.type === 'playout' && frame.span === 0 && frame.state === 'stopped'
  const until: WireCall['until'] = async (what, isTrue) => {
    const last = clock.now() + patienceMs
    while (!isTrue()) {
      if (clock.now() > last) throw new Error(`it never came to ${what}`)
      await new Promise((resolve) => void setImmediate(resolve))
    }
  }
  const say = async (text: string, isSaid: (frame: Frame) => boolean): Promise<void> => {
    const from = frames.length
    caller.next(transcript({ text, final: true }))
    caller.next(turn({ state: 'ended', text: '' }))
    await until(`an answer to "${text}"`, () => frames.slice(from).some(isSaid))
  }
  await session.start()
  return {
    emulator,
    frames,
    say: (text) => say(text, isAnswer),
    sayAndHear: (text) => say(text, isHeard),
    interrupt() {
      session.feed('cutter', 'text', transcript({ text: 'now', final: true }))
      return frames.findLast(({ type }) => type === 'interrupt')?.at ?? Number.NaN
    },
    until,
    async close() {
      session.cancel('the test is over')
      await session.ended
      await shared.close()
      await emulator.close()
    },
  }
}
