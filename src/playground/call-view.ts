import type { AnswerRecord, CallEvent, StateChange } from 'voxgraph/client'

/** What the call is about at the moment, as its head says. */
export type Phase =
  | 'idle'
  | 'connecting'
  | 'blocked'
  | 'listening'
  | 'thinking'
  | 'speaking'
  | 'reconnecting'
  | 'ended'
  | 'failed'

/** A sentence of the bot, and how much of it was heard. */
export interface Sentence {
  readonly span: number
  readonly text: string
  readonly heard: string
  readonly state: 'plays' | 'heard' | 'cut'
}

/** A line of the conversation. `id` stays the same as it changes. */
export type Entry =
  | {
      readonly kind: 'caller'
      readonly id: number
      /** What is settled. */
      readonly text: string
      /** What may still become something else. */
      readonly interim: string
    }
  | {
      readonly kind: 'bot'
      readonly id: number
      readonly response: number
      readonly agent: string
      readonly sentences: readonly Sentence[]
      readonly state: 'plays' | 'heard' | 'cut'
      readonly cutAfterMs: number | undefined
    }
  | {
      readonly kind: 'tool'
      readonly id: number
      readonly callId: string
      readonly name: string
      readonly state: string
      readonly tookMs: number
    }
  | { readonly kind: 'handoff'; readonly id: number; readonly from: string; readonly to: string }
  | {
      readonly kind: 'notice'
      readonly id: number
      readonly text: string
      readonly isError: boolean
    }

/** Everything that the page shows of a call; a value. */
export interface CallView {
  readonly phase: Phase
  readonly entries: readonly Entry[]
  /** Of the next entry. */
  readonly nextId: number
  /** Line of the caller's turn that is open: more words of it go there. 0: none. */
  readonly turnLine: number
  /** Who has the call; empty before somebody has. */
  readonly agent: string
  /** Answers that were heard, in their order. */
  readonly answers: readonly AnswerRecord[]
  /** Frames that each node has emitted. */
  readonly frames: Readonly<Record<string, number>>
}

/** Most lines and answers that are kept; older ones go. */
const most = 400

/** Before the first call. */
export const noCall: CallView = {
  phase: 'idle',
  entries: [],
  nextId: 1,
  turnLine: 0,
  agent: '',
  answers: [],
  frames: {},
}

/** What the page shows when the client has changed its state. */
export function seeState(view: CallView, change: StateChange): CallView {
  switch (change.state) {
    case 'connecting':
      return { ...view, phase: 'connecting' }
    case 'blocked':
      return { ...view, phase: 'blocked' }
    case 'open':
      return { ...view, phase: view.phase === 'speaking' ? 'speaking' : 'listening' }
    case 'reconnecting':
      return notice({ ...settled(view), phase: 'reconnecting' }, 'The connection broke.', true)
    case 'closed': {
      const isMeant = change.error === undefined || change.error.code === 'aborted'
      const phase = isMeant ? 'ended' : 'failed'
      // There was no call: the page says why above the conversation, if it was not given up.
      if (['connecting', 'blocked'].includes(view.phase)) {
        return { ...view, phase: isMeant ? 'idle' : 'failed' }
      }
      const reason = change.error === undefined ? (change.reason ?? '') : change.error.message
      return notice({ ...settled(view), phase }, endText(reason), phase === 'failed')
    }
  }
}

/** What the page shows when something has happened in the call. */
export function seeEvent(view: CallView, event: CallEvent): CallView {
  switch (event.type) {
    case 'speech':
      return event.state === 'started' && view.phase === 'thinking'
        ? phased(view, 'listening')
        : view
    case 'transcript':
      return seeTranscript(view, event)
    case 'turn':
      return event.state === 'ended' ? phased({ ...settled(view), turnLine: 0 }, 'thinking') : view
    case 'said':
      return seeSaid(view, event)
    case 'speaking':
      return phased(view, event.state === 'started' ? 'speaking' : 'listening')
    case 'heard':
      return seeHeard(view, event)
    case 'interrupted':
      return phased(cutThrough(view, event.through), 'listening')
    case 'agent':
      return seeAgent(view, event)
    case 'tool':
      return seeTool(view, event)
    case 'answered':
    case 'turn-record':
      return seeAnswer(view, event.record)
    case 'pulse':
      return { ...view, frames: counted(view.frames, event.nodes) }
    case 'error':
      return notice(view, event.message, true)
    case 'ended':
    case 'hold':
    case 'asked':
      return view
  }
}

type EventOf<Type extends CallEvent['type']> = Extract<CallEvent, { readonly type: Type }>
type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>
type Draft = Entry extends infer One ? (One extends Entry ? Omit<One, 'id'> : never) : never

/** Only while the call goes on: a late event of a call that is over changes no head. */
const phased = (view: CallView, phase: Phase): CallView =>
  ['listening', 'thinking', 'speaking'].includes(view.phase) ? { ...view, phase } : view

const added = (view: CallView, draft: Draft): CallView => ({
  ...view,
  entries: [...view.entries.slice(1 - most), { ...draft, id: view.nextId } as Entry],
  nextId: view.nextId + 1,
})

const changed = (view: CallView, entry: Entry): CallView => ({
  ...view,
  entries: view.entries.map((one) => (one.id === entry.id ? entry : one)),
})

const notice = (view: CallView, text: string, isError: boolean): CallView =>
  added(view, { kind: 'notice', text, isError })

const endText = (reason: string): string =>
  reason === '' ? 'The call is over.' : `The call is over: ${reason.replace(/\.$/, '')}.`

/** Nothing hangs in the air: words that were not settled go, and empty lines with them. */
function settled(view: CallView): CallView {
  const entries = view.entries.flatMap((entry): readonly Entry[] => {
    if (entry.kind !== 'caller' || entry.interim === '') return [entry]
    return entry.text === '' ? [] : [{ ...entry, interim: '' }]
  })
  return { ...view, entries }
}

function seeTranscript(view: CallView, event: EventOf<'transcript'>): CallView {
  const { final, typed } = event
  const text = event.text.trim()
  // What is typed is a turn of its own, whatever is being said.
  if (typed) return added(view, { kind: 'caller', text, interim: '' })
  const line = view.entries.find((entry) => entry.kind === 'caller' && entry.id === view.turnLine)
  if (line?.kind !== 'caller') {
    if (text === '') return view
    const words = final ? { text, interim: '' } : { text: '', interim: text }
    return added({ ...view, turnLine: view.nextId }, { kind: 'caller', ...words })
  }
  if (!final) return changed(view, { ...line, interim: text })
  return changed(view, { ...line, text: `${line.text} ${text}`.trim(), interim: '' })
}

function seeSaid(view: CallView, { response, span, agent, text }: EventOf<'said'>): CallView {
  const known = botEntry(view, response)
  const sentence: Sentence = { span, text, heard: '', state: 'plays' }
  if (known === undefined) {
    const line = { response, agent, sentences: [sentence], state: 'plays' } as const
    return added({ ...view, agent }, { kind: 'bot', ...line, cutAfterMs: undefined })
  }
  const isKnown = known.sentences.some((one) => one.span === span)
  const sentences = isKnown
    ? known.sentences.map((one) => (one.span === span ? { ...one, text } : one))
    : [...known.sentences, sentence]
  return changed({ ...view, agent }, { ...known, sentences })
}

function seeHeard(
  view: CallView,
  { response, span, text, state, cut }: EventOf<'heard'>,
): CallView {
  const known = botEntry(view, response)
  if (known === undefined) return view
  const sentences = known.sentences.map((one): Sentence => {
    if (one.span !== span) return one
    if (state === 'progress') return { ...one, heard: text }
    return cut ? { ...one, heard: text, state: 'cut' } : { ...one, heard: one.text, state: 'heard' }
  })
  return changed(view, { ...known, sentences, state: stateOf(sentences, known.state) })
}

function stateOf(sentences: readonly Sentence[], state: Sentence['state']): Sentence['state'] {
  if (state === 'cut' || sentences.some((one) => one.state === 'cut')) return 'cut'
  return sentences.every((one) => one.state === 'heard') ? 'heard' : 'plays'
}

/** Sentences that were under way are cut; those that were heard stay as they are. */
function cutThrough(view: CallView, through: number): CallView {
  const entries = view.entries.map((entry): Entry => {
    if (entry.kind !== 'bot' || entry.response > through || entry.state !== 'plays') return entry
    const sentences = entry.sentences.map((one) =>
      one.state === 'plays' ? ({ ...one, state: 'cut' } as const) : one,
    )
    return { ...entry, sentences, state: 'cut' }
  })
  return { ...view, entries }
}

const botEntry = ({ entries }: CallView, response: number): EntryOf<'bot'> | undefined =>
  entries.findLast((entry) => entry.kind === 'bot' && entry.response === response) as
    | EntryOf<'bot'>
    | undefined

function seeAgent(view: CallView, { state, from, to }: EventOf<'agent'>): CallView {
  if (state === 'returned') return { ...view, agent: from }
  return state === 'done' ? added({ ...view, agent: to }, { kind: 'handoff', from, to }) : view
}

function seeTool(view: CallView, { callId, name, state, tookMs }: EventOf<'tool'>): CallView {
  const known = view.entries.find((entry) => entry.kind === 'tool' && entry.callId === callId)
  return known === undefined
    ? added(view, { kind: 'tool', callId, name, state, tookMs })
    : changed(view, { kind: 'tool', id: known.id, callId, name, state, tookMs })
}

function seeAnswer(view: CallView, record: AnswerRecord): CallView {
  const known = botEntry(view, record.response)
  const { cutAfterMs } = record
  const shown =
    known === undefined || cutAfterMs === undefined
      ? view
      : changed(view, { ...known, cutAfterMs, state: 'cut' })
  if (record.totalMs === undefined) return shown
  const others = view.answers.filter((one) => one.response !== record.response)
  return { ...shown, answers: [...others.slice(1 - most), record] }
}

function counted(frames: CallView['frames'], nodes: EventOf<'pulse'>['nodes']): CallView['frames'] {
  const sums = Object.entries(nodes).map(([node, types]) => {
    const more = Object.values(types).reduce((sum, count) => sum + count, 0)
    return [node, (frames[node] ?? 0) + more] as const
  })
  return { ...frames, ...Object.fromEntries(sums) }
}
