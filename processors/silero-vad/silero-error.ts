/**
 * - `runtime-missing`: neither ONNX Runtime loads here, native or WebAssembly; the message says why
 * - `model-missing`: the file of the model is not where its package should have put it
 * - `too-slow`: more sound waits for the model than is kept
 * - `engine-failed`: the model or its thread failed
 * - `engine-closed`: it was closed before the answer came
 */
export type SileroErrorCode =
  | 'runtime-missing'
  | 'model-missing'
  | 'too-slow'
  | 'engine-failed'
  | 'engine-closed'

/** What can go wrong with the model. The message says what to do about it. */
export class SileroError extends Error {
  override readonly name = 'SileroError'
  readonly code: SileroErrorCode

  constructor(code: SileroErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
