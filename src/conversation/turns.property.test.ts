import fc from 'fast-check'
import { expect, it } from 'vitest'
import { initialScheduler, schedule, type Job, type SchedulerEvent } from './scheduler.ts'
import { nextTurnTick } from './turn-clock.ts'
import { initialTurns, type TurnCommand, type TurnEvent } from './turn-state.ts'
import { policyOf, type Happening } from './turns-rig.ts'
import { takeTurn } from './turns.ts'

/** Seeds that each property is tried with. */
const seeds = 10_000

const pause = fc.oneof(fc.nat(120), fc.nat(900), fc.nat(4000))
/** What a caller, a recogniser and a model of turns may tell, in any order. */
const event: fc.Arbitrary<Happening> = fc.oneof(
  { arbitrary: fc.constant({ type: 'speech', state: 'started', latency: 60 } as const), weight: 4 },
  {
    arbitrary: fc.constant({ type: 'speech', state: 'stopped', latency: 120 } as const),
    weight: 4,
  },
  { arbitrary: fc.constant({ type: 'interim', text: 'w' } as const), weight: 3 },
  { arbitrary: fc.constant({ type: 'final', text: 'w' } as const), weight: 4 },
  fc.constantFrom('', 'uh huh', 'ok').map((text) => ({ type: 'final', text }) as const),
  fc.constant({ type: 'final', text: 'w', isWhole: true } as const),
  fc.record({
    type: fc.constant('opinion' as const),
    state: fc.constantFrom('eager' as const, 'resumed' as const, 'ended' as const),
    probability: fc.constantFrom(undefined, 0.3, 0.9),
  }),
  fc.constantFrom('1', '#').map((digit) => ({ type: 'key', digit }) as const),
  fc.constantFrom(0, 1).map((running) => ({ type: 'tools', running }) as const),
  fc.constant({ type: 'results' } as const),
)
const policy = fc
  .record({
    eager: fc.boolean(),
    end: fc.constantFrom(
      [{ silence: 600 }],
      ['stt' as const, { smart: { threshold: 0.5 } }, { silence: 600 }],
      ['stt' as const],
    ),
    mute: fc.constantFrom([], ['first_speech' as const], ['while_tools' as const]),
    idle: fc.constantFrom([], [{ after: 3000, say: 'Hello?' }]),
  })
  .map((options) => policyOf(options))
const script = fc.array(fc.tuple(pause, event), { maxLength: 40 })
const bot = fc.record({
  thinksMs: fc.nat(400),
  speaksMs: fc.nat(5000),
  isFirm: fc.boolean(),
})

type Policy = ReturnType<typeof policyOf>

interface Bot {
  readonly thinksMs: number
  readonly speaksMs: number
  readonly isFirm: boolean
}

/** A call on paper: the two reducers, and a bot that thinks and speaks for a while. */
class PaperCall {
  turns = initialTurns
  scheduler = initialScheduler
  now = 0
  /** Words that the caller said for good, and those that went on record. */
  readonly said: string[] = []
  readonly heard: string[] = []
  readonly asked: string[] = []
  /** Times at which the call was ended. */
  readonly ended: number[] = []
  /** Questions under way, and how many there were at most. */
  readonly underWay = new Set<number>()
  mostUnderWay = 0
  /** Responses that were cut, and everything that was told of one after it. */
  cutThrough = 0
  staleCommands = 0
  #responses = 0
  #words = 0
  #interim = ''
  #interimAt = 0
  readonly #timers: { readonly at: number; readonly act: () => void }[] = []
  readonly #policy: Policy
  readonly #bot: Bot

  constructor(policy: Policy, bot: Bot) {
    this.#policy = policy
    this.#bot = bot
  }

  /** The words of a text are numbered, so that each can be found again. */
  tell(happening: Exclude<Happening, number>): void {
    const isText = happening.type === 'final' || happening.type === 'interim'
    if (!isText || happening.text !== 'w') return this.take(happening)
    // What comes after 5 s is no revision any more.
    const isRecent = this.now < this.#interimAt + 5000
    const isFinal = happening.type === 'final' && happening.isWhole !== true
    const isRevised = this.#interim !== '' && isFinal && isRecent
    const text = isRevised ? this.#interim : `w${++this.#words}`
    if (happening.type === 'interim' || isFinal) {
      this.#interim = happening.type === 'interim' ? text : ''
    }
    if (happening.type === 'interim') this.#interimAt = this.now
    if (happening.type === 'final') this.said.push(text)
    this.take({ ...happening, text })
  }

  take(fact: Exclude<Happening, number>): void {
    const [next, commands] = takeTurn(this.#policy, this.turns, {
      ...fact,
      at: this.now,
    } as TurnEvent)
    this.turns = next
    for (const command of commands) this.#carryOut(command)
  }

  pass(ms: number): void {
    const until = this.now + ms
    for (let steps = 0; ; steps++) {
      if (steps > 2000) throw new Error('it never comes to rest')
      const tick = nextTurnTick(this.#policy, this.turns)
      const timer = this.#timers.toSorted((a, b) => a.at - b.at)[0]
      const due = Math.min(tick ?? Infinity, timer?.at ?? Infinity)
      if (due > until) break
      this.now = Math.max(this.now, due)
      if (timer !== undefined && timer.at <= due) {
        this.#timers.splice(this.#timers.indexOf(timer), 1)
        timer.act()
      } else this.take({ type: 'tick' })
    }
    this.now = until
  }

  #carryOut(command: TurnCommand): void {
    switch (command.type) {
      case 'heard':
        return void this.heard.push(command.text)
      case 'amend':
        this.heard[this.heard.lastIndexOf(command.was)] = command.text
        return undefined
      case 'infer':
      case 'say':
        this.asked.push(command.reason)
        return this.#schedule({ type: 'want', reason: command.reason, version: this.heard.length })
      case 'end':
        return void this.ended.push(this.now)
      case 'speculate':
        return this.#schedule({ type: 'guess', version: this.heard.length })
      case 'discard':
        return this.#schedule({ type: 'discard' })
      case 'confirm':
        this.cutThrough = Math.max(this.cutThrough, command.response)
        return this.#schedule({ type: 'cut' })
      case 'suspect':
      case 'reject':
        if (command.response <= this.cutThrough) this.staleCommands++
        return undefined
      default:
        return undefined
    }
  }

  #schedule(event: SchedulerEvent): void {
    const [next, commands] = schedule(this.scheduler, event)
    this.scheduler = next
    for (const command of commands) {
      if (command.type === 'abort') this.underWay.delete(command.job.id)
      else if (command.type === 'promote') this.#answer(command.job)
      else {
        const { id } = command.job
        this.underWay.add(id)
        this.#at(0, () => {
          if (this.underWay.has(id)) this.take({ type: 'asked' })
        })
        if (!command.job.isGuess) this.#answer(command.job)
      }
    }
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay.size)
  }

  #answer({ id, reason }: Job): void {
    const { thinksMs, speaksMs, isFirm } = this.#bot
    const isWanted = (): boolean => this.underWay.has(id)
    this.#at(0, () => {
      if (!isWanted()) return
      const response = ++this.#responses
      const thresholds = isFirm ? undefined : { afterMs: 200, minWords: 0 }
      this.take({ type: 'responding', response, reason, thresholds })
      this.#at(thinksMs, () => {
        if (!isWanted()) return
        this.underWay.delete(id)
        this.#schedule({ type: 'over', id })
        this.take({ type: 'sounding', response, text: 'something' })
        this.#at(speaksMs, () => {
          if (response > this.cutThrough) this.take({ type: 'finished', response })
        })
      })
    })
  }

  #at(ms: number, act: () => void): void {
    this.#timers.push({ at: this.now + ms, act })
  }
}

it('leaves no turn open, loses no word, asks one question at a time, and comes to rest, whatever happens', () => {
  fc.assert(
    fc.property(policy, bot, script, (policy, bot, script) => {
      const call = new PaperCall(policy, bot)
      call.take({ type: 'start' })
      for (const [ms, happening] of script) {
        call.pass(ms)
        call.tell(happening as Exclude<Happening, number>)
      }
      call.take({ type: 'tools', running: 0 })
      call.take({ type: 'speech', state: 'stopped', latency: 0 })
      call.pass(60_000)
      const { turn, suspicion, guess, keys, isOwed } = call.turns
      expect({ turn, suspicion, guess, keys, isOwed }).toEqual({
        turn: undefined,
        suspicion: undefined,
        guess: undefined,
        keys: undefined,
        isOwed: false,
      })
      const heard = call.heard.flatMap((text) => text.split(' '))
      // What was heard before it was final stands where it was heard.
      const found = heard.filter((word) => call.said.includes(word))
      expect(found.toSorted()).toEqual(call.said.toSorted())
      expect(call.mostUnderWay).toBeLessThan(2)
      expect(call.underWay.size).toBe(0)
      expect(call.staleCommands).toBe(0)
      // Whatever was said for good has been put to the model.
      if (call.said.length > 0) expect(call.asked).toContain('turn')
    }),
    { numRuns: seeds },
  )
}, 240_000)

it('ends a call that has cost too much within seconds, asks nobody any more, and keeps what is said, whatever happens', () => {
  fc.assert(
    fc.property(policy, bot, script, script, (policy, bot, before, after) => {
      const call = new PaperCall(policy, bot)
      const play = (lines: typeof before): void => {
        for (const [ms, happening] of lines) {
          call.pass(ms)
          call.tell(happening as Exclude<Happening, number>)
        }
      }
      call.take({ type: 'start' })
      play(before)
      const { now: since } = call
      const asked = call.asked.length
      call.take({ type: 'overspent', say: 'Goodbye.' })
      play(after)
      call.pass(60_000)
      expect(call.asked.slice(asked)).toEqual(['budget'])
      expect(call.ended).toHaveLength(1)
      // Ten seconds for a caller who speaks, or as long as the answer under way.
      expect(call.ended[0]).toBeLessThanOrEqual(since + 10_000)
      const heard = call.heard.flatMap((text) => text.split(' '))
      expect(heard.filter((word) => call.said.includes(word)).toSorted()).toEqual(
        call.said.toSorted(),
      )
      expect(call.mostUnderWay).toBeLessThan(2)
      expect(call.staleCommands).toBe(0)
    }),
    { numRuns: seeds / 5 },
  )
}, 240_000)
