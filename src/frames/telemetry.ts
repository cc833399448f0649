import { draftHeader, kind, type FrameBase, type FrameKind } from './frame.ts'

/** A figure about the call. */
export interface MetricFrame extends FrameBase<'metric', 'telemetry'> {
  readonly name: string
  readonly value: number
  /** `ms`, `bytes`, `count` … */
  readonly unit: string
  readonly attributes: { readonly [key: string]: string | number | boolean }
}

/**
 * What becomes of a question to a model. `started` once; `promoted` when the answer to a guess (speculation)
 * proves wanted; `ended` once, with the outcome: `answered`, `superseded` (a newer question took its
 * place), `discarded` (a guess that was wrong), `cut` or `failed`.
 */
export interface InferenceFrame extends FrameBase<'inference', 'telemetry'> {
  readonly state: 'started' | 'promoted' | 'ended'
  /** Counts up within the session. */
  readonly inference: number
  readonly agent: string
  /** Why the model was asked: `start`, `turn`, `tool-result`, `idle` … */
  readonly reason: string
  readonly speculative: boolean
  /** Empty until it has ended. */
  readonly outcome: '' | 'answered' | 'superseded' | 'discarded' | 'cut' | 'failed'
}

/** What `inference()` takes. */
export interface InferenceInit {
  readonly state: InferenceFrame['state']
  readonly inference: number
  readonly agent: string
  readonly reason: string
  readonly speculative: boolean
  readonly outcome?: InferenceFrame['outcome']
}

/** What `metric()` takes. */
export interface MetricInit {
  readonly name: string
  readonly value: number
  readonly unit?: string
  readonly attributes?: MetricFrame['attributes']
}

declare module './frame.ts' {
  interface FrameKinds {
    metric: MetricFrame
    inference: InferenceFrame
  }
}

const none: MetricFrame['attributes'] = Object.freeze({})

/** Catalogue entry of `metric`. */
export const metricKind: FrameKind<'metric', MetricInit> = kind({
  type: 'metric',
  lane: 'telemetry',
  routing: 'fact',
  properties: {
    name: { type: 'string' },
    value: { type: 'number' },
    unit: { type: 'string' },
    attributes: {
      type: 'object',
      additionalProperties: { type: ['string', 'number', 'boolean'] },
    },
  },
  fields: (init) => ({
    name: init.name,
    value: init.value,
    unit: init.unit ?? '',
    attributes: init.attributes ?? none,
  }),
})

/** Catalogue entry of `inference`. */
export const inferenceKind: FrameKind<'inference', InferenceInit> = kind({
  type: 'inference',
  lane: 'telemetry',
  routing: 'fact',
  properties: {
    state: { enum: ['started', 'promoted', 'ended'] },
    inference: { type: 'integer', minimum: 1 },
    agent: { type: 'string' },
    reason: { type: 'string' },
    speculative: { type: 'boolean' },
    outcome: { enum: ['', 'answered', 'superseded', 'discarded', 'cut', 'failed'] },
  },
  fields: (init) => ({
    state: init.state,
    inference: init.inference,
    agent: init.agent,
    reason: init.reason,
    speculative: init.speculative,
    outcome: init.outcome ?? '',
  }),
})

/** Drafts what becomes of a question to a model. */
export const inference = (init: InferenceInit): InferenceFrame =>
  inferenceKind.build(draftHeader, init)
/** Drafts a figure about the call. */
export const metric = (init: MetricInit): MetricFrame => metricKind.build(draftHeader, init)
