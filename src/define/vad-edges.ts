/** When speech counts as begun and as over. All in ms. */
export interface EdgeOptions {
  /** Voice for this long is speech. */
  readonly startMs: number
  /** Silence for this long ends it. */
  readonly stopMs: number
  /** Length of a window. */
  readonly windowMs: number
}

/** An edge of speech. */
export interface Edge {
  readonly state: 'started' | 'stopped'
  /** How long before the end of the window in hand the edge truly was, in ms. */
  readonly latencyMs: number
}

/** What is known so far. All in ms. */
export interface EdgeState {
  readonly isSpeaking: boolean
  /** Voiced windows in the current run, gaps not counted. */
  readonly voicedMs: number
  /** From the first voiced window of the run until now, gaps counted. */
  readonly runMs: number
  /** Unvoiced windows since the last voiced one. */
  readonly gapMs: number
}

/** What one window leads to. */
export interface EdgeStep {
  readonly state: EdgeState
  readonly edge: Edge | undefined
}

/** A stream before its first window. */
export const quiet: EdgeState = { isSpeaking: false, voicedMs: 0, runMs: 0, gapMs: 0 }

/** A pause that does not break up the beginning of speech, in ms: a stop consonant is closed for less. */
const startGapMs = 70

/**
 * Takes the next window. Speech begins when `startMs` of voice have come with no pause of more than 70 ms
 * between them, and its edge is the first of them; it ends after `stopMs` without voice, and its edge is
 * where that silence began.
 */
export function step(state: EdgeState, isVoiced: boolean, options: EdgeOptions): EdgeStep {
  const { windowMs, startMs, stopMs } = options
  const { isSpeaking } = state
  const next: EdgeState = {
    isSpeaking,
    voicedMs: state.voicedMs + (isVoiced ? windowMs : 0),
    runMs: state.voicedMs > 0 || isVoiced ? state.runMs + windowMs : 0,
    gapMs: isVoiced ? 0 : state.gapMs + windowMs,
  }
  if (isSpeaking) {
    if (next.gapMs < stopMs) return { state: next, edge: undefined }
    return { state: quiet, edge: { state: 'stopped', latencyMs: next.gapMs } }
  }
  if (next.gapMs > startGapMs) return { state: quiet, edge: undefined }
  if (next.voicedMs < startMs) return { state: next, edge: undefined }
  const edge: Edge = { state: 'started', latencyMs: next.runMs }
  return { state: { ...next, isSpeaking: true }, edge }
}
