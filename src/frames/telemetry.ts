import { draftHeader, kind, type FrameBase, type FrameKind } from './frame.ts'

/** A figure about the call. */
export interface MetricFrame extends FrameBase<'metric', 'telemetry'> {
  readonly name: string
  readonly value: number
  /** `ms`, `bytes`, `count` … */
  readonly unit: string
  readonly attributes: { readonly [key: string]: string | number | boolean }
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

/** Drafts a figure about the call. */
export const metric = (init: MetricInit): MetricFrame => metricKind.build(draftHeader, init)
