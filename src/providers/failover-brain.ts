import type { Brain, BrainContext, BrainDefinition, Inference, Said } from '../define/index.ts'
import type { Host } from '../kernel/host.ts'
import type { Member } from '../kernel/members.ts'
import type { Keeper } from '../kernel/shared.ts'
import type { TroublePhrases } from './canned.ts'
import { Cast } from './cast.ts'
import { claimsOf, type Try } from './choice.ts'
import { toAsync } from './to-async.ts'
import { tellFailure, tooLate } from './trouble.ts'
import { WatchedStream } from './watch.ts'

/** What `openBrain` takes. */
export interface BrainCast {
  readonly host: Host
  readonly members: readonly Member<BrainDefinition>[]
  readonly process: Keeper
  /** What the caller is told when something goes wrong. */
  readonly phrases: TroublePhrases
  /** What the caller hears of the bot: nobody is asked to wait who hears something. Undefined where nobody knows. */
  line(): HeardLine | undefined
  /** What every brain gets beside what is its own. */
  readonly context: Pick<BrainContext<unknown, unknown>, 'tools' | 'toolset' | 'prompt'>
}

/** What the caller hears of the bot. */
interface HeardLine {
  /** Something was given to the voice of which nothing has been heard. */
  readonly isAwaited: boolean
  /** When anything was heard last, on the clock. */
  readonly lastAt: number
}

/**
 * Time without a word of the model after which the caller is asked to wait, in ms: with the 600 ms of silence
 * that end a turn, and the voice behind it, less than 2 s of dead air.
 */
const patienceMs = 1100
/** The same, after which the caller is told that something is wrong: what was said first lasts a second. */
const troubleMs = 3000
/** Longest pause of a model in the middle of an answer, in ms: what it has said before is soon spoken. */
const stallMs = 1500
/** Pause before everybody is asked once more, in ms: what the caller is told meanwhile takes as long. */
const secondRoundMs = 1000

/** Questions whose answer is spoken: the others can wait without anybody hearing it. */
const spoken: readonly Inference['reason'][] = ['start', 'turn', 'tool-result', 'handoff']

/**
 * What a caller hears who waits, and after which time without a word of the model; never sooner than `patienceMs`
 * after anything was heard.
 */
const excuses = [
  { afterMs: patienceMs, say: 'wait' },
  { afterMs: troubleMs, say: 'sorry' },
] as const

/** What the next one is told when an answer has broken off. */
const goOn =
  'Your last message broke off in the middle, and the caller has heard it. Go on with the very next word, without a greeting, an apology or a repetition.'

/**
 * The brain of a node: the first of its providers that works, and the next where that fails. A brain that
 * stands alone and has no limit of time is taken as it is.
 */
export async function openBrain(init: BrainCast): Promise<Brain> {
  const [first] = init.members
  if (first === undefined) throw new Error('a node without members')
  if (init.members.length > 1 || first.plan.limits.timeoutMs !== undefined) {
    return FailoverBrain.open(init)
  }
  return setUp(first, init)
}

async function setUp(
  member: Member<BrainDefinition>,
  { host, context }: BrainCast,
): Promise<Brain> {
  const { options, shared } = await member.prepare()
  const { clock, log, signal, metric, usage } = host
  const ctx = { ...context, options, shared, node: member.name, clock, log, signal, metric, usage }
  return member.definition.setup(ctx as never)
}

/** How far an answer has come. */
interface Progress {
  text: string
  hasCalled: boolean
  /** How often the caller has been told that it takes long. */
  excuses: number
}

/**
 * Several brains as one. Who fails before a word is said is as if never asked; who fails in the middle of an
 * answer leaves it to the next, who is shown what was said. When all have failed the caller is told so, and
 * all are asked once more.
 */
class FailoverBrain implements Brain {
  readonly #init: BrainCast
  readonly #cast: Cast<BrainDefinition, Brain>

  private constructor(init: BrainCast) {
    this.#init = init
    const { host, members, process } = init
    this.#cast = new Cast({ host, members, process, setUp: (member) => setUp(member, init) })
  }

  static async open(init: BrainCast): Promise<FailoverBrain> {
    const made = new FailoverBrain(init)
    await made.#cast.openFirst()
    return made
  }

  async *respond(inference: Inference): AsyncGenerator<Said> {
    const { host, phrases } = this.#init
    const isSpoken = spoken.includes(inference.reason)
    const progress = { text: '', hasCalled: false, excuses: isSpoken ? 0 : excuses.length }
    try {
      yield* this.#round(inference, progress)
    } catch (thrown) {
      if (!isSpoken || inference.signal.aborted) throw thrown
      yield `${phrases.sorry} `
      // A key that is refused is refused a second time.
      if (!claimsOf(thrown).retryable) throw thrown
      await host.clock.sleep(secondRoundMs, inference.signal)
      yield* this.#round(inference, progress)
    }
  }

  close(): Promise<void> {
    return this.#cast.close()
  }

  /** Asks one after the other. @throws what the last one failed with */
  async *#round(inference: Inference, progress: Progress): AsyncGenerator<Said> {
    const { signal } = inference
    const choice = this.#cast.choose()
    for (let now: Try<BrainDefinition> | undefined = choice.first(); now !== undefined;) {
      const asked: Try<BrainDefinition> = now
      try {
        const brain = await this.#cast.open(asked, signal)
        if (signal.aborted) return
        yield* this.#attempt(asked.member, brain, inference, progress)
        if (!signal.aborted) choice.done()
        return
      } catch (thrown) {
        if (signal.aborted) return
        now = choice.after(thrown)
        tellFailure(this.#init.host, asked, thrown, now)
        // Its tools are at work: what comes of them is the next question.
        if (progress.hasCalled) return
        if (now === undefined) throw thrown
      }
    }
  }

  async *#attempt(
    member: Member<BrainDefinition>,
    brain: Brain,
    inference: Inference,
    progress: Progress,
  ): AsyncGenerator<Said> {
    const cancel = new AbortController()
    const stop = (): void => cancel.abort(inference.signal.reason)
    inference.signal.addEventListener('abort', stop, { once: true })
    const asked = { ...goingOn(inference, progress.text), signal: cancel.signal }
    const source = toAsync(() => brain.respond(asked))
    const stream = new WatchedStream(source, this.#init.host.clock, inference.signal)
    try {
      yield* this.#watched(stream, member, progress)
    } finally {
      inference.signal.removeEventListener('abort', stop)
      cancel.abort(new DOMException('it is over', 'AbortError'))
      stream.close()
    }
  }

  /** Reads a brain; one that keeps silent is given up, the caller asked to wait. */
  async *#watched(
    stream: WatchedStream<Said>,
    member: Member<BrainDefinition>,
    progress: Progress,
  ): AsyncGenerator<Said> {
    const { clock } = this.#init.host
    const { timeoutMs } = member.plan.limits
    let since = clock.now()
    let limitMs = timeoutMs
    for (;;) {
      const hasBegun = progress.text !== '' || progress.hasCalled
      const excuse = hasBegun ? undefined : excuses[progress.excuses]
      const limitAt = limitMs === undefined ? Infinity : since + limitMs
      const dueAt = Math.min(limitAt, excuse ? this.#excuseAt(since, excuse.afterMs) : Infinity)
      const next = await stream.next(
        dueAt === Infinity ? undefined : Math.max(0, dueAt - clock.now()),
      )
      if (next === 'unwanted') return
      if (next === 'late') {
        if (limitMs !== undefined && clock.now() >= limitAt) {
          throw tooLate(member, 'nothing came', limitMs)
        }
        // Something may have been heard meanwhile.
        if (excuse === undefined || clock.now() < this.#excuseAt(since, excuse.afterMs)) continue
        progress.excuses++
        const phrase = this.#init.phrases[excuse.say]
        if (phrase !== '') yield `${phrase} `
        continue
      }
      if (next.done === true) return
      if (timeoutMs !== undefined) limitMs = Math.min(timeoutMs, stallMs)
      const said = next.value
      if (typeof said === 'string') progress.text += said
      else if ('tool' in said) progress.hasCalled = true
      yield said
      // Whoever reads may have had no room for long.
      since = clock.now()
    }
  }

  /** When a caller who waits since then is told so. */
  #excuseAt(since: number, afterMs: number): number {
    const { isAwaited = false, lastAt = -Infinity } = this.#init.line() ?? {}
    if (isAwaited) return this.#init.host.clock.now() + patienceMs
    return Math.max(since + afterMs, lastAt + patienceMs)
  }
}

/** The same question to one who takes over an answer that broke off. */
function goingOn(inference: Inference, text: string): Inference {
  if (text.trim() === '') return inference
  const said = { role: 'assistant', text, generated: text, interrupted: true } as const
  const { instruction } = inference
  return {
    ...inference,
    messages: [...inference.messages, said],
    instruction: instruction === undefined ? goOn : `${instruction} ${goOn}`,
  }
}
