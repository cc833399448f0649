import {
  defineBrain,
  defineTool,
  type Inference,
  type Json,
  type MemoryDefinition,
} from 'voxgraph/plugin'
import processMemory from 'voxgraph/processors/process-memory'
import { createVirtualClock, programOf, testSession, type MemoryInit } from 'voxgraph/testing'
import { createShared } from '../../src/kernel/shared.ts'
import { words } from './call.ts'
import { createLine, line, voice } from './line.ts'

const vars = {
  caller_name: { type: 'string', schema: { type: 'string' }, default: 'there' },
  plan: { type: 'string', schema: { type: 'string' }, default: undefined },
  visits: { type: 'integer', schema: { type: 'integer' }, default: 0 },
  mood: { type: 'string', schema: { type: 'string' }, default: 'fine' },
} as const

const learn = defineTool({
  description: 'Sets a variable.',
  parameters: { type: 'object' },
  run: (args: { readonly name?: string; readonly value?: Json }, { setVar }) => {
    setVar(args.name ?? '', args.value ?? null)
    return null
  },
})

/** What a house takes beside its memory. */
type Kept = Partial<Pick<MemoryInit, 'caller' | 'options' | 'keep'>>

/** A house in which calls come in one after the other, or several at once. */
export function house(definition: MemoryDefinition = processMemory, more: Kept = {}) {
  const clock = createVirtualClock()
  const nothing = (): void => undefined
  const shared = createShared({ debug: nothing, info: nothing, warn: nothing })
  const keep = ['caller_name', 'plan', 'visits']
  const memory: MemoryInit = { definition, options: { callers: 100 }, keep, ...more }
  // All calls of a process have one plan.
  const planned = programOf({ nodes: {}, flow: [], memory }).plan.memory
  const ring = async (from: unknown, given: Given = {}) => {
    const { brain, asked } = learner()
    const { caller, connection } = createLine(clock)
    const options = { tools: ['learn'], prompt: 'To {{caller_name}}, known: {{call.known}}.' }
    const program = programOf({
      nodes: { line, brain: { definition: brain, options }, voice },
      flow: ['line -> brain -> voice -> line'],
      tools: { learn },
      turns: { end: ['stt', { silence: 100 }], eager: false },
      vars,
      memory,
    })
    const test = testSession(
      { ...program, plan: { ...program.plan, memory: planned } },
      { clock, shared, connections: { line: connection }, vars: { call: { from }, ...given } },
    )
    await test.start()
    const isWarning = ({ level }: { readonly level: string }): boolean => level === 'warn'
    return {
      ...test,
      /** What the model was told to be, in its first question. */
      told: () => asked[0]?.prompt,
      async say(text: string): Promise<void> {
        caller.next(words(text))
        await clock.advance(1000)
      },
      warnings: () => test.logs.filter(isWarning).map(({ message }) => message),
    }
  }
  return { clock, shared, ring }
}

type Given = Readonly<Record<string, unknown>>

/** A brain that sets the variables that it is told: `plan gold`. */
function learner() {
  const asked: Inference[] = []
  const brain = defineBrain({
    id: 'brain',
    summary: 'Learns what it is told.',
    options: { type: 'object', properties: {} },
    setup: () => ({
      respond(inference) {
        asked.push(inference)
        const said = inference.messages.at(-1)
        if (inference.reason !== 'turn' || said?.role !== 'user') return []
        const [name = '', text = ''] = said.text.split(' ')
        const value = /^\d+$/.test(text) ? Number(text) : text
        return [{ tool: 'learn', arguments: { name, value } }]
      },
    }),
  })
  return { brain, asked }
}
