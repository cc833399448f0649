/**
 * - `bad-phrase`: brackets that do not match, an empty choice, an unknown slot
 * - `unknown-words`: words without a pronunciation
 * - `grammar-too-large`: more transitions than a recogniser takes
 * - `engine-failed`: the recogniser trapped or refused what it was given
 * - `engine-closed`: it was closed before the answer came
 */
export type SttErrorCode =
  | 'bad-phrase'
  | 'unknown-words'
  | 'grammar-too-large'
  | 'engine-failed'
  | 'engine-closed'

/** What can go wrong when speech is recognised. */
export class SttError extends Error {
  override readonly name = 'SttError'
  readonly code: SttErrorCode
  /** Phrases or words it is about, all of them. */
  readonly items: readonly string[]

  constructor(code: SttErrorCode, message: string, items: readonly string[] = []) {
    super(message)
    this.code = code
    this.items = items
  }
}
