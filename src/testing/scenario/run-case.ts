import type { Drivers } from '../../kernel/make-node.ts'
import type { Shared } from '../../kernel/shared.ts'
import type { Program } from '../../graph/plan.ts'
import { followBudgets, type BudgetJudge, type BudgetViolation } from '../../observe/budgets.ts'
import { testSession, type TestSession } from '../session.ts'
import { reasonOf } from '../../errors/voxgraph-error.ts'
import { createCallerLine, type CallerLine } from './caller-line.ts'
import { createCaseClock, type CaseClock } from './case-clock.ts'
import { StepFailed, type CaseFailure, type CaseResult, type StepMark } from './case-result.ts'
import { candidatesFor } from './candidates.ts'
import { createTestEvents, type TestEvents } from './events.ts'
import { instrument, type Instruments } from './instrument.ts'
import { createSearch } from './match.ts'
import { dueAt } from './moments.ts'
import { needsOf, type CaseNeeds } from './needs-of.ts'
import { createMouth, type Mouth } from './mouth.ts'
import type { CallerAction, Expectation, PortRef, Step, TestCase } from './scenario.ts'
import { snapshotOf, type Snapshots } from './snapshots.ts'
import { setStage, type Stage } from './stage.ts'

/** What a case is run with. */
export interface CaseInit {
  readonly file: string
  readonly testCase: TestCase
  readonly program: Program
  readonly drivers: Drivers
  /** Engines, shared by the cases of a run; whoever made them closes them. */
  readonly shared: Shared
  /** What the caller says, as sound at the rate of the line, by step; for modality `audio`. */
  readonly sounds: (sampleRate: number) => Promise<ReadonlyMap<Step, Int16Array>>
  readonly snapshots: Snapshots
  /** Most real time that the case may take, in ms. */
  readonly mostRealMs: number
}

/** Between keys that the caller presses, in ms. */
const keyMs = 150
/** A caller who waits for the turn speaks when the bot has been quiet for this long, in ms. */
const politeMs = 1000
/** How long a caller waits for that, in ms. */
const patienceMs = 60_000

/** Runs one case on virtual time. Never rejects: whatever goes wrong is in the result. */
export const runCase = (init: CaseInit): Promise<CaseResult> => new CaseRun(init).run()

class CaseRun {
  readonly #init: CaseInit
  readonly #needs: CaseNeeds
  readonly #time: CaseClock
  readonly #line: CallerLine
  readonly #stage: Stage
  readonly #instruments: Instruments
  readonly #events: TestEvents
  readonly #mouth: Mouth
  readonly #marks: StepMark[] = []
  /** Where the record stood at each snapshot of an input. */
  readonly #snapped = new Map<string, readonly number[]>()
  #sounds: ReadonlyMap<Step, Int16Array> = new Map()
  #test: TestSession | undefined
  #budgets: BudgetJudge | undefined
  /** Expectations look at events from here on. */
  #cursor = 0
  /** Events from here on follow what the caller did last. */
  #actedAt = 0
  #marked: Step | undefined
  /** When the step before was over, and when its voice began. */
  #doneAt = 0
  #begunAt = 0
  #voiceUntil = 0
  #isEndExpected = false

  constructor(init: CaseInit) {
    this.#init = init
    this.#needs = needsOf(init.testCase.steps)
    const { testCase, program, drivers, mostRealMs } = init
    this.#time = createCaseClock(mostRealMs)
    const { clock } = this.#time
    const isAudio = testCase.modality === 'audio'
    const call = { from: 'test', to: '', direction: 'inbound', ...mapOf(testCase.vars['call']) }
    const sound = isAudio ? () => this.#stage.callerFormat : undefined
    this.#line = createCallerLine({ clock, call, sound })
    this.#stage = setStage(program, testCase.modality, (frame) => this.#line.bring(frame))
    this.#events = createTestEvents(this.#stage.program.plan, () => this.#test?.session.vars)
    this.#mouth = createMouth(clock, this.#stage.ears)
    this.#instruments = instrument(this.#stage.program, drivers, {
      clock,
      ports: this.#needs.ports,
      failing: this.#needs.failing,
      onFrame: (port, frame) => this.#events.arrived(port, frame, clock.now()),
    })
  }

  async run(): Promise<CaseResult> {
    const { testCase, file } = this.#init
    let failure: CaseFailure | undefined
    let step: Step | undefined
    try {
      await this.#start()
      for (step of testCase.steps) await this.#take(step)
      step = undefined
      this.#judge()
    } catch (thrown) {
      failure = failureOf(step, thrown)
      if (step !== undefined && this.#marked !== step) this.#mark(step)
    }
    const virtualMs = this.#time.clock.now()
    const events = [...this.#events.all]
    try {
      await this.#end()
      this.#judgeBudgets()
    } catch (thrown) {
      failure ??= failureOf(undefined, thrown)
    }
    this.#time.close()
    return {
      name: testCase.name,
      file,
      line: testCase.line,
      status: failure === undefined ? 'passed' : 'failed',
      reason: '',
      failure,
      virtualMs,
      realMs: this.#time.realMs(),
      events,
      marks: this.#marks.map((mark, index) => ({
        ...mark,
        failed: failure?.step !== undefined && index === this.#marks.length - 1,
      })),
    }
  }

  async #start(): Promise<void> {
    const { testCase, shared, sounds } = this.#init
    const { clock } = this.#time
    const { phone, callerFormat } = this.#stage
    if (testCase.modality === 'audio') this.#sounds = await sounds(callerFormat.sampleRate)
    const call = { ...this.#line.connection.call }
    this.#budgets = followBudgets(this.#instruments.program.plan.budgets)
    this.#test = testSession(this.#instruments.program, {
      clock,
      shared,
      drivers: this.#instruments.drivers,
      vars: { ...testCase.vars, call },
      connections: phone === undefined ? {} : { [phone.id]: this.#line.connection },
      observe: (event) => {
        this.#events.see(event, clock.now())
        this.#budgets?.see(event)
      },
    })
    for (const failure of this.#needs.refusing) this.#instruments.fail(failure)
    // A failed start is told by `session.ended`. Only one may run the clock, and that is whoever watches it.
    this.#test.session.start().catch(() => undefined)
    await this.#time.runUntil(0)
  }

  async #end(): Promise<void> {
    this.#line.close()
    this.#test?.session.cancel('the case is over')
    const isOver = (): boolean => this.#events.endedAt !== undefined
    if (this.#test !== undefined) await this.#time.runUntil(this.#time.clock.now() + 5000, isOver)
  }

  /** What no step says: a call must not fail on its own, and never plays what was cut. */
  #judge(): void {
    const ended = this.#events.all.find(({ does }) => does.type === 'ended')?.does
    if (ended?.type === 'ended' && ended.error !== '' && !this.#isEndExpected) {
      throw new StepFailed(`the call ended with an error: ${ended.error}`)
    }
    const { stale = 0 } = this.#test?.session.figures() ?? {}
    if (stale > 0) throw new StepFailed(`${stale} frames were played that had been cut`)
  }

  /** The last answer counts when the call is over. */
  #judgeBudgets(): void {
    const over = this.#budgets?.violations() ?? []
    if (over.length > 0) throw new StepFailed(over.map(overBudget).join('; '))
  }

  #endReason(): string {
    const ended = this.#events.all.find(({ does }) => does.type === 'ended')?.does
    return ended?.type === 'ended' ? ended.reason : ''
  }

  async #take(step: Step): Promise<void> {
    const moment = 'at' in step ? step.at : undefined
    if (moment !== undefined) {
      const due = await dueAt(moment, {
        time: this.#time,
        events: this.#events,
        cursor: this.#cursor,
        actedAt: this.#actedAt,
        doneAt: this.#doneAt,
      })
      await this.#time.runUntil(due)
    } else if (step.kind === 'user') await this.#awaitTurn(step.does)
    this.#mark(step)
    if (step.kind !== 'expect' && step.kind !== 'never') this.#begunAt = this.#time.clock.now()
    await this.#act(step)
  }

  /** From here on the record is about this step. */
  #mark(step: Step): void {
    const at = this.#time.clock.now()
    this.#marked = step
    this.#marks.push({ index: this.#events.all.length, at, shown: step.shown, failed: false })
  }

  /** What was expected of what the caller did before is over. */
  #turnOver(): void {
    this.#cursor = this.#events.all.length
    this.#actedAt = this.#cursor
  }

  async #act(step: Step): Promise<void> {
    switch (step.kind) {
      case 'user':
        this.#turnOver()
        await this.#speak(step, step.does)
        break
      case 'feed':
        this.#turnOver()
        for (const frame of step.frames) {
          this.#test?.session.feed(step.port.node, step.port.port, frame)
        }
        break
      case 'fail': {
        const { failure } = step
        const isLine = failure.node !== undefined && failure.node === this.#stage.phone?.id
        if (isLine && failure.with === 'disconnect') this.#line.breakOff()
        else if (!this.#needs.refusing.includes(failure)) this.#instruments.fail(failure)
        break
      }
      case 'hangup':
        this.#turnOver()
        this.#events.note('hangs up', this.#time.clock.now())
        this.#line.hangUp()
        break
      case 'wait':
        await this.#time.runUntil(this.#time.clock.now() + step.ms)
        break
      case 'expect':
        return this.#expect(step.expectation)
      case 'never':
        await this.#never(step.expectation, step.forMs)
        break
      case 'snapshot':
        this.#snapshot(step.port)
        break
    }
    this.#doneAt = this.#time.clock.now()
  }

  /** A caller who is not told when to speak waits until the bot has nothing more to say. */
  async #awaitTurn(does: CallerAction): Promise<void> {
    if (does.type === 'silence') return
    const { clock } = this.#time
    const until = clock.now() + patienceMs
    while (this.#events.endedAt === undefined) {
      const isQuiet = (): boolean => this.#events.quietSince !== undefined
      await this.#time.runUntil(until, () => isQuiet() || this.#events.endedAt !== undefined)
      if (!isQuiet()) break
      const since = Math.max(this.#events.quietSince ?? 0, this.#voiceUntil)
      await this.#time.runUntil(since + politeMs, () => !isQuiet())
      if (isQuiet() && this.#events.endedAt === undefined) return
    }
    throw new StepFailed(
      this.#events.endedAt === undefined
        ? `the bot was not quiet for ${politeMs / 1000} s within ${patienceMs / 1000} s; say when with "at"`
        : `the call was over before the caller could speak: ${this.#endReason()}`,
    )
  }

  async #speak(step: Step, does: CallerAction): Promise<void> {
    const { clock } = this.#time
    const now = clock.now()
    if (does.type === 'silence') return this.#time.runUntil(now + does.ms)
    if (does.type === 'keys') {
      this.#events.note(`presses ${does.keys}`, now)
      for (const key of does.keys) {
        this.#line.press(key)
        await this.#time.runUntil(clock.now() + keyMs)
      }
      return undefined
    }
    const text = does.type === 'say' ? does.text : ''
    this.#events.note(noteOf(does), now)
    const sound = this.#sounds.get(step)
    if (sound !== undefined) this.#line.speak(sound)
    const until =
      sound === undefined
        ? this.#mouth.say(text, does.type === 'noise' ? does.ms : undefined)
        : now + (sound.length * 1000) / this.#stage.callerFormat.sampleRate
    this.#voiceUntil = until
    await this.#time.runUntil(until)
    if (text !== '') this.#events.voiced(until)
    return undefined
  }

  async #expect(expectation: Expectation): Promise<void> {
    const { what, withinMs } = expectation
    const isReaction = ['interrupted', 'held', 'resumed'].includes(what.type)
    const deadline = (isReaction ? this.#begunAt : this.#doneAt) + withinMs
    const search = createSearch(this.#events, expectation, this.#cursor)
    let found = search.find()
    if (found === undefined) {
      const isDone = (): boolean => {
        found ??= search.find()
        return found !== undefined || this.#events.endedAt !== undefined
      }
      await this.#time.runUntil(Math.max(deadline, this.#time.clock.now()), isDone)
    }
    const event = found === undefined ? undefined : this.#events.all[found]
    if (found === undefined || event === undefined || event.at > deadline) {
      const late = event === undefined ? '' : `, but it came ${lengthOf(event.at - deadline)} late`
      const isOver = event === undefined && this.#events.endedAt !== undefined
      const instead = isOver
        ? `, but the call ended: ${this.#endReason()}`
        : late || ', and nothing like it came'
      const since = this.#events.all.slice(this.#cursor)
      throw new StepFailed(
        `expected ${expectation.shown} within ${lengthOf(withinMs)}${instead}`,
        candidatesFor(what, since),
      )
    }
    if (what.type === 'ended') this.#isEndExpected = true
    if (what.type === 'vars') {
      // They may have been set before: nothing is past because of them.
      this.#doneAt = Math.max(this.#doneAt, event.at)
      return
    }
    this.#cursor = found + 1
    this.#begunAt = event.at
    this.#doneAt = event.at
  }

  async #never(expectation: Expectation, forMs: number): Promise<void> {
    const { clock } = this.#time
    const search = createSearch(this.#events, expectation, this.#cursor)
    let found: number | undefined
    const isDone = (): boolean => (found ??= search.find()) !== undefined
    await this.#time.runUntil(clock.now() + forMs, isDone)
    const event = isDone() && found !== undefined ? this.#events.all[found] : undefined
    if (event === undefined) return
    const seconds = (event.at / 1000).toFixed(2)
    throw new StepFailed(`must never happen, but did at ${seconds} s: ${expectation.shown}`)
  }

  #snapshot(port: PortRef): void {
    const key = `${port.node}.${port.port}`
    const before = this.#snapped.get(key) ?? []
    const from = before.at(-1) ?? 0
    this.#snapped.set(key, [...before, this.#events.all.length])
    const lines = this.#events.all.slice(from).flatMap(({ does }) => {
      const isIt = does.type === 'frame' && `${does.port.node}.${does.port.port}` === key
      return isIt ? [snapshotOf(does.frame)] : []
    })
    const name = `${this.#init.testCase.name} / ${key} / ${before.length}`
    const difference = this.#init.snapshots.compare(name, lines)
    if (difference === undefined) return
    throw new StepFailed(`${key} is not as it was recorded: ${difference}`, [
      'voxgraph test --update records it anew',
    ])
  }
}

const lengthOf = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms * 10) / 10} ms` : `${Math.round(ms / 10) / 100} s`

const mapOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

const failureOf = (step: Step | undefined, thrown: unknown): CaseFailure => ({
  step,
  message: reasonOf(thrown),
  candidates: thrown instanceof StepFailed ? thrown.candidates : [],
})

function noteOf(does: CallerAction): string {
  if (does.type === 'say') return `says ${JSON.stringify(does.text)}`
  if (does.type === 'noise') {
    return does.noise === 'cough' ? `coughs for ${does.ms} ms` : `makes a sound for ${does.ms} ms`
  }
  return does.type === 'sound' ? `plays ${does.path}` : ''
}

const overBudget = ({ budget, percentile, limitMs, actualMs }: BudgetViolation): string =>
  `the answers took longer than the budget "${budget}" allows: ${percentile} ${Math.round(actualMs)} ms of ${limitMs} ms`
