import { createConversion, type Conversion } from '../audio/conversion.ts'
import { loadResamplerEngine } from '../audio/resampler.ts'
import type {
  AudioFormatSpec,
  SpeechFormat,
  SpokenPiece,
  Tts,
  TtsDefinition,
  Utterance,
  UtteranceText,
} from '../define/index.ts'
import { ProviderError } from '../define/index.ts'
import type { Host } from '../kernel/host.ts'
import type { Clock } from '../time/clock.ts'
import type { Member } from '../kernel/members.ts'
import type { Keeper } from '../kernel/shared.ts'
import { billedModel } from '../observe/cost.ts'
import {
  canPhrases,
  nothingCanned,
  type Canned,
  type CannedStore,
  type TroublePhrases,
} from './canned.ts'
import { Cast } from './cast.ts'
import type { Try } from './choice.ts'
import { Script } from './script.ts'
import { createTextQueue, type TextQueue } from './text-queue.ts'
import { tellFailure, tooLate } from './trouble.ts'
import { WatchedStream } from './watch.ts'

/** Longest pause that a voice makes, in ms: between two paragraphs, or at a dash. What is longer is a fault. */
const longestPauseMs = 1200

/** What `FailoverVoice.open` takes. */
export interface FailoverVoiceInit {
  readonly host: Host
  readonly members: readonly Member<TtsDefinition>[]
  readonly process: Keeper
  /** What the graph wants the sound in, whoever speaks. */
  readonly format: SpeechFormat
  /** What the caller is told when something goes wrong. */
  readonly phrases: TroublePhrases
}

/** A voice that has been set up. */
interface Opened {
  readonly voice: Tts
  readonly format: SpeechFormat
  close(): Promise<void>
}

/**
 * Silence in the middle of an answer after which the caller is asked to wait, in ms: with the end of the turn
 * and the model before it, less than 2 s of dead air.
 */
const patienceMs = 800
/**
 * Time for a voice to end when it has all of the text and gives nothing more, in ms: longer than vendors' own
 * watches. Of one that gives no word times nobody knows otherwise whether it has stopped in the middle.
 */
const endWithinMs = 6000

/**
 * Several voices as one. The first that works speaks; where it fails the next one says what has not been
 * said, from the word on whose sound was not whole. A voice that is not needed is not set up. Voices of
 * vendors are heard with the phrases of trouble once in a process, so that these can be played when no voice
 * is left.
 */
export class FailoverVoice implements Tts {
  readonly #init: FailoverVoiceInit
  readonly #cast: Cast<TtsDefinition, Opened>
  #canned: Canned = nothingCanned

  private constructor(init: FailoverVoiceInit) {
    this.#init = init
    const { host, members, process } = init
    this.#cast = new Cast({ host, members, process, setUp: (member) => this.#setUp(member) })
  }

  /**
   * Sets up the first voice that can be.
   * @throws the failure of the last one, when none can
   */
  static async open(init: FailoverVoiceInit): Promise<FailoverVoice> {
    const made = new FailoverVoice(init)
    await made.#cast.openFirst()
    made.#can()
    return made
  }

  speak(utterance: Utterance): AsyncGenerator<SpokenPiece> {
    return this.#speak(utterance, { hasAskedToWait: false })
  }

  close(): Promise<void> {
    return this.#cast.close()
  }

  async *#speak(
    { text, signal }: Utterance,
    telling: Attempt['telling'],
  ): AsyncGenerator<SpokenPiece> {
    const script = new Script()
    const feed = new Feed(text, script, this.#init.host.clock)
    const choice = this.#cast.choose()
    for (let now: Try<TtsDefinition> | undefined = choice.first(); now !== undefined;) {
      const asked: Try<TtsDefinition> = now
      try {
        const opened = await this.#cast.open(asked, signal)
        yield* this.#attempt(asked.member, opened, { script, feed, signal, telling })
        if (!signal.aborted) choice.done()
        return
      } catch (thrown) {
        if (signal.aborted) return
        script.restart()
        now = choice.after(thrown)
        tellFailure(this.#init.host, asked, thrown, now)
        if (now !== undefined) continue
        // The call may be told goodbye with what was said to others.
        const spoken = this.#canned.of(script.wanted) ?? this.#canned.phrase('sorry')
        if (spoken !== undefined) yield spoken
        throw thrown
      }
    }
  }

  async *#attempt(
    member: Member<TtsDefinition>,
    { voice, format }: Opened,
    { script, feed, signal, telling }: Attempt,
  ): AsyncGenerator<SpokenPiece> {
    const { host } = this.#init
    const msOf = ({ length }: Int16Array): number => (length * 1000) / this.#init.format.sampleRate
    if (signal.aborted) return
    const cancel = new AbortController()
    const stop = (): void => cancel.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    const queue = feed.read()
    const said = voice.speak({ text: counted(queue, host, member), signal: cancel.signal })
    const stream = new WatchedStream(said, host.clock, signal)
    const conversion = await this.#conversionFrom(format)
    const pieces = this.#watched(stream, member, { script, feed, telling, format })
    let span = 0
    try {
      for await (const { piece, isSpoken } of pieces) {
        if (isSpoken) {
          const samples = conversion?.convert(piece.samples) ?? piece.samples
          span = piece.span
          yield* script.take({ ...piece, samples }, msOf(samples))
        } else yield script.aside(piece, msOf(piece.samples))
      }
      if (signal.aborted) return
      const held = conversion?.flush()
      if (held !== undefined && held.length > 0) {
        yield* script.take({ span, samples: held }, msOf(held))
      }
      if (script.isLacking()) {
        const reason = 'it ended before everything was said'
        throw new ProviderError('server', { provider: member.plan.use, reason })
      }
      yield* script.finish()
    } finally {
      signal.removeEventListener('abort', stop)
      cancel.abort(new DOMException('it is over', 'AbortError'))
      stream.close()
      queue.end()
      conversion?.close()
    }
  }

  /** Reads a voice; one that has something to say and keeps silent is given up, the caller asked to wait. */
  async *#watched(
    stream: WatchedStream<SpokenPiece>,
    member: Member<TtsDefinition>,
    { script, feed, telling, format }: Omit<Attempt, 'signal'> & Pick<Opened, 'format'>,
  ): AsyncGenerator<{ readonly piece: SpokenPiece; readonly isSpoken: boolean }> {
    const { clock } = this.#init.host
    const limitMs = member.plan.limits.timeoutMs
    const isSilent = silenceIn(format)
    /** Length of the silence that it has given last. */
    let silentMs = 0
    /** Since when nothing has come of it; what it has not been told of it does not owe. */
    let quietSince = clock.now()
    let lastAt = quietSince
    for (;;) {
      let since = Math.max(quietSince, feed.owedSince)
      const leftMs = limitMs === undefined ? undefined : since + limitMs - clock.now()
      const patience = telling.hasAskedToWait ? undefined : since + patienceMs - clock.now()
      const waitMs =
        limitMs === undefined ? undefined : Math.max(0, Math.min(leftMs ?? 0, patience ?? Infinity))
      const next = await stream.next(waitMs)
      if (next === 'unwanted') return
      if (next === 'late') {
        // It may have been told of more meanwhile.
        since = Math.max(since, feed.owedSince)
        if (limitMs !== undefined && clock.now() - Math.max(lastAt, feed.endedAt) >= endWithinMs)
          throw tooLate(member, 'it did not end', endWithinMs)
        if (!script.isOwed()) quietSince = clock.now()
        else if (limitMs !== undefined && clock.now() - since >= limitMs)
          throw tooLate(member, 'no sound came', limitMs)
        else if (!telling.hasAskedToWait && clock.now() - since >= patienceMs) {
          telling.hasAskedToWait = true
          const piece = this.#canned.phrase('wait')
          if (piece !== undefined) yield { piece, isSpoken: false }
        }
        continue
      }
      if (next.done === true) return
      const { samples } = next.value
      silentMs = isSilent(samples) ? silentMs + (samples.length * 1000) / format.sampleRate : 0
      if (limitMs !== undefined && silentMs > longestPauseMs) {
        throw tooLate(member, 'nothing but silence came', longestPauseMs)
      }
      yield { piece: next.value, isSpoken: true }
      quietSince = lastAt = clock.now()
    }
  }

  async #setUp(member: Member<TtsDefinition>): Promise<Opened> {
    const { host, format: wanted } = this.#init
    const { definition, name: node } = member
    const { options, shared } = await member.prepare()
    const format = formatFor(definition.ports.out.audio.formats, wanted)
    const { clock, log, signal, metric, usage } = host
    const ctx = { options, shared, node, format, clock, log, signal, metric, usage }
    const voice = await definition.setup(ctx as never)
    return { voice, format, close: async () => voice.close?.() }
  }

  /** Has the phrases spoken, by whoever speaks now, before anybody needs them. */
  #can(): void {
    const { members, host, process, phrases, format } = this.#init
    const [first] = members
    if (first?.definition.vendor === undefined) return
    const store = process.keep<CannedStore>('canned', () => new Map())
    const { use, options } = first.plan
    const voice = JSON.stringify([use, options['voice'] ?? '', options['model'] ?? '', format])
    const { signal } = host
    const speak = (text: string): AsyncIterable<SpokenPiece> => {
      const queue = createTextQueue()
      queue.push({ span: 0, text })
      queue.end()
      // Nobody listens who could be asked to wait.
      return this.#speak({ text: queue, signal }, { hasAskedToWait: true })
    }
    this.#canned = canPhrases({ phrases, store, voice, signal, speak })
  }

  async #conversionFrom(from: SpeechFormat): Promise<Conversion | undefined> {
    const { format: to } = this.#init
    if (from.sampleRate === to.sampleRate && from.encoding === to.encoding) return undefined
    const engine = await this.#init.host.clock.work(loadResamplerEngine())
    return createConversion(engine, { ...from, channels: 1 }, { ...to, channels: 1 })
  }
}

interface Attempt {
  readonly script: Script
  readonly feed: Feed
  readonly signal: AbortSignal
  /** Asked once in an utterance. */
  readonly telling: { hasAskedToWait: boolean }
}

/** The text of an utterance, read once, for one voice after the other. */
class Feed {
  /** When it last came to have something to say, on the clock. */
  owedSince = 0
  /** When all of the text was there. */
  endedAt = Infinity
  readonly #script: Script
  readonly #clock: Clock
  #queue: TextQueue | undefined
  #isEnded = false

  constructor(text: Utterance['text'], script: Script, clock: Clock) {
    this.#script = script
    this.#clock = clock
    void this.#pump(text).catch(() => undefined)
  }

  /** A queue with what has not been said, and then with what comes. */
  read(): TextQueue {
    const queue = createTextQueue()
    for (const text of this.#script.rest()) queue.push(text)
    if (this.#isEnded) queue.end()
    this.#queue = queue
    return queue
  }

  async #pump(text: Utterance['text']): Promise<void> {
    for await (const piece of text) {
      const wasOwed = this.#script.isOwed()
      this.#script.push(piece)
      if (!wasOwed && this.#script.isOwed()) this.owedSince = this.#clock.now()
      this.#queue?.push(piece)
    }
    this.#isEnded = true
    this.endedAt = this.#clock.now()
    this.#queue?.end()
  }
}

/** The same text; what is read of it is reported as used, once. */
async function* counted(
  text: TextQueue,
  { usage }: Host,
  { definition, plan }: Member<TtsDefinition>,
): AsyncGenerator<UtteranceText> {
  const { vendor } = definition
  const model = billedModel(plan.options)
  let characters = 0
  try {
    for await (const piece of text) {
      characters += piece.text.length
      yield piece
    }
  } finally {
    if (vendor !== undefined && characters > 0) {
      usage({ vendor, model, usage: { characters } })
    }
  }
}

/** Loudest sample of silence: −56 dB of full scale, and what µ-law makes of it. */
const quietest = 50

/** Tells sound in which nobody says anything. */
const silenceIn = ({ encoding }: SpeechFormat): ((samples: Int16Array) => boolean) =>
  encoding === 'mulaw'
    ? (samples) => samples.every((code) => (code | 0x80) >= 0xf8)
    : (samples) => samples.every((sample) => Math.abs(sample) < quietest)

/** The wanted form where a voice has it; its best one otherwise. */
function formatFor(formats: readonly AudioFormatSpec[], wanted: SpeechFormat): SpeechFormat {
  const fits = ({ sampleRate, encoding = 'pcm' }: AudioFormatSpec): boolean =>
    (typeof sampleRate !== 'number' || sampleRate === wanted.sampleRate) &&
    encoding === wanted.encoding
  const [best] = formats
  if (best === undefined || formats.some(fits)) return wanted
  return {
    sampleRate: typeof best.sampleRate === 'number' ? best.sampleRate : wanted.sampleRate,
    encoding: best.encoding === 'mulaw' ? 'mulaw' : 'pcm',
  }
}
