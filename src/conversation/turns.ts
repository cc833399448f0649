/** Why the brain is asked. */
export type Reason = 'start' | 'turn'

/** Who has the floor, as far as the answers depend on it. */
export interface TurnState {
  /** The caller is audibly speaking. */
  readonly isCallerSpeaking: boolean
  /** Something the caller said has not been answered. */
  readonly isOwed: boolean
  /** The response that is being made or heard; 0 when the bot has nothing to say. */
  readonly floor: number
}

/** What happens in a conversation. */
export type TurnEvent =
  | { readonly type: 'start' }
  | { readonly type: 'speech'; readonly state: 'started' | 'stopped' }
  /** A final transcript; empty when there was sound and no words in it. */
  | { readonly type: 'said'; readonly text: string }
  /** The bot has begun a response. */
  | { readonly type: 'responding'; readonly response: number }
  /** A response has been heard to its end, or there was nothing in it to hear. */
  | { readonly type: 'finished'; readonly response: number }

/** What is to be done about it, in this order. */
export type TurnCommand =
  | { readonly type: 'interrupt'; readonly reason: string }
  | { readonly type: 'infer'; readonly reason: Reason }

/** Before anything has happened. */
export const initialTurns: TurnState = { isCallerSpeaking: false, isOwed: false, floor: 0 }

const nothing: readonly TurnCommand[] = []

/**
 * Turn-taking: the caller's voice takes the floor at once, a final transcript ends the caller's turn.
 * Pure: the same state and event always give the same answer.
 */
export function takeTurn(
  state: TurnState,
  event: TurnEvent,
): readonly [TurnState, readonly TurnCommand[]] {
  switch (event.type) {
    case 'start':
      return [state, [{ type: 'infer', reason: 'start' }]]
    case 'speech':
      return event.state === 'started' ? speechStarted(state) : speechStopped(state)
    case 'said':
      return said(state, event.text)
    case 'responding':
      return [{ ...state, floor: event.response, isOwed: false }, nothing]
    case 'finished':
      return state.floor === event.response ? [{ ...state, floor: 0 }, nothing] : [state, nothing]
  }
}

function speechStarted(state: TurnState): readonly [TurnState, readonly TurnCommand[]] {
  return [{ ...state, isCallerSpeaking: true, floor: 0 }, yielding(state, 'the caller speaks')]
}

function speechStopped(state: TurnState): readonly [TurnState, readonly TurnCommand[]] {
  const next = { ...state, isCallerSpeaking: false }
  // What was said before this stretch of speech waits for an answer, whatever becomes of the stretch.
  return state.isOwed ? answer(next) : [next, nothing]
}

function said(state: TurnState, text: string): readonly [TurnState, readonly TurnCommand[]] {
  const isOwed = state.isOwed || text.trim() !== ''
  const next = { ...state, isOwed }
  return isOwed && !state.isCallerSpeaking ? answer(next) : [next, nothing]
}

function answer(state: TurnState): readonly [TurnState, readonly TurnCommand[]] {
  const infer: TurnCommand = { type: 'infer', reason: 'turn' }
  return [
    { ...state, floor: 0, isOwed: false },
    [...yielding(state, 'the caller has said more'), infer],
  ]
}

const yielding = (state: TurnState, reason: string): readonly TurnCommand[] =>
  state.floor === 0 ? nothing : [{ type: 'interrupt', reason }]
