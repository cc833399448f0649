/** What a stage of `cloud` is set to take, in ms: a final transcript, a first token, each further one, a first sound. */
export const delays = { stt: 50, llm: 80, token: 20, tts: 40 } as const

/** What is measured of the vendors. */
export type Stage = Exclude<keyof typeof delays, 'token'>

/** What the stages really took for a turn, in ms; by its key. */
export type OwnTimes = Record<string, { readonly [stage in Stage]?: number }>

/** What the vendors say: first where they are, and, when they are asked, what they took. */
export type FromVendors =
  | Readonly<Record<Stage, string>>
  | { readonly own: OwnTimes; readonly violations: readonly string[] }

/** Names a turn. */
export const keyOf = (caller: number, turn: number): string => `room-${caller}-${turn}-x`

/** The turn that is named last in a text; empty where there is none. */
export const keyIn = (text: string): string => text.match(/room-\d+-\d+-x/g)?.at(-1) ?? ''
