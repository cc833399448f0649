import { callerStep, initialCaller, type CallerCommand, type CallerEvent } from './caller.ts'
import { createEar, createVoiceMeter, type CallerEar } from './caller-ear.ts'
import type { CallerScript } from './caller-script.ts'

/** Something a caller did or noticed; `at` is in ms since the call began. */
export type CallerNote =
  | {
      readonly type: 'say'
      readonly at: number
      readonly text: string
      readonly interrupts: boolean
    }
  | { readonly type: 'bot'; readonly at: number; readonly state: 'started' | 'stopped' }
  | { readonly type: 'hangup'; readonly at: number }
  | { readonly type: 'give-up'; readonly at: number; readonly reason: string }
  | { readonly type: 'done'; readonly at: number }

/** What `createCallerPhone` takes. */
export interface CallerPhoneInit {
  readonly script: CallerScript
  /** Sound of each step that is said, by number of the step, in the rate of the call. */
  readonly sounds: ReadonlyMap<number, Int16Array>
  /** In Hz. */
  readonly sampleRate: number
  readonly onNote: (note: CallerNote) => void
  /** Sees what was said and heard, 20 ms at a time. */
  readonly onSound?: ((said: Int16Array, heard: Int16Array) => void) | undefined
}

/** A simulated caller at a telephone. It knows of the bot only what can be heard. */
export interface CallerPhone extends Pick<CallerEar, 'hear' | 'clear'> {
  /**
   * What the caller says in the next `samples` samples: a line, or silence. Undefined when the caller has
   * hung up. Time passes by these calls.
   */
  speak(samples: number): Int16Array | undefined
  /** The other side has ended the call. */
  ended(): void
  /** Ms since the call began, by what was spoken. */
  readonly now: number
}

/** Makes a caller. Its clock is the sound that is taken from it. */
export const createCallerPhone = (init: CallerPhoneInit): CallerPhone => new ScriptedPhone(init)

class ScriptedPhone implements CallerPhone {
  readonly #init: CallerPhoneInit
  readonly #ear: CallerEar
  readonly #meter = createVoiceMeter()
  #state = initialCaller
  /** What is left of the line that is being said. */
  #line: Int16Array | undefined
  #spoken = 0
  #isGone = false

  constructor(init: CallerPhoneInit) {
    this.#init = init
    this.#ear = createEar(init.sampleRate)
  }

  get now(): number {
    return (this.#spoken * 1000) / this.#init.sampleRate
  }

  hear(samples: Int16Array, atMs: number): void {
    this.#ear.hear(samples, atMs)
  }

  clear(atMs: number): void {
    this.#ear.clear(atMs)
  }

  ended(): void {
    this.#on({ type: 'ended', at: this.now })
  }

  speak(count: number): Int16Array | undefined {
    if (this.#isGone) return undefined
    const { sampleRate, onNote, onSound } = this.#init
    const said = this.#next(count)
    const heard = this.#ear.take(count)
    this.#spoken += count
    onSound?.(said, heard)
    const change = this.#meter(heard, this.now, (count * 1000) / sampleRate)
    if (change !== undefined) {
      onNote({ type: 'bot', ...change })
      this.#on({ type: 'bot', state: change.state, at: change.at })
    }
    const isSaid = this.#line?.length === 0
    if (isSaid) this.#line = undefined
    this.#on({ type: isSaid ? 'said' : 'tick', at: this.now })
    return said
  }

  /** The next samples of the line, silence after it. */
  #next(count: number): Int16Array {
    const samples = new Int16Array(count)
    if (this.#line === undefined) return samples
    samples.set(this.#line.subarray(0, count))
    this.#line = this.#line.subarray(count)
    return samples
  }

  #on(event: CallerEvent): void {
    const [next, commands] = callerStep(this.#init.script, this.#state, event)
    this.#state = next
    for (const command of commands) this.#obey(command)
  }

  #obey(command: CallerCommand): void {
    const { script, sounds, onNote } = this.#init
    if (command.type !== 'say') {
      this.#isGone = true
      onNote({ ...command, at: this.now })
      return
    }
    const { step, interrupts } = command
    const line = script.steps[step]
    this.#line = sounds.get(step) ?? new Int16Array()
    onNote({ type: 'say', at: this.now, text: line?.kind === 'say' ? line.text : '', interrupts })
  }
}
