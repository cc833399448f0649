/** Tells voice from other sound in one stream, window by window. */
export interface VadEngine {
  /** Samples of a window. It is given no other length. */
  readonly windowSamples: number
  /**
   * How probable it is that the next window is voice, 0 to 1; an engine that knows only yes and no says 1
   * and 0. Asked in the order of the stream, without waiting for the answer before; answers come in order.
   *
   * @param window never written to, so it may be kept
   */
  probability(window: Int16Array): number | Promise<number>
  /** Frees what belongs to the stream. Nothing is asked afterwards. */
  close?(): void
}

/** Opens the engine of a stream: at its first sound, and again when its rate changes. Must not wait. */
export type OpenVad = (sampleRate: number) => VadEngine
