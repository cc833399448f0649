import { draftHeader, kind, type FrameBase, type FrameKind } from './frame.ts'

/**
 * What vendors charge for. Tokens that come out of a cache and tokens that are put into one are not among
 * `input_tokens`.
 */
export const usageUnits = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'characters',
  'audio_seconds',
  'call_minutes',
] as const
/** One of `usageUnits`. */
export type UsageUnit = (typeof usageUnits)[number]

/** What a vendor was asked to do and will charge for. Units that are left out are 0. */
export type Usage = { readonly [unit in UsageUnit]?: number }

/** A node has used a vendor. */
export interface UsageFrame extends FrameBase<'usage', 'telemetry'> {
  /** `deepgram`, `anthropic` … */
  readonly vendor: string
  /** Model as the vendor names it, or empty. */
  readonly model: string
  readonly usage: Usage
}

/** What `usage()` takes. */
export interface UsageInit {
  readonly vendor: string
  readonly model?: string
  readonly usage: Usage
}

declare module './frame.ts' {
  interface FrameKinds {
    usage: UsageFrame
  }
}

/** Catalogue entry of `usage`. */
export const usageKind: FrameKind<'usage', UsageInit> = kind({
  type: 'usage',
  lane: 'telemetry',
  routing: 'fact',
  properties: {
    vendor: { type: 'string' },
    model: { type: 'string' },
    usage: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        usageUnits.map((unit) => [unit, { type: 'number', minimum: 0 }]),
      ),
    },
  },
  fields: (init) => ({ vendor: init.vendor, model: init.model ?? '', usage: init.usage }),
})

/** Drafts a report of what a vendor will charge for. */
export const usage = (init: UsageInit): UsageFrame => usageKind.build(draftHeader, init)
