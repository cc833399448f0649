/**
 * - `text-too-long`: more characters than the engine takes at a time
 * - `engine-failed`: flite ended with an error or trapped; the cause is attached
 * - `engine-closed`: the engine was closed before the sentence was spoken
 */
export type FliteErrorCode = 'text-too-long' | 'engine-failed' | 'engine-closed'

/** What can go wrong when flite speaks. */
export class FliteError extends Error {
  override readonly name = 'FliteError'
  readonly code: FliteErrorCode

  constructor(code: FliteErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}
