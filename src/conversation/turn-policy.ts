import type { TurnOptions } from '../graph/turns-schema.ts'

/** How soon a caller who speaks takes the floor. */
export interface Thresholds {
  readonly afterMs: number
  readonly minWords: number
}

/** Something done after a silence: a sentence, or the end of the call where there is none. */
export interface IdleStep {
  readonly afterMs: number
  readonly say: string | undefined
}

/** Who has the floor: `turns` of the graph, as the reducer reads it. */
export interface TurnPolicy {
  /** The recogniser's own end of turn counts. */
  readonly byStt: boolean
  /** Probability from which an end-of-turn model is believed; undefined: never. */
  readonly smart: number | undefined
  readonly silenceMs: number
  readonly eager: boolean
  readonly interrupt: Thresholds
  readonly holdMs: number
  /** In plain words, see `plainWords`. */
  readonly backchannels: readonly (readonly string[])[]
  readonly resume: boolean
  readonly echo: boolean
  readonly mutesFirstSpeech: boolean
  readonly mutesWhileTools: boolean
  readonly idle: readonly IdleStep[]
  readonly maxCallMs: number
  /** What a caller is told whose words nobody has made out yet; empty: nothing. */
  readonly wait: string
  /** How long after the end of speech the recogniser's last words are waited for, until it is learned. */
  readonly finalWithinMs: number
}

/** Silence that ends a turn where nothing in the policy would, in ms: the usual fall-back of models. */
const longestSilenceMs = 3000
/** Wait for the last words of a recogniser that does not say how long it takes, in ms. */
const unknownFinalMs = 1000

/** What the rest of the graph says about itself. */
export interface LineFacts {
  /** Ms after the end of speech within which the recogniser gives its last words. */
  readonly finalWithinMs?: number | undefined
  /** The far end brings back what is played. */
  readonly echoes?: boolean | undefined
}

/** Makes the policy of a conversation. */
export function turnPolicy(options: TurnOptions, line: LineFacts = {}): TurnPolicy {
  const { interrupt, mute } = options
  const rules = options.end.map((rule) => (typeof rule === 'string' ? { [rule]: {} } : rule))
  const smart = rules.find((rule) => 'smart' in rule) as
    | { readonly smart: { readonly threshold?: number } }
    | undefined
  const silence = rules.find((rule) => 'silence' in rule) as
    | { readonly silence: number }
    | undefined
  return {
    byStt: rules.some((rule) => 'stt' in rule),
    smart: smart && (smart.smart.threshold ?? 0.5),
    silenceMs: silence?.silence ?? longestSilenceMs,
    eager: options.eager,
    interrupt: { afterMs: interrupt.after, minWords: interrupt.min_words },
    holdMs: interrupt.hold,
    backchannels: interrupt.backchannels.map(plainWords).filter(({ length }) => length > 0),
    resume: interrupt.resume,
    echo: interrupt.echo ?? line.echoes ?? false,
    mutesFirstSpeech: mute.includes('first_speech'),
    mutesWhileTools: mute.includes('while_tools'),
    idle: options.idle
      .map((step) => ({ afterMs: step.after, say: 'say' in step ? step.say : undefined }))
      .toSorted((a, b) => a.afterMs - b.afterMs),
    maxCallMs: options.max_call,
    wait: options.trouble.wait,
    finalWithinMs: line.finalWithinMs ?? unknownFinalMs,
  }
}

/** When a brain may be interrupted, by its option `interruptible`; undefined: never. */
export function thresholdsOf(option: unknown, { interrupt }: TurnPolicy): Thresholds | undefined {
  if (option === false) return undefined
  const { after = interrupt.afterMs, min_words: minWords = interrupt.minWords } =
    typeof option === 'object' ? (option as { after?: number; min_words?: number }) : {}
  return { afterMs: after, minWords }
}

/** The words of a text without case and punctuation: what two texts are compared by. */
export const plainWords = (text: string): readonly string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu) ?? []
