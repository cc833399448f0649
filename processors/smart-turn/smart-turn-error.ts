/**
 * - `model-missing`: there is no file at the path of the model
 * - `model-unreadable`: the file is no model that ONNX Runtime can load
 * - `model-wrong`: it is one, but does not take and give what Smart Turn v3 does
 * - `model-too-many`: graphs of this process name more models than one thread keeps
 * - `engine-failed`: the thread of the model failed
 * - `engine-closed`: it was closed before the answer came
 */
export type SmartTurnErrorCode =
  | 'model-missing'
  | 'model-unreadable'
  | 'model-wrong'
  | 'model-too-many'
  | 'engine-failed'
  | 'engine-closed'

/** What can go wrong with an end-of-turn model. The message says what to do about it. */
export class SmartTurnError extends Error {
  override readonly name = 'SmartTurnError'
  readonly code: SmartTurnErrorCode

  constructor(code: SmartTurnErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
