import { nextTurnTick } from './turn-clock.ts'
import { turnPolicy, type TurnPolicy } from './turn-policy.ts'
import { initialTurns, type TurnCommand, type TurnEvent, type TurnState } from './turn-state.ts'
import { takeTurn } from './turns.ts'
import { usualTurns, type TurnOptions } from '../graph/turns-schema.ts'

/** The usual policy with changes, for tests. The recogniser's last words are waited for 300 ms. */
export const policyOf = (options: Partial<TurnOptions> = {}): TurnPolicy =>
  turnPolicy({ ...usualTurns(), ...options }, { finalWithinMs: 300 })

type Fact<T> = T extends TurnEvent ? Omit<T, 'at'> : never
/** An event without its time, or a number: so many ms pass. */
export type Happening = Fact<TurnEvent> | number

/** A command as one short word or two. */
export function brief(command: TurnCommand): string {
  switch (command.type) {
    case 'turn':
      return `turn ${command.state}${command.text === '' ? '' : ` "${command.text}"`}`
    case 'heard':
      return `heard "${command.text}"`
    case 'amend':
      return `amend "${command.text}"`
    case 'infer':
      return `infer ${command.reason}`
    case 'say':
      return `say "${command.text}"`
    case 'suspect':
    case 'confirm':
    case 'reject':
      return `${command.type} ${command.response}`
    default:
      return command.type
  }
}

/** A conversation on paper: takes events, lets time pass, and says what came of it when. */
export function onPaper(policy: TurnPolicy = policyOf()) {
  let state: TurnState = initialTurns
  let now = 0
  const log: { readonly at: number; readonly command: TurnCommand }[] = []

  function take(event: TurnEvent): void {
    const [next, commands] = takeTurn(policy, state, event)
    state = next
    for (const command of commands) log.push({ at: now, command })
  }

  /** Lets `ms` pass: gives the reducer its ticks when they are due. */
  function pass(ms: number): void {
    const until = now + ms
    for (let ticks = 0; ; ticks++) {
      if (ticks > 1000) throw new Error('the reducer asks for ticks without end')
      const due = nextTurnTick(policy, state)
      if (due === undefined || due > until) break
      now = Math.max(now, due)
      take({ type: 'tick', at: now })
    }
    now = until
  }

  return {
    get state() {
      return state
    },
    get now() {
      return now
    },
    log,
    /** Happenings in order. @returns what was done about them, e.g. `600 infer turn` */
    run(...happenings: readonly Happening[]): string[] {
      const from = log.length
      for (const one of happenings) {
        if (typeof one === 'number') pass(one)
        else {
          pass(0)
          take({ ...one, at: now } as TurnEvent)
        }
      }
      return log.slice(from).map(({ at, command }) => `${at} ${brief(command)}`)
    },
  }
}

/** The usual ones. */
export const thresholds = { afterMs: 200, minWords: 0 }
/** The detector hears a voice at once. */
export const started = { type: 'speech', state: 'started', latency: 0 } as const
/** And its end. */
export const stopped = { type: 'speech', state: 'stopped', latency: 0 } as const
/** The recogniser hears so far. */
export const interim = (text: string) => ({ type: 'interim', text }) as const
/** The recogniser is sure. */
export const final = (text: string) => ({ type: 'final', text }) as const
/** The bot sets out to say something. */
export const responding = (response: number) =>
  ({ type: 'responding', response, reason: 'turn', thresholds }) as const
/** The caller has heard a response to its end. */
export const finished = (response: number) => ({ type: 'finished', response }) as const
/** It cannot be interrupted. */
export const firm: Happening = { ...responding(2), thresholds: undefined }
const sounding: Happening = { type: 'sounding', response: 2, text: 'We open at nine.' }

/** What is decided, without the facts that are told on the way. */
export const decisions = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => !/ turn (started|eager|resumed)| heard /.test(line))

/** Runs happenings after a call has begun and the greeting is over: what was decided, and when. */
export function after(happenings: readonly Happening[], policy = policyOf()): readonly string[] {
  const paper = onPaper(policy)
  paper.run({ type: 'start' }, responding(1), finished(1))
  return decisions(paper.run(...happenings))
}

/** The same while the bot speaks. */
export const during = (happenings: readonly Happening[], policy = policyOf()): readonly string[] =>
  after([responding(2), sounding, ...happenings], policy)

const greeted: readonly Happening[] = [
  { type: 'start' },
  { ...responding(1), reason: 'start' },
  { type: 'sounding', response: 1, text: 'Hello there.' },
  1000,
  { type: 'finished', response: 1 },
]
const answering: readonly Happening[] = [
  ...greeted,
  responding(2),
  { type: 'sounding', response: 2, text: 'We open at nine.' },
  500,
]

/** Every situation that a conversation can be in, and how it comes about. */
export const states: Readonly<Record<string, readonly Happening[]>> = {
  'before the call': [],
  'the model is asked': [{ type: 'start' }],
  'nobody speaks': greeted,
  'the caller speaks': [...greeted, 100, started, 400],
  'the caller speaks, some words are final': [
    ...greeted,
    100,
    started,
    400,
    { type: 'final', text: 'so' },
    100,
  ],
  'the caller has paused, words are missing': [
    ...greeted,
    100,
    started,
    400,
    { type: 'interim', text: 'what time' },
    stopped,
    100,
  ],
  'the caller has paused, the model guesses': [
    ...greeted,
    100,
    started,
    400,
    stopped,
    { type: 'final', text: 'what time' },
    100,
  ],
  'the bot thinks': [...greeted, responding(2)],
  'the bot speaks': answering,
  'the bot is held': [...answering, started, 100],
  'the bot is held, the caller has stopped': [...answering, started, 100, stopped, 100],
  'the bot cannot be interrupted': [
    ...greeted,
    firm,
    { type: 'sounding', response: 2, text: 'We open at nine.' },
    500,
  ],
  'the bot cannot be interrupted, the caller speaks': [
    ...greeted,
    firm,
    { type: 'sounding', response: 2, text: 'We open at nine.' },
    500,
    started,
    100,
  ],
  'the caller presses keys': [...greeted, 100, { type: 'key', digit: '1' }, 100],
  'the floor is handed over': [...greeted, firm, { type: 'handing-over' }, finished(2)],
  'the floor is handed over, the caller speaks': [
    ...greeted,
    firm,
    { type: 'handing-over' },
    started,
    300,
    finished(2),
  ],
  'the call has cost too much, the caller speaks': [
    ...greeted,
    100,
    started,
    400,
    { type: 'overspent', say: 'Goodbye.' },
  ],
  'the call has cost too much, the bot speaks': [
    ...answering,
    { type: 'overspent', say: 'Goodbye.' },
  ],
  'the call is ending': [...answering, { type: 'ending' }],
}

/** Everything that can happen. */
export const events: Readonly<Record<string, Happening>> = {
  start: { type: 'start' },
  'voice starts': started,
  'voice stops': stopped,
  interim: { type: 'interim', text: 'what time' },
  final: { type: 'final', text: 'what time' },
  'final, other words': { type: 'final', text: 'no wait' },
  'final, a backchannel': { type: 'final', text: 'Uh huh.' },
  'final, empty': { type: 'final', text: '' },
  typed: { type: 'final', text: 'hello', isWhole: true },
  'opinion: eager': { type: 'opinion', state: 'eager' },
  'opinion: over': { type: 'opinion', state: 'ended' },
  'opinion: over, 40 %': { type: 'opinion', state: 'ended', probability: 0.4 },
  'opinion: over, 80 %': { type: 'opinion', state: 'ended', probability: 0.8 },
  'opinion: resumed': { type: 'opinion', state: 'resumed' },
  key: { type: 'key', digit: '2' },
  'key #': { type: 'key', digit: '#' },
  responding: responding(3),
  sounding: { type: 'sounding', response: 2, text: 'And close at six.' },
  finished: { type: 'finished', response: 2 },
  'finished, an old one': { type: 'finished', response: 1 },
  asked: { type: 'asked' },
  resumed: { type: 'resumed', isOwed: true },
  'handing over': { type: 'handing-over' },
  'seated, speaks': { type: 'seated', speaks: true },
  'seated, waits': { type: 'seated', speaks: false },
  'tools work': { type: 'tools', running: 1 },
  'tools answer late': { type: 'results' },
  overspent: { type: 'overspent', say: 'Goodbye.' },
  unheard: { type: 'unheard' },
  ending: { type: 'ending' },
  tick: { type: 'tick' },
  '300 ms pass': 300,
  '700 ms pass': 700,
  '10 s pass': 10_000,
}

/** What is done when an event comes in a situation: commands, with the ms after the event where it is later. */
export function cell(state: string, event: string): string {
  const paper = onPaper()
  paper.run(...(states[state] as readonly Happening[]))
  const { now } = paper
  const from = paper.log.length
  paper.run(events[event] as Happening)
  return paper.log
    .slice(from)
    .map(({ at, command }) => (at > now ? `+${at - now} ` : '') + brief(command))
    .join(', ')
}
