import {
  audio,
  defineBrain,
  defineProcessor,
  speech,
  transcript,
  type Brain,
  type Connection,
  type FrameOf,
  type FrameType,
  type Inference,
  type Message,
  type NodeDefinition,
} from 'voxgraph/plugin'
import { createVirtualClock, testSession, type ProgramInit } from 'voxgraph/testing'
import { createLine, line, wordMs } from './line.ts'

/** What an agent of a test answers. */
export type AgentAnswer = (inference: Inference) => ReturnType<Brain['respond']>

type AgentsInit = NonNullable<ProgramInit['agents']>

/** An agent of a test: how it answers, what it may do, and what of it is out of order. */
export interface TestAgent {
  readonly answer: AgentAnswer
  readonly does?: AgentsInit[string]
  readonly tools?: readonly string[]
  readonly options?: Readonly<Record<string, unknown>>
  /** Stands in for what its brain does before it can answer. */
  readonly setup?: () => Promise<void> | void
  /** Is told that a brain of it is closed. */
  readonly close?: () => void
  /** Stands in for its voice. */
  readonly voice?: NodeDefinition
  /** Hears the caller beside its brain. */
  readonly listener?: NodeDefinition
}

/** A voice whose samples are all `level`, so that one hears whose it is: 60 ms of sound for every word. */
export const voiceOf = (level: number): NodeDefinition =>
  defineProcessor({
    id: `voice-${level}`,
    summary: 'Makes 60 ms of sound for every word.',
    role: 'tts',
    ports: { in: { text: 'text' }, out: { audio: 'audio' } },
    setup: () => ({
      *text(frame) {
        if (frame.type === 'text' && !frame.speak) return
        const span = frame.type === 'text' ? frame.span : 0
        const samples = new Int16Array((wordMs / 3) * 16).fill(level)
        for (const _ of frame.text.split(/\s+/).filter(Boolean)) {
          for (let part = 0; part < 3; part++) {
            yield audio({ role: 'agent', samples, sampleRate: 16_000, span })
          }
        }
      },
    }),
  })

/** A call on virtual time that several agents may have: `line -> agents -> line`. */
export async function agentsCall(
  agents: Readonly<Record<string, TestAgent>>,
  init: Pick<ProgramInit, 'tools' | 'turns' | 'vars'> & {
    readonly connection?: Partial<Connection>
  } = {},
) {
  const asked: { readonly agent: string; readonly inference: Inference }[] = []
  const clock = createVirtualClock()
  const { caller, connection, heard, cleared, closed } = createLine(clock)
  const names = Object.keys(agents)
  const nodes: Record<string, ProgramInit['nodes'][string]> = { line }
  const flow = ['line -> agents/in', 'agents/out -> line']
  names.forEach((name, index) => {
    const { answer, setup, close, listener, ...rest } = agents[name] as TestAgent
    const { tools = [], options, voice, does } = rest
    const definition = defineBrain({
      id: `brain-${name}`,
      summary: 'Answers as the test says.',
      options: { type: 'object', properties: { key: { type: 'string', writeOnly: true } } },
      setup: async () => {
        await setup?.()
        return {
          respond(inference) {
            asked.push({ agent: name, inference })
            return answer(inference)
          },
          close: () => close?.(),
        }
      },
    })
    nodes[`${name}/brain`] = {
      definition,
      options: { tools, prompt: `You are ${name}.`, ...options },
    }
    if (does?.role !== undefined && does.role !== 'floor') return
    nodes[`${name}/voice`] = voice ?? voiceOf(1000 * (index + 1))
    flow.push(`agents/in.${name} -> ${name}/brain -> ${name}/voice -> agents/out.${name}`)
    flow.push(`agents/in.${name}.dtmf -> ${name}/brain.dtmf`)
    if (listener === undefined) return
    nodes[`${name}/listener`] = listener
    flow.push(`agents/in.${name} -> ${name}/listener`)
  })
  const { connection: other, ...program } = init
  const does = Object.fromEntries(names.map((name) => [name, agents[name]?.does ?? {}]))
  const test = testSession(
    { nodes, flow, agents: does, ...program },
    { clock, connections: { line: { ...connection, ...other } } },
  )
  await test.start()
  const told = (agent: string): readonly Message[] =>
    asked.findLast((one) => one.agent === agent)?.inference.messages ?? []
  return {
    ...test,
    caller,
    heard,
    cleared,
    closed,
    asked,
    /** What an agent was told last, in short. */
    told: (agent: string) => told(agent).map(brief),
    /** Who asked its model, in order: `billing turn`. */
    turns: () => asked.map(({ agent, inference }) => `${agent} ${inference.reason}`),
    /** Frames of one type so far, in order. */
    all: <T extends FrameType>(type: T): FrameOf<T>[] =>
      test.frames.filter((frame): frame is FrameOf<T> => frame.type === type),
    /** Whose voice the caller heard, in order, each once. */
    voices: () => {
      const levels = heard.map(({ frame }) => names[(frame.samples[0] ?? 0) / 1000 - 1] ?? '?')
      return levels.filter((level, index) => level !== levels[index - 1])
    },
    /** Hand-offs so far: `triage > billing done`. */
    handoffs: () =>
      test.frames.flatMap((frame) =>
        frame.type === 'handoff' ? [`${frame.from} > ${frame.to} ${frame.state}`] : [],
      ),
    /** Says something as a person would, and waits until it has been answered. */
    async say(text: string, waitMs = 2_000): Promise<void> {
      caller.next(speech({ state: 'started', latency: 0 }))
      await clock.advance(300)
      caller.next(speech({ state: 'stopped', latency: 0 }))
      caller.next(transcript({ text, final: true }))
      await clock.advance(waitMs)
    },
  }
}

/** A message in one line. */
export function brief(message: Message): string {
  switch (message.role) {
    case 'user':
      return `user: ${message.text}`
    case 'assistant':
      return `assistant${message.interrupted ? '*' : ''}: ${message.text}`
    case 'tool':
      return `tool: ${message.name} ${message.result.status}`
    case 'handoff': {
      const { from, pass, summary, failure } = message
      const parts = [JSON.stringify(pass), summary, failure].filter((part) => part !== undefined)
      return `handoff: ${from} ${parts.join(' ')}`
    }
  }
}

/** Hands over when the caller names the agent, and says what it is otherwise. */
export const router =
  (name: string, targets: readonly string[]): AgentAnswer =>
  ({ messages, reason }) => {
    const last = messages.findLast(({ role }) => role === 'user')
    const text = last?.role === 'user' ? last.text : ''
    const target = targets.find((one) => text.includes(one))
    const isAsked = reason === 'turn' && target !== undefined
    return isAsked
      ? [`One moment. `, { tool: `transfer_to_${target}`, arguments: {} }]
      : [`This is ${name}.`]
  }
