import type { Json } from '../frames/index.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Log } from './processor.ts'

/** What a tool gets beside its arguments. On virtual time the clock stands still while it runs, but for `sleep`. */
export interface ToolContext {
  /** Aborted at the deadline, when the tool is cancelled and when the call is over. */
  readonly signal: AbortSignal
  readonly log: Log
  /** Unique for the call; the same again when the same request is retried. */
  readonly callId: string
  /** Unique beyond the call, and the same for one request however often it is tried. */
  readonly idempotencyKey: string
  /** Of a job: how far it is, in a few words that the model may mention. */
  progress(text: string): void
  /** Waits on the clock of the call; rejects when `signal` aborts. On virtual time it takes no time. */
  sleep(delayMs: number): Promise<void>
  /** Variables of the call as they are when it is read (`call.from`, and those the graph declares). */
  readonly vars: Readonly<Record<string, unknown>>
  /**
   * Sets a variable that the graph declares, for everybody in the call.
   * @throws VoxgraphError `unknown-var` or `bad-var` (it does not fit its type); nothing is set then
   */
  setVar(name: string, value: Json): void
}

/**
 * What a tool throws to tell the model why it did not work, in a sentence that the caller may hear: there is no
 * such order. Anything else that it throws goes to the log, and the model gets a neutral sentence.
 */
export class ToolError extends Error {
  override readonly name = 'ToolError'
}

/** True for a `ToolError`, of another copy of the package too. */
export const isToolError = (thrown: unknown): thrown is ToolError =>
  thrown instanceof Error && thrown.name === 'ToolError'

/** What the author of a tool writes. */
export interface ToolSpec<S extends JsonSchema> {
  /** Tells the model what it is for. */
  readonly description: string
  /** JSON Schema of the arguments; they are checked before `run`. */
  readonly parameters: S
  /**
   * `read` only looks something up. `commit` (unless given) changes something: it runs only when its
   * response is certain: not while the bot is held, and not when the caller has interrupted.
   */
  readonly effect?: 'read' | 'commit'
  /**
   * Long work: the model does not wait for it. It goes on speaking, sees how far the job is, and is told of
   * the result when nobody speaks. Its usual deadline is ten minutes.
   */
  readonly job?: true
  /** Gives JSON. What it throws goes to the log; the model gets a neutral sentence, or that of a `ToolError`. */
  readonly run: (args: Infer<S>, ctx: ToolContext) => Json | Promise<Json>
}

/** A tool as the runtime holds it. */
export interface ToolDefinition {
  readonly kind: 'tool'
  readonly description: string
  readonly parameters: JsonSchema
  readonly effect: 'read' | 'commit'
  readonly job: boolean
  readonly run: (args: never, ctx: ToolContext) => Json | Promise<Json>
}

/** Defines a tool: a function that the model may call. */
export function defineTool<const S extends JsonSchema>(spec: ToolSpec<S>): ToolDefinition {
  return {
    kind: 'tool',
    description: spec.description,
    parameters: spec.parameters,
    effect: spec.effect ?? 'commit',
    job: spec.job ?? false,
    run: spec.run as ToolDefinition['run'],
  }
}
