import { parseDocument } from 'yaml'
import { createValidators, type SchemaIssue } from '../../schema/compile.ts'
import { parseDuration } from '../../schema/duration.ts'
import type { JsonSchema } from '../../schema/json-schema.ts'
import { faultNames, type FaultName } from '../emulators/emulator.ts'

/** Vendors that there are emulators of. */
export const emulatedVendors = [
  'anthropic',
  'cartesia',
  'deepgram',
  'elevenlabs',
  'openai',
] as const
/** One of `emulatedVendors`. */
export type EmulatedVendor = (typeof emulatedVendors)[number]

type Options = Readonly<Record<string, unknown>>

/** Something that is to go wrong at a vendor. */
export interface PlannedFault {
  readonly vendor: EmulatedVendor
  readonly fault: FaultName
  readonly when: 'open' | 'answer'
  /** How many connections or answers go well before. */
  readonly after: number
  /** How often it happens. */
  readonly times: number
}

/** What the emulators of a graph say, hear and do, as it is written in a file. */
export interface Emulation {
  /** Options of the recogniser that hears for emulated ones; undefined: it is heard only that somebody speaks. */
  readonly ear: Options | undefined
  /** Options of the voice that speaks for emulated ones, by id of the vendor's voice. */
  readonly voices: Readonly<Record<string, Options>>
  /** Dialogues that answer for emulated models, and whom they are for: a text or an expression. */
  readonly minds: readonly {
    readonly match: string | undefined
    readonly script: string | Options
  }[]
  /** Ms until the first part of an answer comes. */
  readonly delays: Readonly<Partial<Record<EmulatedVendor, number>>>
  readonly faults: readonly PlannedFault[]
}

/** Nothing is told of them. */
export const plainEmulation: Emulation = {
  ear: undefined,
  voices: {},
  minds: [],
  delays: {},
  faults: [],
}

/** A file that does not say how a graph is to be emulated. */
export class EmulationError extends Error {
  override readonly name = 'EmulationError'
  readonly help =
    'See docs/emulation.md; graphs/front-desk.cloud.emulate.yaml has everything in it.'
}

/** Longest file that is read, in characters. */
const longestFile = 1_000_000

const options = { type: 'object' } as const satisfies JsonSchema

/** JSON Schema of the file. */
export const emulationSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    version: { const: 1 },
    description: { type: 'string', description: 'For people.' },
    ear: {
      ...options,
      description: 'Options of pocketsphinx-stt: the phrases that are understood.',
    },
    voices: {
      type: 'object',
      additionalProperties: options,
      description: 'Options of flite-tts by id of a voice: { a0e99841-…: { voice: slt } }.',
    },
    minds: {
      type: 'array',
      maxItems: 100,
      description: 'Dialogues of script-llm. The first that fits the prompt answers.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['script'],
        properties: {
          match: {
            type: 'string',
            minLength: 1,
            maxLength: 500,
            description: 'Found in the prompt: a text, or /an expression/. Everybody unless given.',
          },
          script: {
            type: ['string', 'object'],
            description: 'The dialogue, or a file beside this one.',
          },
        },
      },
    },
    delays: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        emulatedVendors.map((vendor) => [
          vendor,
          { type: 'string', description: 'Until its answer begins: 120ms.' },
        ]),
      ),
    },
    faults: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['vendor', 'fault'],
        properties: {
          vendor: { enum: emulatedVendors },
          fault: { enum: faultNames },
          when: { enum: ['open', 'answer'], default: 'answer' },
          after: { type: 'integer', minimum: 0, default: 0 },
          times: { type: 'integer', minimum: 1, default: 1 },
        },
      },
    },
  },
} as const satisfies JsonSchema

interface Written extends Partial<Omit<Emulation, 'delays'>> {
  readonly delays?: Readonly<Record<string, string>>
}

/**
 * Reads a file that says how a graph is to be emulated. `name` is for messages.
 * @throws EmulationError that says where the first fault is
 */
export function readEmulation(text: string, name: string): Emulation {
  if (text.length > longestFile) {
    throw new EmulationError(`${name} is longer than ${longestFile} characters`)
  }
  const document = parseDocument(text, { prettyErrors: true })
  const [broken] = document.errors
  if (broken !== undefined) throw new EmulationError(`${name}: ${broken.message}`)
  const value = structuredClone(document.toJS({ maxAliasCount: 100 }) as unknown)
  const [issue] = createValidators().of(emulationSchema)(value)
  if (issue !== undefined) {
    const place = issue.pointer.slice(1).replaceAll('/', '.') || 'the file'
    throw new EmulationError(`${name}: ${place} ${faultOf(issue)}`)
  }
  const { delays: written = {}, minds = [], ...rest } = value as Written
  const delays = Object.entries(written).map(([vendor, delay]) => {
    const ms = parseDuration(delay)
    if (ms !== undefined && ms <= longestDelayMs) return [vendor, ms] as const
    throw new EmulationError(
      `${name}: delays.${vendor} is a length of time of a minute at most: 120ms`,
    )
  })
  for (const [index, { match }] of minds.entries()) {
    try {
      patternOf(match)
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown)
      throw new EmulationError(`${name}: minds.${index}.match is no expression: ${reason}`)
    }
  }
  return { ...plainEmulation, ...rest, minds, delays: Object.fromEntries(delays) }
}

function faultOf({ params, message }: SchemaIssue): string {
  const { additionalProperty: stray, missingProperty: missing, allowedValues: allowed } = params
  if (stray !== undefined) return `has no key "${String(stray)}"`
  if (missing !== undefined) return `needs "${String(missing)}"`
  return Array.isArray(allowed) ? `must be one of ${allowed.join(', ')}` : message
}

const longestDelayMs = 60_000

/** `/words?/` as an expression, everything else as a text, both without regard to case. */
export function patternOf(match: string | undefined): RegExp | undefined {
  if (match === undefined) return undefined
  const [, expression] = /^\/(.+)\/$/s.exec(match) ?? []
  return new RegExp(expression ?? match.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`), 'i')
}
