import type { Inference, Out, Said } from '../define/index.ts'
import { response, toolCall, type PlayoutFrame } from '../frames/index.ts'
import { expand } from '../kernel/expand.ts'
import type { Work } from '../kernel/host.ts'
import type { Answer, Outcome } from './answer.ts'
import type { ConversationInit } from './conversation-init.ts'
import { Fillers, type AwaitedCall } from './fillers.ts'
import { LineSound } from './line-sound.ts'
import { listen, readAhead } from './listen.ts'
import { promptsOf } from './prompts.ts'
import { quietAnswer } from './quiet-mind.ts'
import type { ConversationRecord } from './record.ts'
import { createSegmenter } from './spans.ts'
import { toAsync } from '../providers/to-async.ts'
import { SpokenText } from './spoken-text.ts'
import type { CallEnd, ToolCall, Tools } from './tools.ts'
import { createVoiceText } from './voice-text.ts'
import type { Thresholds } from './turn-policy.ts'

/** Times that a brain may ask for tools before it must have answered. */
const mostRounds = 8
/** Tools that it may ask for in one answer: no model means more. */
const mostCalls = 64
/** Pieces of an answer that nobody may want which are read before it is certain. */
const mostAhead = 256
/** How long an answer waits for the transport to say what was heard of the one before, in ms. */
const ledgerMs = 50

/** What the brain is told when the next agent is to get a summary. */
const summaryWish =
  'Sum up for a colleague who takes over this call what the caller wants and what has been settled, in at most five sentences. Say nothing to the caller.'

/** What the conversation wants to know of an answer on its way. */
export interface SpeakerOwner {
  responding(answer: Answer, thresholds: Thresholds | undefined): void
  /** There is nothing (more) in it to hear. */
  finished(answer: Answer): void
  over(answer: Answer): void
  asked(answer: Answer): void
  answered(answer: Answer, outcome: Outcome): void
}

/** A tool call of an answer. */
interface RunningCall extends AwaitedCall {
  readonly done: Promise<CallEnd>
  /** When it was made. */
  readonly at: number
}

/** Makes what the bot says: asks the brain, cuts its text into spans, has its tools run, keeps the record. */
export class Speaker {
  readonly record: ConversationRecord
  readonly #init: ConversationInit
  readonly #name: string
  readonly #tools: Tools
  readonly #owner: SpeakerOwner
  readonly #segmenter = createSegmenter()
  readonly #sound: LineSound
  readonly #fillers: Fillers
  /** The call has cost as much as it may: the brain is not asked again, whatever its tools answer. */
  #isOverspent = false
  #ledgerWaits = (): void => undefined

  constructor(init: ConversationInit, tools: Tools, owner: SpeakerOwner) {
    this.#init = init
    this.#name = init.agent?.id ?? init.host.node
    this.#tools = tools
    this.#owner = owner
    this.record = init.record
    this.#sound = init.memory.line ??= new LineSound(init.isHeard, () => init.host.clock.now())
    this.#fillers = new Fillers(init.host, this.#sound)
    init.host.whenOverspent(() => {
      this.#isOverspent = true
      return false
    })
  }

  /** The transport has said something about what was heard. */
  heard(fact: PlayoutFrame): void {
    this.#sound.hears(fact)
    this.#ledgerWaits()
  }

  /** What was being said is cut. */
  cut(): void {
    this.#sound.cut()
  }

  /** What has been said so far, in short; undefined when the brain has nothing to say about it. */
  async summarise(signal: AbortSignal): Promise<string | undefined> {
    const { host, brain, setup, memory } = this.#init
    const { prompt } = promptsOf(setup.options, host.vars, memory.floor?.giver)
    const messages = this.record.messages(host.isCut)
    const asked = {
      reason: 'summary',
      prompt,
      instruction: summaryWish,
      messages,
      tools: [],
    } as const
    const text = await quietAnswer(brain, { ...asked, vars: host.vars.current, signal }, host.clock)
    return text === '' ? undefined : text
  }

  /** Says one answer. A guess gives nothing before it is promoted. */
  async *speak(answer: Answer, work: Work): AsyncGenerator<Out> {
    const { host, thresholds, isHeard } = this.#init
    const { reason, signal } = answer
    const frame = { agent: this.#name, reason, interruptible: thresholds !== undefined }
    let hasSpoken = false
    try {
      await this.#settleLedger(signal)
      if (signal.aborted) return
      const said = this.#begin(answer)
      await answer.decided
      if (signal.aborted) return
      yield response({ state: 'started', ...frame })
      answer.response = work.response
      this.#owner.responding(answer, thresholds)
      hasSpoken = yield* this.#rounds(answer, said)
      if (signal.aborted) return
      // Nothing is asked any more: what waits for that may go on when this has been heard.
      this.#owner.over(answer)
      yield response({ state: 'ended', ...frame })
    } catch (thrown) {
      this.#owner.answered(answer, 'failed')
      throw thrown
    } finally {
      answer.abort('it is over')
      this.#owner.over(answer)
    }
    // Nothing was said: there is nothing to hear and nothing to interrupt.
    if (!hasSpoken || !isHeard) this.#owner.finished(answer)
    if (answer.hasToEnd) host.end('the agent ended the call')
  }

  /** What was heard of a response that was cut is known at once, or a moment later. */
  async #settleLedger(signal: AbortSignal): Promise<void> {
    const { clock, isCut } = this.#init.host
    const until = clock.now() + ledgerMs
    while (!this.record.isSettled(isCut) && clock.now() < until && !signal.aborted) {
      const moved = Promise.withResolvers<void>()
      this.#ledgerWaits = moved.resolve
      const cancel = clock.after(until - clock.now(), moved.resolve)
      await moved.promise
      cancel()
    }
  }

  #begin(answer: Answer): AsyncIterable<Said> {
    const { sentence, isAsked, isGuess, reason } = answer
    const said = isAsked ? this.#ask(answer, reason, answer.instruction) : undefined
    const read = isGuess && said !== undefined ? readAhead(said, mostAhead, answer.signal) : said
    if (sentence === undefined) return read ?? toAsync<Said>(() => [])
    const first = expand(sentence, this.#init.host.vars.current)
    return read === undefined ? toAsync(() => [first]) : sayFirst(`${first} `, read)
  }

  /** Lets the brain answer until it does so without asking for tools. @returns whether it has spoken */
  async *#rounds(answer: Answer, first: AsyncIterable<Said>): AsyncGenerator<Out, boolean> {
    let said = first
    let hasFailed = false
    const out = new SpokenText(this.record, this.#sound)
    for (let round = 1; ; round++) {
      const calls: RunningCall[] = []
      const spoken = out.count
      yield* this.#round(answer, said, calls, out)
      const hasWords = out.count > spoken
      if (calls.length === 0) {
        if (hasFailed && !hasWords) yield* this.#apologise(answer, out)
        return out.count > 0
      }
      yield* this.#await(answer, calls, hasWords, out)
      if (answer.farewell !== undefined) {
        yield* this.#farewell(answer.farewell, answer.response, out)
        return out.count > 0
      }
      // Cut meanwhile: the results are on record, the answer to them would be heard by nobody.
      if (answer.hasToEnd || this.#isOverspent || answer.signal.aborted) return out.count > 0
      if (this.record.isClosed(answer.response)) return out.count > 0
      hasFailed = (await Promise.all(calls.map(({ done }) => done))).includes('failed')
      if (round === mostRounds) break
      said = this.#ask(answer, 'tool-result')
    }
    this.#init.host.log.warn(`gave up after ${mostRounds} rounds of tools`)
    yield* this.#apologise(answer, out)
    return out.count > 0
  }

  /** Waits for tools. What is said meanwhile stands on record before them: as if the model had said it. */
  async *#await(
    { asking, response: number }: Answer,
    calls: readonly RunningCall[],
    hasWords: boolean,
    out: SpokenText,
  ): AsyncGenerator<Out> {
    const stopped = Promise.withResolvers<void>()
    if (asking.aborted) stopped.resolve()
    asking.addEventListener('abort', () => stopped.resolve(), { once: true })
    const over = Promise.race([Promise.all(calls.map(({ done }) => done)), stopped.promise])
    const since = calls[0]?.at ?? 0
    let gap = hasWords ? ' ' : ''
    for await (const sentence of this.#fillers.during({ calls, since, hasWords, over })) {
      if (this.record.isClosed(number)) break
      yield* this.#sentence(`${gap}${sentence} `, out)
      gap = ''
      yield* out.pause(this.#nextSpan)
    }
    await over
  }

  /** A tool has failed and the model has nothing to say about it: the caller is not left in silence. */
  *#apologise({ response: number, signal }: Answer, out: SpokenText): Generator<Out> {
    const sentence = this.#init.setup.options['tool_apology']
    if (typeof sentence !== 'string' || sentence === '') return
    if (signal.aborted || this.record.isClosed(number)) return
    yield* this.#sentence(sentence, out)
  }

  /** Says a sentence of the graph; `{{var}}` in it is expanded now. */
  *#sentence(sentence: string, out: SpokenText): Generator<Out> {
    const next = this.#nextSpan
    const voice = createVoiceText({ next, segmenter: this.#segmenter, early: true })
    const said = expand(sentence, this.#init.host.vars.current)
    yield* out.frames([...voice.push(said), ...voice.flush()])
  }

  /** One answer of the brain: gives its text, and starts the tools it asks for. */
  async *#round(
    answer: Answer,
    said: AsyncIterable<Said>,
    calls: RunningCall[],
    out: SpokenText,
  ): AsyncGenerator<Out> {
    const { response: number } = answer
    const { clock, log } = this.#init.host
    const next = this.#nextSpan
    const voice = createVoiceText({ next, segmenter: this.#segmenter, early: true })
    this.record.assistant(number)
    for await (const one of said) {
      if (this.record.isClosed(number)) break
      if (typeof one === 'string') {
        yield* out.frames(voice.push(one))
      } else if ('tool' in one) {
        yield* out.frames(voice.flush())
        // Nobody knows when there will be more: what there is must not wait for that.
        yield* out.pause(next)
        const call = this.#called(one)
        yield toolCall(call)
        const done = this.#tools.request(call, number)
        const announcement = this.#tools.announcementOf(call)
        if (announcement !== undefined) yield* this.#sentence(announcement, out)
        calls.push({ done, at: clock.now(), filler: this.#tools.fillerOf(call.name) })
        if (answer.farewell !== undefined) break
        if (calls.length === mostCalls) {
          log.warn(`took ${mostCalls} tool calls of one answer and no more`)
          break
        }
      } else {
        const { thresholds } = this.#init
        this.#owner.responding(answer, one.interruptible ? thresholds : undefined)
      }
    }
    yield* out.frames(voice.flush())
    this.#owner.answered(answer, 'answered')
  }

  /** The last words before the call is handed over. */
  *#farewell(sentence: string, number: number, out: SpokenText): Generator<Out> {
    if (sentence === '') return
    this.record.assistant(number)
    // It may name what is passed on: that is known by now.
    yield* this.#sentence(sentence, out)
  }

  readonly #nextSpan = (): number => ++this.#init.memory.spans

  #ask(answer: Answer, reason: Answer['reason'], instruction?: string): AsyncGenerator<Said> {
    const { host, brain, setup, memory } = this.#init
    const { provisional, asking: signal } = answer
    answer.open = { inference: ++this.#init.memory.inferences, reason }
    this.#owner.asked(answer)
    const messages = this.record.messages(host.isCut, provisional)
    this.record.told()
    const { summaries: tools } = this.#tools
    const prompts = promptsOf(setup.options, host.vars, memory.floor?.giver)
    const asked: Inference = {
      reason: reasonFor(reason),
      prompt: prompts.prompt,
      instruction: instruction === undefined ? undefined : prompts.expand(instruction),
      ...{ messages, tools, vars: host.vars.current, signal },
    }
    return listen(
      toAsync(() => brain.respond(asked)),
      signal,
      host.clock,
    )
  }

  #called(said: Extract<Said, { readonly tool: string }>): ToolCall {
    const callId = this.#init.memory.callId(said.callId, this.#init.host.node)
    const call = { callId, name: said.tool, arguments: said.arguments }
    this.record.call(call, this.#tools.isJob(call))
    return call
  }
}

/** A sentence after a silence is nobody's question: the model is never asked about it. */
const reasonFor = (reason: Answer['reason']): Inference['reason'] =>
  reason === 'idle' || reason === 'budget' || reason === 'trouble' ? 'turn' : reason

/** A sentence, and then what the brain says. */
async function* sayFirst(sentence: string, said: AsyncIterable<Said>): AsyncGenerator<Said> {
  yield sentence
  yield* said
}
