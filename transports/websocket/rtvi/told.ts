import type { Frame } from 'voxgraph/plugin'
import type { ToldResponse } from './told-response.ts'

/** What a client may know of a call to a tool: nothing, that there is one, its name, or all of it. */
export const exposures = ['disabled', 'none', 'name', 'full'] as const
/** One of `exposures`. */
export type Exposure = (typeof exposures)[number]

/** What does not change in a call. */
export interface TellRules {
  /** By name of the tool; `*` is for those that are not named, `none` unless given. */
  readonly functionCalls: Readonly<Record<string, Exposure>>
  /** Whom transcripts are of. */
  readonly userId: string
  /** Calendar time of the session clock's beginning, in ms since 1970. */
  readonly wallStart: number
}

/** What a client was told so far. */
export interface Told {
  /** Of version 1: it reads `bot-output` in an older form. */
  readonly isLegacy: boolean
  /** The next answer to the caller is not to be heard. */
  readonly mutesNext: boolean
  readonly isUserSpeaking: boolean
  /** Number of the response that sounds. */
  readonly speaking: number | undefined
  /** Number of the response whose text comes. */
  readonly writing: number | undefined
  /** Number of the response whose sound is made. */
  readonly voicing: number | undefined
  /** The newest ones. */
  readonly responses: ReadonlyMap<number, ToldResponse>
  readonly segments: number
  /** Nodes that write down what they hear: what they say about turns is an opinion. */
  readonly ears: ReadonlySet<string>
  /** Ids of the newest transcripts: what is made of them is not told again. */
  readonly transcripts: readonly number[]
  /** When each mind was asked last, in ms on the session clock, and whether the first of its answer was told. */
  readonly asked: ReadonlyMap<string, { readonly at: number; readonly isAnswered: boolean }>
}

/** What happens beside the frames of the call. */
export type TellEvent =
  | { readonly type: 'seen'; readonly frame: Frame }
  /** The caller has written something, and wants to hear the answer or only read it. */
  | { readonly type: 'typed'; readonly isSpoken: boolean }

/** Nothing was told yet. */
export const newTold = (isLegacy: boolean): Told => ({
  isLegacy,
  mutesNext: false,
  isUserSpeaking: false,
  speaking: undefined,
  writing: undefined,
  voicing: undefined,
  responses: new Map(),
  segments: 0,
  ears: new Set(),
  transcripts: [],
  asked: new Map(),
})
