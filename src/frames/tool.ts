import { draftHeader, kind, type FrameBase, type FrameKind, type Json } from './frame.ts'

/** The model asks for a tool. */
export interface ToolCallFrame extends FrameBase<'tool-call', 'bot'> {
  /** Unique in the session. */
  readonly callId: string
  readonly name: string
  readonly arguments: { readonly [key: string]: Json }
}

/**
 * What became of a tool call, as an explicit envelope: `{}`, `[]`, `0`, `false`, `null` and `''` are
 * ordinary values of `ok`.
 */
export type ToolOutcome =
  | { readonly status: 'ok'; readonly value: Json }
  | { readonly status: 'error' | 'timeout' | 'cancelled'; readonly message: string }

/** A tool call is settled. It is a fact about the call and cannot be cut. */
export interface ToolResultFrame extends FrameBase<'tool-result', 'user'> {
  readonly callId: string
  readonly name: string
  readonly result: ToolOutcome
}

/** What `toolCall()` takes. */
export interface ToolCallInit {
  readonly callId: string
  readonly name: string
  readonly arguments: { readonly [key: string]: Json }
}

/** What `toolResult()` takes. */
export interface ToolResultInit {
  readonly callId: string
  readonly name: string
  readonly result: ToolOutcome
}

declare module './frame.ts' {
  interface FrameKinds {
    'tool-call': ToolCallFrame
    'tool-result': ToolResultFrame
  }
}

/** Catalogue entry of `tool-call`. */
export const toolCallKind: FrameKind<'tool-call', ToolCallInit> = kind({
  type: 'tool-call',
  lane: 'bot',
  routing: 'fact',
  properties: {
    callId: { type: 'string' },
    name: { type: 'string' },
    arguments: { type: 'object' },
  },
  fields: (init) => ({
    callId: init.callId,
    name: init.name,
    arguments: init.arguments,
  }),
})

/** Catalogue entry of `tool-result`. */
export const toolResultKind: FrameKind<'tool-result', ToolResultInit> = kind({
  type: 'tool-result',
  lane: 'user',
  routing: 'fact',
  properties: {
    callId: { type: 'string' },
    name: { type: 'string' },
    result: {
      oneOf: [
        {
          type: 'object',
          additionalProperties: false,
          required: ['status', 'value'],
          properties: { status: { const: 'ok' }, value: {} },
        },
        {
          type: 'object',
          additionalProperties: false,
          required: ['status', 'message'],
          properties: {
            status: { enum: ['error', 'timeout', 'cancelled'] },
            message: { type: 'string' },
          },
        },
      ],
    },
  },
  fields: (init) => ({
    callId: init.callId,
    name: init.name,
    result: init.result,
  }),
})

/** Drafts a tool call. */
export const toolCall = (init: ToolCallInit): ToolCallFrame => toolCallKind.build(draftHeader, init)
/** Drafts the outcome of a tool call. */
export const toolResult = (init: ToolResultInit): ToolResultFrame =>
  toolResultKind.build(draftHeader, init)
