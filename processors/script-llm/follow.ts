import type { Json, Message, ToolOutcome } from 'voxgraph/plugin'
import { choose, type Choice } from './choose.ts'
import { answersOf, type Answer, type Dialogue, type Rule } from './dialogue.ts'
import { answerFor, argumentsOf, fillIn, type Known } from './reply.ts'
import type { SlotValue } from './slots.ts'
import { sentencesOf, wordsOf } from './words.ts'

/** What is to be said now. */
export interface Move {
  /** The rule that answers; undefined when nothing fitted. */
  readonly rule: Rule | undefined
  /** Slots as they were when it was chosen. */
  readonly slots: ReadonlyMap<string, SlotValue>
  /** Said instead of what the rule says: a question for a slot, the rest of a cut answer. */
  readonly instead: string | undefined
  /** Said at the end: the question or the offer that was open before. */
  readonly suffix: string
  /** An answer by the way: what was open before stays open. */
  readonly isDigression: boolean
  /** What the rule's tool gave. */
  result: ToolOutcome | undefined
  /** The rule's tool is a job, and is at work. */
  isPending: boolean
  /** Some of it was heard. */
  isHeard: boolean
}

/** A long answer that the caller did not hear to its end. */
export interface Unfinished {
  readonly rule: Rule
  readonly rest: string
  isOffered: boolean
}

/** Where a dialogue stands. */
export interface State {
  slots: Map<string, SlotValue>
  /** The rule whose slots are being asked for, or whose answer is being discussed. */
  task: Rule | undefined
  topic: readonly Rule[]
  /** The question that is open. */
  prompt: string
  unfinished: Unfinished | undefined
  /** How often in a row nothing fitted. */
  misses: number
  move: Move | undefined
}

/** What is said, and which tool is called after it. */
export interface Utterance {
  readonly text: string
  readonly call: { readonly name: string; readonly arguments: { [key: string]: Json } } | undefined
  readonly endsCall: boolean
}

/**
 * Where a dialogue stands after these messages. It is worked out from them alone, every time anew, so
 * what counts is what the caller has heard, not what was meant to be said.
 */
export function follow(dialogue: Dialogue, messages: readonly Message[]): State {
  const state: State = {
    slots: new Map(),
    task: undefined,
    topic: [],
    prompt: '',
    unfinished: undefined,
    misses: 0,
    move: undefined,
  }
  for (const message of messages) {
    if (message.role === 'user') heard(dialogue, state, wordsOf(message.text))
    else if (message.role === 'assistant') spoke(state, message.text)
    else if (message.role === 'handoff') arrive(state, message.pass)
    else if (message.result.status === 'pending') wait(state, message)
    else if (message.name === state.move?.rule?.tool?.name) {
      state.move.result = message.result
      state.move.isPending = false
      state.move.isHeard = false
      land(dialogue, state, state.move)
    }
  }
  return state
}

/** What the move of a state amounts to. */
export function utter(dialogue: Dialogue, { move, misses, prompt }: State): Utterance {
  if (move === undefined) return { text: '', call: undefined, endsCall: false }
  const { rule, slots, result, isPending, instead, suffix } = move
  const known: Known = { slots, result }
  const say = (...parts: readonly string[]): string =>
    fillIn(parts.filter((part) => part !== '').join(' '), known)
  if (rule === undefined) {
    const { otherwise } = dialogue
    const text = otherwise[Math.min(misses, otherwise.length) - 1] ?? ''
    return { text: say(text, prompt), call: undefined, endsCall: false }
  }
  if (instead === undefined && rule.tool !== undefined && result === undefined) {
    if (isPending) return { text: '', call: undefined, endsCall: false }
    const args = argumentsOf(rule.tool.with, known) as { [key: string]: Json }
    const call = { name: rule.tool.name, arguments: args }
    return { text: say(rule.tool.before), call, endsCall: false }
  }
  const isQuestion = instead !== undefined && missingSlot(rule, slots) !== undefined
  const answer = answerFor(rule, result)
  return {
    text: isQuestion ? say(instead) : say(instead ?? answer.say, answer.prompt, suffix),
    call: undefined,
    endsCall: !isQuestion && answer.endsCall,
  }
}

/** The call has come from another agent: what was open is not any more, and what was passed on is known. */
function arrive(state: State, pass: { readonly [key: string]: Json }): void {
  Object.assign(state, { task: undefined, topic: [], prompt: '', unfinished: undefined, misses: 0 })
  for (const [name, value] of Object.entries(pass)) {
    const heardAs = typeof value === 'string' ? value : JSON.stringify(value)
    state.slots.set(`pass.${name}`, { heard: heardAs, value })
  }
  if (state.move !== undefined) state.move = { ...state.move, slots: new Map(state.slots) }
}

/** A job is at work: nobody asks for it again, and how far it is can be told. */
function wait(state: State, { name, result }: Extract<Message, { readonly role: 'tool' }>): void {
  if (name === state.move?.rule?.tool?.name) state.move.isPending = true
  const progress = result.status === 'pending' ? (result.progress ?? '') : ''
  state.slots.set('job.progress', { heard: progress, value: progress })
}

/** The caller said something. */
function heard(dialogue: Dialogue, state: State, words: readonly string[]): void {
  const choice = choose(dialogue, state, words)
  if (choice === undefined) {
    // What was to be said and was not heard at all is still the best answer.
    if (state.move !== undefined && !state.move.isHeard) return
    state.misses++
    state.move = moveOf(undefined, state.slots, {})
    return
  }
  state.misses = 0
  const { unfinished } = state
  if (choice.kind === 'resume') {
    const { rule, rest } = choice.unfinished
    const instead = [rule.cutShort?.say ?? '', rest].filter((part) => part !== '').join(' ')
    state.unfinished = undefined
    state.move = moveOf(rule, new Map(state.slots), { instead })
    if (rule.tool === undefined) land(dialogue, state, state.move)
    return
  }
  const { rule } = choice
  const slots = new Map([...state.slots, ...choice.fills])
  const isAside = isPlain(choice)
  // What is named in a question by the way is not meant for anything else.
  if (!isAside) state.slots = slots
  const isDigression = isAside && state.prompt !== ''
  const isOffering = isAside && !isDigression && unfinished?.isOffered === false
  const suffix = isDigression ? state.prompt : isOffering ? unfinished.rule.cutShort?.offer : ''
  if (isOffering) unfinished.isOffered = true
  else state.unfinished = undefined
  if (!isDigression) {
    state.task = rule.ask.size > 0 ? rule : choice.kind === 'topic' ? state.task : undefined
    state.topic = []
    state.prompt = ''
  }
  const question = missingSlot(rule, slots)
  const instead = question && fillIn(question, { slots, result: undefined })
  if (question !== undefined) state.prompt = instead ?? ''
  const move = moveOf(rule, new Map(slots), { instead, suffix, isDigression })
  state.move = move
  if (question === undefined && rule.tool === undefined) land(dialogue, state, move)
}

/** The answer of a move is known: what it leads to holds for the next thing said. */
function land(dialogue: Dialogue, state: State, move: Move): void {
  const { rule, result, isDigression } = move
  if (rule === undefined || isDigression) return
  const answer = answerFor(rule, result)
  state.topic = answer.then === undefined ? [] : (dialogue.topics.get(answer.then) ?? [])
  state.prompt = fillIn(answer.prompt, move)
  if (answer.then !== undefined) return
  for (const name of state.task?.ask.keys() ?? []) state.slots.delete(name)
  state.task = undefined
}

/** Something was said, and this much of it was heard. */
function spoke(state: State, text: string): void {
  const { move } = state
  if (move === undefined) return
  move.isHeard = true
  const { rule } = move
  if (rule?.cutShort === undefined || (rule.tool !== undefined && move.result === undefined)) return
  const full = fillIn(move.instead ?? answerFor(rule, move.result).say, move)
  const rest = unheard(full, text)
  if (rest !== '') state.unfinished = { rule, rest, isOffered: false }
}

/** The sentences of a text of which not every word was heard. */
function unheard(full: string, heardText: string): string {
  let left = wordsOf(heardText, Infinity).length
  const rest = sentencesOf(full).filter((sentence) => {
    left -= wordsOf(sentence, Infinity).length
    return left < 0
  })
  return rest.join('').trim()
}

function moveOf(
  rule: Rule | undefined,
  slots: ReadonlyMap<string, SlotValue>,
  more: {
    readonly instead?: string | undefined
    readonly suffix?: string | undefined
    readonly isDigression?: boolean
  },
): Move {
  const { instead, suffix = '', isDigression = false } = more
  return {
    rule,
    slots,
    instead,
    suffix,
    isDigression,
    result: undefined,
    isPending: false,
    isHeard: false,
  }
}

/** The question for the first slot that a rule needs and nobody has named. */
function missingSlot(rule: Rule, slots: ReadonlyMap<string, SlotValue>): string | undefined {
  for (const [name, question] of rule.ask) if (!slots.has(name)) return question
  return undefined
}

/** An answer by the way: it asks nothing and leads nowhere, so what was open before stays open. */
const isPlain = (choice: Choice): boolean =>
  choice.kind === 'rule' &&
  choice.rule.ask.size === 0 &&
  answersOf(choice.rule).every((answer: Answer) => answer.then === undefined && !answer.endsCall)
