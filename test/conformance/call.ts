import {
  defineBrain,
  speech,
  transcript,
  type Brain,
  type BrainDefinition,
  type Frame,
  type FrameOf,
  type FrameType,
  type Inference,
  type Said,
} from 'voxgraph/plugin'
import { createVirtualClock, testSession, type NodeInit, type ProgramInit } from 'voxgraph/testing'
import { createLine, line, voice } from './line.ts'

/** What a brain of a test answers. */
export type Answer = (inference: Inference) => ReturnType<Brain['respond']>

/** What `call` takes beside the answers. */
export interface CallInit extends Pick<ProgramInit, 'tools' | 'turns'> {
  /** Options of the brain beside its tools. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly limits?: Extract<NodeInit, { readonly limits?: unknown }>['limits']
  /** Stands in for the voice that needs no time. */
  readonly voice?: ProgramInit['nodes'][string]
}

/** What the recogniser is sure of. */
export const words = (text: string): FrameOf<'transcript'> => transcript({ text, final: true })
/** What it hears so far. */
export const interim = (text: string): FrameOf<'transcript'> => transcript({ text, final: false })
/** The detector hears a voice, `latency` ms late. */
export const begins = (latency = 0): FrameOf<'speech'> => speech({ state: 'started', latency })
/** The detector hears its end. */
export const ends = (latency = 0): FrameOf<'speech'> => speech({ state: 'stopped', latency })

/** A brain that answers as a test says, and has the options that its graph gives. */
export const brainThat = (answer: Answer): BrainDefinition =>
  defineBrain({
    id: 'brain',
    summary: 'Answers as the test says.',
    options: { type: 'object', properties: {} },
    setup: () => ({ respond: answer }),
  })

/** A sentence of twelve words: 720 ms of the voice. */
export const long = 'one two three four five six seven eight nine ten eleven twelve'

/** A call on virtual time with a brain that answers as the test says: `line -> brain -> voice -> line`. */
export async function call(answer: Answer, init: CallInit = {}) {
  const asked: Inference[] = []
  const brain = brainThat((inference) => {
    asked.push(inference)
    return answer(inference)
  })
  const clock = createVirtualClock()
  const { caller, connection, heard, cleared, closed } = createLine(clock)
  const { tools = {}, turns = {}, limits = {} } = init
  const options = { tools: [...Object.keys(tools), 'end_call'], ...init.options }
  const test = testSession(
    {
      nodes: { line, brain: { definition: brain, options, limits }, voice: init.voice ?? voice },
      flow: ['line -> brain -> voice -> line'],
      tools,
      turns,
    },
    { clock, connections: { line: connection } },
  )
  await test.start()
  return {
    ...test,
    caller,
    heard,
    cleared,
    closed,
    asked,
    lastHeard: () => heard.at(-1)?.at ?? 0,
    /** What the model was told last. */
    told: () => asked.at(-1)?.messages ?? [],
    /** Frames of one type so far, in order. */
    all: <T extends FrameType>(type: T) => framesOf(test.frames, type),
    /** Says something as a person would: 300 ms of voice, and the words at its end. */
    async say(text: string): Promise<void> {
      caller.next(begins())
      await clock.advance(300)
      caller.next(ends())
      caller.next(words(text))
    },
  }
}

const framesOf = <T extends FrameType>(frames: readonly Frame[], type: T): FrameOf<T>[] =>
  frames.filter((frame): frame is FrameOf<T> => frame.type === type)

/** The greeting, and one answer for everything else. */
export const answers =
  (greeting: string, answer: string): Answer =>
  ({ reason }) =>
    reason === 'start' ? [greeting] : reason === 'turn' ? [answer] : ([] as Said[])
