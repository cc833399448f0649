import type { Heard, SpeechFormat, Stt, SttDefinition, SttStream } from '../define/index.ts'
import type { Host } from '../kernel/host.ts'
import type { Member } from '../kernel/members.ts'
import type { Keeper } from '../kernel/shared.ts'
import { billedModel } from '../observe/cost.ts'
import { Cast } from './cast.ts'
import type { Choice, Try } from './choice.ts'
import { tellFailure, tooLate } from './trouble.ts'
import { Unsettled } from './unsettled.ts'

/** What `Hearing` takes. */
export interface HearingInit {
  readonly host: Host
  readonly members: readonly Member<SttDefinition>[]
  readonly process: Keeper
  readonly format: SpeechFormat
  /** What an instance before this one has not had settled; empty at first. */
  readonly unsettled: Unsettled
  /** Takes what is heard; times count from the beginning of its stream. */
  heard(event: Heard): void
  /** The caller has stopped, and for so long, in ms, nobody has said what was said. */
  late(waitedMs: number): void
  /** Nobody can hear the caller any more. */
  failed(thrown: unknown): void
}

/** Time in which a recogniser that is told that the caller has stopped usually answers, in ms. */
const patienceMs = 1000
/** What is kept of silence for a stream that is opened anew, in ms: the beginning of a word may be in it. */
const quietMs = 500

/** By so much may the last word end before the detector sees the end of speech, in ms. */
const wordEndMs = 500
/** Times that vendors give are rounded. */
const roundingMs = 1
/** A stream that was open for so long, in ms, has worked. */
const workedMs = 10_000
/** Seconds of sound after which it is said how much was used. */
const reportS = 10

/** A stream at work. */
interface Running {
  readonly asked: Try<SttDefinition>
  readonly stream: SttStream
  /** Where its sound begins in the call, in ms. */
  readonly fromMs: number
  /** When it was opened, on the clock. */
  readonly openedAt: number
}

/**
 * Several recognisers as one, each with one stream after the other. What is not settled when a stream breaks
 * is pushed into the next one, of the same recogniser or of another; what was settled is not, so no word is
 * lost and none comes twice. Sound that comes while none is open waits, up to a minute.
 */
export class Hearing {
  readonly #init: HearingInit
  readonly #cast: Cast<SttDefinition, Stt>
  readonly #unsettled: Unsettled
  #choice: Choice<SttDefinition>
  #running: Running | undefined
  #isOpening = false
  #isClosed = false
  #isSpeaking = false
  /** When the caller stopped and the stream was told; undefined once it has answered. */
  #stoppedAt: number | undefined
  /** Where in the sound the caller stopped last, in ms; undefined while there is nobody to say so. */
  #stopMs: number | undefined
  #cancelWatch = (): void => undefined
  #cancelLate = (): void => undefined
  /** Samples that the stream has been given and nobody has been told of. */
  #unreported = 0

  constructor(init: HearingInit) {
    const { host, members, process } = init
    this.#init = init
    this.#unsettled = init.unsettled
    this.#cast = new Cast({ host, members, process, setUp: (member) => this.#setUp(member) })
    this.#choice = this.#cast.choose()
  }

  /**
   * Opens the first stream that can be.
   * @throws the failure of the last one, when none can
   */
  async open(): Promise<void> {
    this.#choice = this.#cast.choose()
    await this.#openNext(this.#choice.first())
  }

  push(samples: Int16Array): void {
    this.#unsettled.push(samples)
    this.#forgetSilence()
    const { asked, stream } = this.#running ?? {}
    if (asked === undefined || stream === undefined) return
    try {
      stream.push(samples)
      this.#count(samples.length)
    } catch (thrown) {
      this.#broken(asked, thrown)
    }
  }

  /** Says how much sound was given to a vendor since it was said last. */
  report(): void {
    const { host, format } = this.#init
    const { definition, plan } = this.#running?.asked.member ?? {}
    const audioSeconds = this.#unreported / format.sampleRate
    this.#unreported = 0
    const vendor = definition?.vendor
    if (vendor === undefined || audioSeconds === 0) return
    const model = billedModel(plan?.options ?? {})
    host.usage({ vendor, model, usage: { audio_seconds: audioSeconds } })
  }

  /** The caller speaks. */
  started(): void {
    this.#isSpeaking = true
    this.#answered()
    const { asked, stream } = this.#running ?? {}
    if (asked !== undefined) this.#careful(asked, () => stream?.started?.())
  }

  /** The caller has stopped: whoever listens is to say what was said. */
  stopped(latencyMs: number): void {
    const { host, members, late } = this.#init
    const at = host.clock.now()
    this.#isSpeaking = false
    this.#stopMs = this.#unsettled.untilMs - latencyMs
    this.#stoppedAt = at
    this.#cancelLate()
    // Who is embedded takes as long as it takes.
    if (members[0]?.plan.limits.timeoutMs !== undefined) {
      this.#cancelLate = host.clock.after(patienceMs, () => late(host.clock.now() - at))
    }
    this.#finish()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#answered()
    const running = this.#running
    this.#running = undefined
    await running?.stream.close()
    await this.#cast.close()
  }

  /** Asks the stream for what is open, and waits for it. */
  #finish(): void {
    const running = this.#running
    if (this.#stoppedAt === undefined || running === undefined) return
    const { asked, stream } = running
    if (stream.finish === undefined) return this.#answered()
    this.#careful(asked, () => stream.finish?.())
    const limitMs = asked.member.plan.limits.timeoutMs
    // It may have answered, or broken, at once.
    const isWaiting = this.#stoppedAt !== undefined && this.#running === running
    if (limitMs === undefined || !isWaiting) return
    this.#cancelWatch()
    this.#cancelWatch = this.#init.host.clock.after(limitMs, () => {
      this.#broken(asked, tooLate(asked.member, 'it did not say what it had heard', limitMs))
    })
  }

  /** Nobody waits for what was said any more. */
  #answered(): void {
    this.#stoppedAt = undefined
    this.#cancelLate()
    this.#cancelWatch()
  }

  #heard(running: Running, event: Heard): void {
    if (running !== this.#running) return
    if (event.type === 'final') {
      this.#unsettled.settle(running.fromMs + event.untilMs)
      this.#choice.done()
      if (running.fromMs + event.untilMs >= (this.#stopMs ?? 0) - wordEndMs) {
        this.#answered()
      }
    }
    this.#init.heard(event)
  }

  /** Where everything that was said is settled, silence need not be heard again. */
  #forgetSilence(): void {
    if (this.#isSpeaking || this.#stopMs === undefined) return
    if (this.#unsettled.fromMs < this.#stopMs - roundingMs) return
    this.#unsettled.settle(this.#unsettled.untilMs - quietMs)
  }

  /** A stream has broken: the next one gets what was not settled. */
  #broken(asked: Try<SttDefinition>, thrown: unknown): void {
    const { host, failed } = this.#init
    const running = this.#running
    if (running?.asked !== asked || this.#isOpening) return
    this.report()
    this.#running = undefined
    this.#cancelWatch()
    void (async () => running.stream.close())().catch(() => undefined)
    // One that has lasted worked, though nobody said a word: its end is not one more of the failures before.
    if (host.clock.now() - running.openedAt >= workedMs) this.#choice.done()
    const next = this.#choice.after(thrown)
    tellFailure(host, asked, thrown, next)
    if (next === undefined) return failed(thrown)
    this.#openNext(next).catch((last: unknown) => {
      if (!host.signal.aborted && !this.#isClosed) failed(last)
    })
  }

  async #openNext(first: Try<SttDefinition>): Promise<void> {
    const { host } = this.#init
    this.#isOpening = true
    try {
      for (let now: Try<SttDefinition> | undefined = first; ;) {
        const asked: Try<SttDefinition> = now
        try {
          return await this.#openOne(asked)
        } catch (thrown) {
          if (host.signal.aborted || this.#isClosed) throw thrown
          now = this.#choice.after(thrown)
          if (this.#init.members.length > 1 || now !== undefined) {
            tellFailure(host, asked, thrown, now)
          }
          if (now === undefined) throw thrown
        }
      }
    } finally {
      this.#isOpening = false
    }
  }

  async #openOne(asked: Try<SttDefinition>): Promise<void> {
    const { host, format } = this.#init
    const stt = await this.#cast.open(asked, host.signal)
    const early: Heard[] = []
    let hear = (event: Heard): void => void early.push(event)
    let failure: { readonly thrown: unknown } | undefined
    let fail = (thrown: unknown): void => void (failure = { thrown })
    const opening = stt.open({
      format,
      signal: host.signal,
      heard: (event) => hear(event),
      failed: (thrown) => fail(thrown),
    })
    const stream = await this.#cast.inTime(asked.member, opening)
    if (failure !== undefined || this.#isClosed || host.signal.aborted) {
      // Nobody else has it: it would be kept alive, and paid for, for ever.
      void (async () => stream.close())().catch(() => undefined)
      if (failure !== undefined) throw failure.thrown
      throw new DOMException('nobody hears any more', 'AbortError')
    }
    const openedAt = host.clock.now()
    const running = { asked, stream, fromMs: this.#unsettled.fromMs, openedAt }
    hear = (event) => this.#heard(running, event)
    fail = (thrown) => this.#broken(asked, thrown)
    this.#running = running
    this.#isOpening = false
    this.#careful(asked, () => {
      if (this.#isSpeaking || this.#stoppedAt !== undefined) stream.started?.()
      for (const samples of this.#unsettled.sound) {
        stream.push(samples)
        this.#count(samples.length)
      }
    })
    for (const event of early) this.#heard(running, event)
    this.#finish()
  }

  #count(samples: number): void {
    this.#unreported += samples
    if (this.#unreported >= reportS * this.#init.format.sampleRate) this.report()
  }

  /** Does something with a stream that may be gone. */
  #careful(asked: Try<SttDefinition>, act: () => void): void {
    try {
      act()
    } catch (thrown) {
      this.#broken(asked, thrown)
    }
  }

  async #setUp(member: Member<SttDefinition>): Promise<Stt> {
    const { options, shared } = await member.prepare()
    const { clock, log, signal, metric, usage } = this.#init.host
    const ctx = { options, shared, node: member.name, clock, log, signal, metric, usage }
    return member.definition.setup(ctx as never)
  }
}
