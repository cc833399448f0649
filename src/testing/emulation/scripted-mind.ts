import type { BrainDefinition, Said } from '../../define/index.ts'
import { toAsync } from '../../providers/to-async.ts'
import { createValidators } from '../../schema/compile.ts'
import type { Clock } from '../../time/clock.ts'
import type { ModelPiece } from '../emulators/minds.ts'
import { silentLog } from './silent-log.ts'
import { mindOf, type ToldModel } from './told-model.ts'

/** A dialogue, and for whom it is. */
export interface MindScript {
  /** Found in what the model is told to be; undefined: for everybody else. */
  readonly match: RegExp | undefined
  /** Options of the brain. */
  readonly script: Readonly<Record<string, unknown>>
}

/** What `scriptedMind` takes. */
export interface ScriptedMindInit {
  /** Answers for the model: `script-llm`. */
  readonly definition: BrainDefinition
  /** The first that fits answers. */
  readonly scripts: readonly MindScript[]
  readonly clock: Clock
}

/**
 * A mind for emulated models that answers with dialogues: which one is chosen by what the model is told to be,
 * so that each agent has its own. Every request is answered from what stands in it, as a service does. Where
 * no dialogue is meant it says politely what it was asked.
 * @throws Error when a dialogue does not fit the schema of the brain
 */
export function scriptedMind(
  init: ScriptedMindInit,
): (told: ToldModel) => AsyncGenerator<ModelPiece> {
  const { definition, clock } = init
  const scripts = init.scripts.map(({ match, script }) => {
    const options = structuredClone(script) as Record<string, unknown>
    const [issue] = createValidators().of(definition.options)(options)
    if (issue !== undefined) throw new Error(`${issue.pointer.slice(1) || 'it'} ${issue.message}`)
    return { match, options, calls: [...toolsIn(options)] }
  })
  return async function* (told) {
    const found = scripts.find(({ match }) => match?.test(told.system) ?? true)
    const asked = mindOf(told)
    if (found === undefined) return yield* politely(asked.messages.at(-1))
    const over = new AbortController()
    const { signal } = over
    const nothing = (): void => undefined
    const tools = [...new Set([...told.tools, ...found.calls])]
    const ctx = {
      ...{ options: found.options, shared: undefined, node: 'mind', tools, toolset: [] },
      ...{ clock, log: silentLog, signal, metric: nothing, usage: nothing },
      prompt: () => told.system,
    }
    const brain = await definition.setup(ctx as never)
    try {
      const inference = { ...asked, tools: [], vars: {}, signal }
      for await (const said of toAsync(() => brain.respond(inference))) yield* pieceOf(said)
    } finally {
      over.abort()
      await brain.close?.()
    }
  }
}

function* pieceOf(said: Said): Generator<ModelPiece> {
  if (typeof said === 'string') {
    if (said !== '') yield { text: said }
  } else if ('tool' in said) yield { tool: said.tool, arguments: said.arguments }
}

/** What a model says to which nobody has told what to say. */
function* politely(
  last: ReturnType<typeof mindOf>['messages'][number] | undefined,
): Generator<ModelPiece> {
  if (last?.role === 'user')
    yield { text: `You said: ${last.text.slice(0, 200)}. What else can I do for you?` }
  else if (last?.role === 'tool') yield { text: 'That is done. What else can I do for you?' }
  else if (last?.role !== 'assistant') yield { text: 'Hello, what can I do for you?' }
}

/** Names of tools that a dialogue calls, wherever they stand in it. */
function* toolsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, one] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const name = key === 'tool' ? (one as { readonly name?: unknown } | undefined)?.name : undefined
    if (typeof name === 'string') yield name
    if (key === 'end_call' && one === true) yield 'end_call'
    yield* toolsIn(one)
  }
}
