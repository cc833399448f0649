import type { ToolOutcome } from '../frames/index.ts'

/** A tool call that is not settled. */
export interface OpenCall {
  readonly callId: string
  /** Response that asked for it. */
  readonly response: number
  /** `commit`: it changes something, so it waits until its response is certain. */
  readonly effect: 'read' | 'commit'
  readonly onInterrupt: 'continue' | 'cancel'
  readonly status: 'requested' | 'running'
  /** Its response was cut, or it is a job: nobody waits for its result, the model is told when it comes. */
  readonly isOrphan: boolean
}

/** The tool calls of a conversation that are not settled, oldest first. */
export interface ToolCalls {
  readonly open: readonly OpenCall[]
  /** The bot is held: it is not certain that its response is wanted. */
  readonly isHeld: boolean
}

/** What happens to tool calls. */
export type ToolEvent =
  | {
      readonly type: 'request'
      readonly call: Pick<OpenCall, 'callId' | 'response' | 'effect' | 'onInterrupt'> &
        Partial<Pick<OpenCall, 'isOrphan'>>
    }
  | { readonly type: 'hold' }
  | { readonly type: 'release' }
  /** Every response up to this one was cut, or is over for another reason: `because`. */
  | { readonly type: 'cut'; readonly through: number; readonly because?: string }
  /** A tool has answered, failed, or taken too long. */
  | { readonly type: 'done'; readonly callId: string; readonly outcome: ToolOutcome }

/** What is to be done about it, in this order. */
export type ToolCommand =
  | { readonly type: 'run'; readonly callId: string }
  | { readonly type: 'abort'; readonly callId: string }
  | {
      readonly type: 'settle'
      readonly callId: string
      readonly outcome: ToolOutcome
      /** The model has to be told, because the answer that waited for it is gone. */
      readonly isNews: boolean
    }

/** Before any tool was asked for. */
export const noToolCalls: ToolCalls = { open: [], isHeld: false }

const interrupted = 'The caller interrupted before it was done.'

/**
 * A call is requested, runs, and is settled once. One that changes something waits while the bot is held,
 * and is cancelled with its response; one that runs finishes or is cancelled as it says. What comes for a
 * call that is settled is nothing. Pure.
 */
export function toolStep(
  state: ToolCalls,
  event: ToolEvent,
): readonly [ToolCalls, readonly ToolCommand[]] {
  switch (event.type) {
    case 'request':
      return request(state, event.call)
    case 'hold':
      return [{ ...state, isHeld: true }, []]
    case 'release':
      return release(state)
    case 'cut':
      return cut(state, event.through, event.because)
    case 'done':
      return done(state, event.callId, event.outcome)
  }
}

type Step = ReturnType<typeof toolStep>

function request(state: ToolCalls, call: Extract<ToolEvent, { type: 'request' }>['call']): Step {
  const mustWait = state.isHeld && call.effect === 'commit'
  const status = mustWait ? 'requested' : 'running'
  const open: OpenCall = { isOrphan: false, ...call, status }
  const next = { ...state, open: [...state.open, open] }
  return [next, mustWait ? [] : [{ type: 'run', callId: call.callId }]]
}

function release(state: ToolCalls): Step {
  const run = state.open
    .filter(({ status }) => status === 'requested')
    .map(({ callId }): ToolCommand => ({ type: 'run', callId }))
  const open = state.open.map((call): OpenCall => ({ ...call, status: 'running' }))
  return [{ open, isHeld: false }, run]
}

function cut(state: ToolCalls, through: number, because = interrupted): Step {
  const outcome: ToolOutcome = { status: 'cancelled', message: because }
  const open: OpenCall[] = []
  const commands: ToolCommand[] = []
  for (const call of state.open) {
    const { callId, status, onInterrupt } = call
    if (call.response > through) open.push(call)
    else if (status === 'running' && onInterrupt === 'continue') {
      open.push({ ...call, isOrphan: true })
    } else {
      if (status === 'running') commands.push({ type: 'abort', callId })
      commands.push({ type: 'settle', callId, outcome, isNews: false })
    }
  }
  return [{ open, isHeld: false }, commands]
}

function done(state: ToolCalls, callId: string, outcome: ToolOutcome): Step {
  const call = state.open.find((one) => one.callId === callId)
  if (call === undefined) return [state, []]
  const open = state.open.filter((one) => one !== call)
  return [{ ...state, open }, [{ type: 'settle', callId, outcome, isNews: call.isOrphan }]]
}
