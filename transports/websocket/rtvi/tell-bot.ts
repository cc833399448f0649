import type { FrameOf, Json } from 'voxgraph/plugin'
import type { RtviMessage } from './rtvi-message.ts'
import type { TellRules, Told } from './told.ts'
import {
  splitAtWord,
  newResponse,
  withSpan,
  type ToldResponse,
  type ToldSpan,
} from './told-response.ts'

/** Responses that are kept: one sounds, one is being made, the others are cut or over. */
const mostResponses = 8

type SpokenStatus = 'new' | 'in-progress' | 'completed'

/** One step of `tell`, as far as it is about what the bot says. */
export class BotStep {
  told: Told
  readonly messages: RtviMessage[] = []
  protected readonly rules: TellRules

  constructor(told: Told, rules: TellRules) {
    this.told = told
    this.rules = rules
  }

  change(changes: Partial<Told>): void {
    this.told = { ...this.told, ...changes }
  }

  protected say(type: string, data?: Json): void {
    this.messages.push(data === undefined ? { type } : { type, data })
  }

  protected metrics(
    kind: 'ttfb' | 'processing' | 'characters',
    processor: string,
    value: number,
  ): void {
    this.say('metrics', { [kind]: [{ processor, value }] })
  }

  protected begin({ response: number, reason }: FrameOf<'response'>): void {
    const { mutesNext, responses } = this.told
    const isMuted = mutesNext && reason === 'turn'
    const kept = [...responses, [number, newResponse(number, isMuted)] as const]
    this.change({
      responses: new Map(kept.slice(-mostResponses)),
      mutesNext: mutesNext && !isMuted,
    })
    this.#endText()
    this.change({ writing: number })
    this.say('bot-llm-started')
  }

  /** Its text is complete. */
  protected made(number: number): void {
    const response = this.told.responses.get(number)
    if (response === undefined) return
    this.#keep({ ...response, isMade: true })
    this.#endTextIfTold(number)
  }

  protected write(number: number, take: (response: ToldResponse) => ToldResponse): void {
    const before = this.told.responses.get(number)
    if (before === undefined || before.isCut) return
    const after = take(before)
    const isNew = after.spans.size > before.spans.size
    this.#keep(after)
    if (isNew) this.change({ segments: this.told.segments + 1 })
    const { writer = '', firstTextAt } = after
    if (before.firstTextAt !== undefined || firstTextAt === undefined) return
    const asked = this.told.asked.get(writer)
    // A sentence of the graph's own answers nothing that was asked.
    if (asked === undefined || asked.isAnswered) return
    this.change({ asked: new Map(this.told.asked).set(writer, { ...asked, isAnswered: true }) })
    this.metrics('ttfb', writer, (firstTextAt - asked.at) / 1000)
  }

  protected sound({ response: number, span, source, at }: FrameOf<'audio'>): void {
    const response = this.told.responses.get(number)
    if (response === undefined || response.isCut) return
    if (!response.hasSound) {
      this.#keep({ ...response, hasSound: true })
      if (this.told.voicing !== undefined) this.say('bot-tts-stopped')
      this.change({ voicing: number })
      this.say('bot-tts-started')
      const { firstTextAt } = response
      if (firstTextAt !== undefined) this.metrics('ttfb', source, (at - firstTextAt) / 1000)
    }
    this.#tellText(number, span)
    this.#endTextIfTold(number)
  }

  protected heard({ of, span: number, state, words = 0, cut }: FrameOf<'playout'>): void {
    const response = this.told.responses.get(of)
    if (response === undefined || (response.isCut && state !== 'stopped')) return
    if (state === 'started' && !response.isMuted) {
      if (this.told.speaking === undefined) this.say('bot-started-speaking')
      this.change({ speaking: of })
    }
    this.#tellText(of, number)
    const span = this.told.responses.get(of)?.spans.get(number)
    if (span === undefined || span.state === 'over' || span.text.trim() === '') return
    const isOver = state === 'stopped'
    const isWhole = isOver && !cut
    const heard = isWhole ? wordsOf(span.text) : Math.max(span.heard, words)
    const now: ToldSpan = { ...span, heard, state: isOver ? 'over' : 'begun' }
    this.#setSpan(of, number, now)
    if (span.state === 'unheard' && !isOver) this.#output(response, span, 'new')
    const [until] = splitAtWord(span.text, heard)
    const fresh = until.slice(splitAtWord(span.text, span.heard)[0].length).trim()
    if (fresh !== '') this.say('bot-tts-text', { text: fresh })
    if (isWhole) this.#output(response, now, 'completed')
    else if (fresh !== '') this.#output(response, now, 'in-progress')
    if (isOver && until.trim() !== '') this.say('bot-transcription', { text: until.trim() })
  }

  /** The caller has heard all of a response. */
  protected over(number: number): void {
    const response = this.told.responses.get(number)
    if (response === undefined || response.isCut) return
    for (const [spanNumber, span] of response.spans) {
      // What makes no sound is told now: no guard can take it back any more.
      this.#tellText(number, spanNumber)
      if (!span.speak && span.text.trim() !== '') this.#shown(span)
    }
    this.#close(number)
    const responses = new Map(this.told.responses)
    responses.delete(number)
    this.change({ responses })
  }

  protected cut(through: number): void {
    const { responses, writing, voicing, speaking } = this.told
    const open = [writing, voicing, speaking].filter((one) => one !== undefined && one <= through)
    for (const response of responses.values()) {
      if (response.number <= through) this.#keep({ ...response, isCut: true })
    }
    if (open.length > 0) this.say('bot-interrupted')
    for (const number of new Set(open)) if (number !== undefined) this.#close(number)
  }

  #output({ isMuted }: ToldResponse, span: ToldSpan, status: SpokenStatus): void {
    const { segment, heard } = span
    const text = span.text.trim()
    const about = { text, aggregated_by: 'sentence' }
    if (this.told.isLegacy) {
      if (status === 'completed') this.say('bot-output', { ...about, spoken: !isMuted })
      return
    }
    const [accumulated_text, remaining_text] = splitAtWord(text, heard)
    this.say('bot-output', {
      ...about,
      segment_id: segment,
      will_be_spoken: !isMuted,
      spoken_status: status,
      ...(status !== 'new' && { spoken_progress: { accumulated_text, remaining_text } }),
    })
  }

  /** Text that nobody speaks. */
  #shown({ text, segment }: ToldSpan): void {
    const about = { text: text.trim(), aggregated_by: 'sentence' }
    const kind = this.told.isLegacy
      ? { spoken: false }
      : { segment_id: segment, will_be_spoken: false }
    this.say('bot-output', { ...about, ...kind })
  }

  #close(number: number): void {
    if (this.told.writing === number) this.#endText()
    if (this.told.voicing === number) {
      this.change({ voicing: undefined })
      this.say('bot-tts-stopped')
    }
    if (this.told.speaking === number) {
      this.change({ speaking: undefined })
      this.say('bot-stopped-speaking')
    }
  }

  #endText(): void {
    if (this.told.writing === undefined) return
    this.change({ writing: undefined })
    this.say('bot-llm-stopped')
  }

  #endTextIfTold(number: number): void {
    const response = this.told.responses.get(number)
    if (this.told.writing !== number || response?.isMade !== true) return
    const isTold = [...response.spans.values()].every(
      ({ text, told }) => told >= text.trimEnd().length,
    )
    if (isTold) this.#endText()
  }

  /** Tells what of a span's text was not told. */
  #tellText(number: number, spanNumber: number): void {
    const span = this.told.responses.get(number)?.spans.get(spanNumber)
    if (this.told.writing !== number || span === undefined) return
    if (span.text.length <= span.told) return
    this.say('bot-llm-text', { text: span.text.slice(span.told) })
    this.#setSpan(number, spanNumber, { ...span, told: span.text.length })
  }

  #setSpan(number: number, spanNumber: number, span: ToldSpan): void {
    const response = this.told.responses.get(number)
    if (response !== undefined) this.#keep(withSpan(response, spanNumber, span))
  }

  #keep(response: ToldResponse): void {
    this.change({ responses: new Map(this.told.responses).set(response.number, response) })
  }
}

const wordsOf = (text: string): number => text.split(/\s+/).filter(Boolean).length
