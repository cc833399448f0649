import { parseDocument } from 'yaml'
import { createValidators } from '../schema/compile.ts'
import { parseDuration } from '../schema/duration.ts'
import type { JsonSchema } from '../schema/json-schema.ts'

/** One step of a caller. */
export type CallerStep =
  | {
      readonly kind: 'say'
      readonly text: string
      /** The bot must have been quiet for this long, in ms. */
      readonly pauseMs: number
      /** Instead: the bot has been speaking for this long, in ms. */
      readonly interruptMs: number | undefined
    }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'hangup' }

/** What a simulated caller says and when. */
export interface CallerScript {
  /** Processor that speaks for the caller, and its options. */
  readonly voice: { readonly use: string; readonly with: Readonly<Record<string, unknown>> }
  /** The caller gives up when the bot says nothing for this long, in ms. */
  readonly patienceMs: number
  readonly steps: readonly CallerStep[]
}

const duration = { type: 'string', 'x-duration': true } as const satisfies JsonSchema

/** JSON Schema of a caller's script. */
export const callerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['version', 'lines'],
  properties: {
    version: { const: 1 },
    description: { type: 'string', description: 'For people.' },
    voice: {
      type: ['string', 'object'],
      description: 'A voice of flite-tts, or another processor: { use, with }.',
    },
    pause: { ...duration, description: 'Quiet after which it is the caller’s turn; 800ms.' },
    patience: { ...duration, description: 'Quiet after which the caller gives up; 15s.' },
    lines: {
      type: 'array',
      minItems: 1,
      description:
        'What is said, in this order: a text, { say, pause }, { say, interrupt: { after } }, { wait } or hangup.',
    },
  },
} as const satisfies JsonSchema

const stepSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    say: { type: 'string', pattern: '\\S' },
    pause: duration,
    wait: duration,
    interrupt: {
      type: 'object',
      additionalProperties: false,
      required: ['after'],
      properties: { after: duration },
    },
  },
} as const satisfies JsonSchema

const voiceSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['use'],
  properties: { use: { type: 'string' }, with: { type: 'object' } },
} as const satisfies JsonSchema

/** A caller's script that cannot be used. */
export class CallerScriptError extends Error {
  override readonly name = 'CallerScriptError'
  readonly help = 'graphs/callers/front-desk.yaml is an example with everything in it.'
}

interface Written {
  readonly voice?: string | { readonly use: string; readonly with?: Record<string, unknown> }
  readonly pause?: number
  readonly patience?: number
  readonly lines: readonly unknown[]
}

interface WrittenStep {
  readonly say?: string
  readonly pause?: number
  readonly wait?: number
  readonly interrupt?: { readonly after: number }
}

/**
 * Reads a script. `name` is for messages.
 * @throws CallerScriptError that says where the first fault is
 */
export function readCallerScript(text: string, name: string): CallerScript {
  const document = parseDocument(text, { prettyErrors: true })
  const [fault] = document.errors
  if (fault !== undefined) throw new CallerScriptError(`${name}: ${fault.message}`)
  const check = checker(name)
  const script = check(document.toJS({ maxAliasCount: 100 }), callerSchema, '') as Written
  const { voice = 'rms', pause: pauseMs = 800, patience: patienceMs = 15_000 } = script
  const steps = script.lines.map((line, index): CallerStep => {
    const where = `lines[${index + 1}]`
    if (line === 'hangup') {
      if (index === script.lines.length - 1) return { kind: 'hangup' }
      throw new CallerScriptError(`${name}: ${where}: hangup must be the last line`)
    }
    const written: unknown = typeof line === 'string' ? { say: line } : line
    const step = check(written, stepSchema, where) as WrittenStep
    if (step.wait !== undefined && step.say === undefined) return { kind: 'wait', ms: step.wait }
    if (step.say === undefined || step.wait !== undefined) {
      throw new CallerScriptError(`${name}: ${where} must have one of say and wait`)
    }
    const { say, interrupt, pause = pauseMs } = step
    return { kind: 'say', text: say, pauseMs: pause, interruptMs: interrupt?.after }
  })
  if (typeof voice === 'string') {
    return { voice: { use: 'flite-tts', with: { voice } }, patienceMs, steps }
  }
  const { use, with: options = {} } = check(voice, voiceSchema, 'voice') as typeof voice
  return { voice: { use, with: options }, patienceMs, steps }
}

/** What a caller says, line by line. */
export const spokenLines = (script: CallerScript): readonly string[] =>
  script.steps.flatMap((step) => (step.kind === 'say' ? [step.text] : []))

function checker(name: string): (value: unknown, schema: JsonSchema, where: string) => unknown {
  const validators = createValidators()
  return (written, schema, where) => {
    const value = withDurations(written, schema)
    const [issue] = validators.of(schema)(value)
    if (issue === undefined) return value
    const { pointer, message, params } = issue
    const place = [where, ...pointer.split('/').slice(1)].filter(Boolean).join('.') || 'the script'
    const unknown = params['additionalProperty']
    const detail = unknown === undefined ? '' : `: ${String(unknown)}`
    throw new CallerScriptError(`${name}: ${place} ${message}${detail}`)
  }
}

/** Lengths of time as numbers of ms; what is no length of time stays as it is and does not fit. */
function withDurations(value: unknown, schema: JsonSchema): unknown {
  if (schema['x-duration'] === true) {
    return (typeof value === 'string' && parseDuration(value)) || String(value)
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap || schema.properties === undefined) return value
  const entries = Object.entries(value).map(([key, one]): [string, unknown] => [
    key,
    withDurations(one, schema.properties?.[key] ?? {}),
  ])
  return Object.fromEntries(entries)
}
