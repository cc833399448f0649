import type { CallerScript, CallerStep } from './caller-script.ts'

/** Where a simulated caller is in its script. */
export interface CallerState {
  /** Number of the step that comes next. */
  readonly step: number
  readonly isSpeaking: boolean
  /** The bot's voice can be heard. */
  readonly isBotSpeaking: boolean
  /** Since when the bot has been speaking or quiet, in ms. */
  readonly botSince: number
  /** When the bot began what it is saying; pauses within it do not count. Undefined: it has said nothing yet. */
  readonly replySince: number | undefined
  /** The bot has said something since the caller spoke last. */
  readonly isAnswered: boolean
  /** When the `wait` that is the current step began. */
  readonly waitSince: number | undefined
  /** The line that comes next was waited for; it needs no answer. */
  readonly hasWaited: boolean
  readonly isOver: boolean
}

/** What happens to a caller. `at` is in ms since the call began and never goes back. */
export type CallerEvent =
  | { readonly type: 'tick'; readonly at: number }
  | { readonly type: 'bot'; readonly state: 'started' | 'stopped'; readonly at: number }
  /** The line that was begun has been said to its end. */
  | { readonly type: 'said'; readonly at: number }
  /** The other side has hung up, or the connection is gone. */
  | { readonly type: 'ended'; readonly at: number }

/** What a caller does. */
export type CallerCommand =
  | { readonly type: 'say'; readonly step: number; readonly interrupts: boolean }
  | { readonly type: 'hangup' }
  /** The call has not gone as it should. */
  | { readonly type: 'give-up'; readonly reason: string }
  /** The call has gone as it should. */
  | { readonly type: 'done' }

/** Before anything has been heard. */
export const initialCaller: CallerState = {
  step: 0,
  isSpeaking: false,
  isBotSpeaking: false,
  botSince: 0,
  replySince: undefined,
  isAnswered: false,
  waitSince: undefined,
  hasWaited: false,
  isOver: false,
}

const nothing: readonly CallerCommand[] = []

/**
 * A caller that follows a script: says the next line when the bot has answered and been quiet, or in the
 * middle of an answer; hangs up or waits until the bot does. Pure: the same state and event always give the
 * same.
 */
export function callerStep(
  script: CallerScript,
  state: CallerState,
  event: CallerEvent,
): readonly [CallerState, readonly CallerCommand[]] {
  if (state.isOver) return [state, nothing]
  const { at } = event
  switch (event.type) {
    case 'bot':
      return act(script, botChanged(script, state, event.state, at), at)
    case 'said': {
      // Silence is counted from the end of the line.
      const botSince = state.isBotSpeaking ? state.botSince : at
      return act(script, { ...state, isSpeaking: false, botSince }, at)
    }
    case 'tick':
      return act(script, state, at)
    case 'ended':
      return [{ ...state, isOver: true }, [atEnd(script, state)]]
  }
}

function botChanged(
  script: CallerScript,
  state: CallerState,
  change: 'started' | 'stopped',
  at: number,
): CallerState {
  if (change === 'stopped') return { ...state, isBotSpeaking: false, botSince: at }
  const step = script.steps[state.step]
  const pauseMs = step?.kind === 'say' ? step.pauseMs : defaultPauseMs
  const isNew = !state.isAnswered || at - state.botSince >= pauseMs
  return {
    ...state,
    isBotSpeaking: true,
    botSince: at,
    replySince: isNew ? at : state.replySince,
    isAnswered: true,
  }
}

/** A quiet that parts two replies where no line says so. */
const defaultPauseMs = 800

function act(
  script: CallerScript,
  state: CallerState,
  at: number,
): readonly [CallerState, readonly CallerCommand[]] {
  if (state.isSpeaking) return [state, nothing]
  const step = script.steps[state.step]
  const quietMs = state.isBotSpeaking ? 0 : at - state.botSince
  if (step?.kind === 'hangup') {
    return [{ ...state, isOver: true }, [{ type: 'hangup' }, { type: 'done' }]]
  }
  if (step?.kind === 'wait') return wait(script, state, step.ms, at)
  if (step?.kind === 'say') {
    const due = isDue(state, step, quietMs, at)
    if (typeof due === 'string') return giveUp(state, due)
    if (due) return speak(state, step)
  }
  if (quietMs < script.patienceMs) return [state, nothing]
  const waitedFor = step === undefined ? 'for the end of the call' : `to say line ${state.step + 1}`
  return giveUp(state, `the bot was silent for ${quietMs / 1000} s while I waited ${waitedFor}`)
}

/** Whether a line can be said now; a text says why it never can. */
function isDue(
  state: CallerState,
  step: Extract<CallerStep, { kind: 'say' }>,
  quietMs: number,
  at: number,
): boolean | string {
  const { pauseMs, interruptMs } = step
  if (interruptMs === undefined) {
    return (state.isAnswered || state.hasWaited) && quietMs >= pauseMs
  }
  if (!state.isAnswered || state.replySince === undefined) return false
  if (state.isBotSpeaking) return at - state.replySince >= interruptMs
  if (quietMs < pauseMs) return false
  const spokeMs = Math.round(state.botSince - state.replySince)
  return `the bot spoke for ${spokeMs} ms only, so line ${state.step + 1} could not interrupt it after ${interruptMs} ms`
}

function speak(
  state: CallerState,
  step: Extract<CallerStep, { kind: 'say' }>,
): readonly [CallerState, readonly CallerCommand[]] {
  const next = {
    ...state,
    step: state.step + 1,
    isSpeaking: true,
    isAnswered: false,
    replySince: undefined,
    hasWaited: false,
  }
  const interrupts = step.interruptMs !== undefined
  return [next, [{ type: 'say', step: state.step, interrupts }]]
}

function wait(
  script: CallerScript,
  state: CallerState,
  ms: number,
  at: number,
): readonly [CallerState, readonly CallerCommand[]] {
  const since = state.waitSince ?? at
  if (at - since < ms) return [{ ...state, waitSince: since }, nothing]
  const next = { ...state, step: state.step + 1, waitSince: undefined, hasWaited: true }
  return act(script, next, at)
}

function giveUp(
  state: CallerState,
  reason: string,
): readonly [CallerState, readonly CallerCommand[]] {
  return [{ ...state, isOver: true }, [{ type: 'give-up', reason }]]
}

function atEnd(script: CallerScript, state: CallerState): CallerCommand {
  const left = script.steps.length - state.step
  if (left === 0 && !state.isSpeaking) return { type: 'done' }
  const where = state.isSpeaking
    ? `in the middle of line ${state.step}`
    : `before line ${state.step + 1}`
  return { type: 'give-up', reason: `the call ended ${where} of ${script.steps.length}` }
}
