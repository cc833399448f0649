/** What the speaker is told: sound of `ms` to play next, to begin a call anew, to forget what waits, to end. */
export type SpeakerMessage =
  | { readonly samples: Float32Array; readonly ms: number }
  | { readonly call: number }
  | 'clear'
  | 'close'

/** Where the speaker is. */
export interface SpeakerStatus {
  /** Number of the call that it is about. */
  readonly call: number
  readonly playedMs: number
  readonly waitingMs: number
  readonly targetMs: number
  readonly underruns: number
  /** Root mean square since the status before. */
  readonly level: number
  /** It tells because it was cleared. */
  readonly isCleared: boolean
}
