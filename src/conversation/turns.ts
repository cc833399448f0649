import {
  areWordsEnough,
  isBackchannel,
  isEcho,
  isMuted,
  isOpenToCaller,
  verdictOn,
} from './barge-in.ts'
import { endOfLateSpeech, lateWords, openWords, wordsAfter } from './late-words.ts'
import { plainWords, type TurnPolicy } from './turn-policy.ts'
import {
  isPhantom,
  mayGuess,
  rememberedDelays,
  textOf,
  textOfKeys,
  turnEndsAt,
} from './turn-end.ts'
import { TurnStep } from './turn-step.ts'
import { isQuiet, leaveOffAt } from './turn-clock.ts'
import { type OpenTurn, type TurnCommand, type TurnEvent, type TurnState } from './turn-state.ts'

type Event<T extends TurnEvent['type']> = Extract<TurnEvent, { readonly type: T }>

/**
 * Turn-taking: who has the floor, when the caller's turn is over, what becomes of a caller who speaks while
 * the bot does. Pure: the same policy, state and event always give the same answer. Whoever drives it gives
 * it a `tick` at `nextTurnTick`.
 */
export function takeTurn(
  policy: TurnPolicy,
  state: TurnState,
  event: TurnEvent,
): readonly [TurnState, readonly TurnCommand[]] {
  const step = new Step(policy, { ...state, now: Math.max(state.now, event.at) })
  step.take(event)
  step.settle()
  return [step.state, step.commands]
}

/** What each event does, and what time brings. */
class Step extends TurnStep {
  take(event: TurnEvent): void {
    switch (event.type) {
      case 'start':
        if (this.state.startedAt !== undefined) return
        this.change({ startedAt: event.at })
        return event.waits === true ? undefined : this.infer('start')
      case 'speech':
        return event.state === 'started' ? this.#voiceStarted(event) : this.#voiceStopped(event)
      case 'interim':
        return this.#interim(event.text)
      case 'final':
        return this.#final(event)
      case 'opinion':
        return this.#opinion(event)
      case 'key':
        return this.#key(event.digit)
      case 'tools':
        return this.change({ tools: event.running })
      case 'results':
        return this.change({ isOwed: true })
      case 'asked':
        return this.change({ isOwed: false })
      case 'resumed':
        return this.#takeUp(event)
      case 'overspent':
        this.discard()
        return this.change({ overspent: { since: event.at, say: event.say } })
      case 'unheard':
        return this.#askToWait()
      case 'ending':
        return this.change({ isEnding: true })
      case 'handing-over':
        this.discard()
        return this.change({ isHandingOver: true, isAsking: false, mayEnter: false })
      case 'seated':
        return this.change({ isHandingOver: false, mayEnter: event.speaks })
      case 'tick':
        return
      default:
        return this.#bot(event)
    }
  }

  /** The recogniser is late: whoever waits for an answer is told so, unless somebody speaks. */
  #askToWait(): void {
    const { wait: text } = this.policy
    const { floor, isAsking, voiceSince, isEnding, isHandingOver, overspent } = this.state
    this.turn({ isLate: true })
    if (floor !== undefined || isAsking || voiceSince !== undefined || text === '') return
    if (isEnding || isHandingOver || overspent !== undefined) return
    this.change({ isAsking: true })
    this.do({ type: 'say', text, reason: 'trouble' })
  }

  /** The conversation goes on after its brain was replaced. */
  #takeUp({ at, isOwed }: Event<'resumed'>): void {
    this.change({ startedAt: at, hasSpoken: true, isHandingOver: false })
    if (isOwed) this.infer('turn')
  }

  /** Does everything whose time has come. */
  settle(): void {
    this.#suspect()
    this.#judge()
    const { startedAt, now, isEnding, isHandingOver } = this.state
    if (!isHandingOver || isEnding) {
      this.#endTurn()
      this.#enter()
      this.#tellResults()
      this.#speculate()
      this.#idle()
      this.#leaveOff()
    }
    const isOver = startedAt !== undefined && now >= startedAt + this.policy.maxCallMs
    if (isOver && !isEnding) this.end('the call has lasted as long as it may')
  }

  #voiceStarted({ at, latency }: Event<'speech'>): void {
    const voiceSince = at - latency
    this.change({ voiceSince, isVoiceJudged: false })
    this.open()
    this.resume()
    this.turn({ endedAt: undefined, isOver: false, isLikelyOver: false })
  }

  #voiceStopped({ at, latency }: Event<'speech'>): void {
    if (this.state.voiceSince === undefined) return
    const voiceEndedAt = at - latency
    this.change({ voiceSince: undefined, voiceEndedAt })
    this.turn({ endedAt: voiceEndedAt })
  }

  #interim(text: string): void {
    if (isEcho(this.policy, this.state, text)) return
    const said = text.trim()
    const known = openWords(this.state)
    // A recogniser that goes on with words that are on record says them again.
    const rest = known === undefined ? undefined : wordsAfter(known, said)
    const interim = rest ?? said
    if (interim === (this.state.turn?.interim ?? '')) return
    if (interim !== '') this.open()
    if (rest === undefined) this.change({ provisional: undefined })
    this.#words({ interim, textAt: this.state.now })
    this.#interruptByWords()
  }

  #final(event: Event<'final'>): void {
    if (event.isWhole === true) return this.#written(event.text.trim())
    if (isEcho(this.policy, this.state, event.text)) return
    const { now } = this.state
    const text = this.#known(event.text)
    if (text === '') {
      this.#words({ interim: '', finalAt: now })
      return
    }
    this.open(endOfLateSpeech(this.state))
    this.#learnDelay()
    const { turn } = this.state
    const finals = [...(turn?.finals ?? []), text]
    const least = Math.min(turn?.confidence ?? 1, event.confidence ?? 1)
    const confidence = event.confidence === undefined ? turn?.confidence : least
    this.#words({ finals, interim: '', finalAt: now, textAt: now, confidence })
    this.do({ type: 'heard', text })
    this.#interruptByWords()
  }

  /**
   * What was written is all there is, and is meant for the bot: no recogniser had a part in it, and no line
   * brought it back. What was spoken before it stands before it.
   */
  #written(text: string): void {
    if (text === '') return
    const { now } = this.state
    this.open()
    const { interim = '', finals = [] } = this.state.turn ?? {}
    if (interim !== '') {
      this.do({ type: 'heard', text: interim })
      this.change({ provisional: { text: interim, at: now } })
    }
    const all = [...finals, interim, text].filter((part) => part !== '')
    const isTyped = true
    this.#words({ finals: all, interim: '', finalAt: now, textAt: now, isOver: true, isTyped })
    this.do({ type: 'heard', text })
    if (isOpenToCaller(this.policy, this.state)) this.confirm('the caller wrote')
  }

  /** The words of the turn are others now: a guess that was made from other words is worth nothing. */
  #words(changes: Partial<OpenTurn>): void {
    this.turn(changes)
    const { turn, guess } = this.state
    if (turn === undefined || guess === undefined) return
    if (plainWords(textOf(turn)).join(' ') !== plainWords(guess).join(' ')) this.resume()
  }

  /** Takes a final for what it says of words that are on record already. @returns what is new in it */
  #known(said: string): string {
    const late = lateWords(this.state, said.trim())
    if (late === undefined) return said.trim()
    const { known, text, rest } = late
    this.change({ provisional: undefined })
    this.do({ type: 'amend', was: known, text })
    if (late.isRevision) this.#reconsider()
    return rest
  }

  /** The caller had said something else: what has not been heard of the answer is made anew. */
  #reconsider(): void {
    const { floor, playing, turn, isAsking } = this.state
    if (turn !== undefined) return
    if (floor !== undefined) {
      const isHeard = playing.until === undefined && playing.text !== ''
      if (isHeard || !isOpenToCaller(this.policy, this.state)) return
      this.confirm('the caller had said it otherwise')
      this.infer('turn')
    } else if (isAsking) this.infer('turn')
  }

  #learnDelay(): void {
    const { turn, now, finalDelays } = this.state
    if (turn?.endedAt === undefined) return
    const delays = [...finalDelays, now - turn.endedAt]
    this.change({ finalDelays: delays.slice(-rememberedDelays) })
  }

  #opinion({ state, probability }: Event<'opinion'>): void {
    const { turn, voiceSince } = this.state
    if (turn === undefined) return
    if (state === 'resumed') {
      this.resume()
      // More words are on their way.
      this.turn({ isOver: false, isLikelyOver: false, finalAt: undefined })
      return
    }
    const isSure = probability === undefined
    if (isSure && !this.policy.byStt) return
    const threshold = isSure ? 0 : this.policy.smart
    // A model that is asked at a pause has nothing to say about a caller who has gone on.
    if (threshold === undefined || (!isSure && voiceSince !== undefined)) return
    if ((probability ?? 1) < threshold) return
    this.turn(state === 'ended' ? { isOver: true } : { isLikelyOver: true })
  }

  #key(digit: string): void {
    const { keys, now } = this.state
    this.open()
    this.resume()
    const digits = (keys?.digits ?? '') + digit
    this.change({ keys: { digits, at: now } })
    if (isOpenToCaller(this.policy, this.state)) this.confirm('the caller pressed a key')
    if (digit === '#') this.#takeKeys()
  }

  /** What was keyed in, as something that the caller has said. */
  #takeKeys(): void {
    const { keys, turn, now } = this.state
    if (keys === undefined || turn === undefined) return
    const text = textOfKeys(keys)
    this.change({ keys: undefined })
    this.turn({ finals: [...turn.finals, text], finalAt: now, isOver: true })
    this.do({ type: 'heard', text })
  }

  #bot(event: Event<'responding' | 'sounding' | 'finished'>): void {
    const { floor, now, suspicion, idle } = this.state
    const { response } = event
    if (event.type === 'responding') {
      const { reason, thresholds } = event
      this.change({ floor: { response, thresholds }, isAsking: false })
      this.change({ playing: { text: '', until: undefined } })
      this.change({ idle: reason === 'idle' ? idle : undefined })
      return this.#interruptByWords()
    }
    if (floor?.response !== response) return
    if (event.type === 'sounding') {
      return this.change({ playing: { text: event.text, until: undefined } })
    }
    this.change({ floor: undefined, hasSpoken: true, suspicion: undefined })
    this.change({ playing: { ...this.state.playing, until: now } })
    if (suspicion !== undefined) this.do({ type: 'reject', response, reason: 'it was over' })
  }

  /** Words are reason enough, whatever was made of the voice. */
  #interruptByWords(): void {
    const { turn, suspicion } = this.state
    if (turn === undefined || suspicion !== undefined) return
    if (!isOpenToCaller(this.policy, this.state)) return
    if (!areWordsEnough(this.policy, this.state, textOf(turn), turn.interim === '')) return
    this.confirm('the caller speaks')
  }

  /** The caller speaks while the bot does, or sets out to: it is held until somebody knows why. */
  #suspect(): void {
    const { floor, suspicion, turn, voiceSince, isVoiceJudged, now } = this.state
    if (voiceSince === undefined || isVoiceJudged || suspicion !== undefined) return
    if (floor === undefined || !isOpenToCaller(this.policy, this.state)) return
    const from = turn?.finals.length ?? 0
    this.change({ suspicion: { since: now, from, voiceSince }, isVoiceJudged: true })
    this.do({ type: 'suspect', response: floor.response, reason: 'the caller speaks' })
  }

  /** Decides about a caller who speaks while the bot does. */
  #judge(): void {
    const { suspicion, floor } = this.state
    if (suspicion === undefined || floor === undefined) return
    const verdict = verdictOn(this.policy, this.state, suspicion)
    if (verdict === 'wait') return
    if (verdict === 'confirm') return this.confirm('the caller speaks')
    const isOpen = isOpenToCaller(this.policy, this.state)
    if (!this.policy.resume && isOpen) return this.confirm('the caller made a sound')
    this.change({ suspicion: undefined })
    const { response } = floor
    this.do({ type: 'reject', response, reason: 'nothing that takes the floor was said' })
  }

  #endTurn(): void {
    const endsAt = turnEndsAt(this.policy, this.state)
    const { now, keys, suspicion, isEnding } = this.state
    if (endsAt === undefined || suspicion !== undefined || (now < endsAt && !isEnding)) return
    if (keys !== undefined) this.#takeKeys()
    const { turn, floor } = this.state
    if (turn === undefined) return
    // Voice in which there are no words is noise from here on.
    if (!turn.isTyped && isPhantom(turn)) return this.#close(turn, '')
    const text = textOf(turn)
    const isNod = floor !== undefined && !turn.isTyped && isBackchannel(this.policy, text)
    if (isNod) return this.#close(turn, text)
    const mustWait = floor !== undefined || isMuted(this.policy, this.state)
    if (mustWait && !isEnding) return
    this.#close(turn, text)
    this.infer('turn')
  }

  #close(turn: OpenTurn, text: string): void {
    const { interim } = turn
    const isKept = interim !== '' && text !== ''
    if (isKept) this.do({ type: 'heard', text: interim })
    const { now, provisional: before } = this.state
    const provisional = isKept ? { text: interim, at: now } : before
    this.change({ turn: undefined, voiceSince: undefined, provisional })
    this.do({ type: 'turn', state: 'ended', text })
    if (text === '') this.discard()
  }

  /** A caller who is speaking, or has spoken, is answered when the turn is over: that is entry enough. */
  #enter(): void {
    const { mayEnter, turn, floor, isAsking } = this.state
    if (mayEnter && turn === undefined && floor === undefined && !isAsking) this.infer('handoff')
  }

  /** The model hears of tools that answered late, when nobody speaks. */
  #tellResults(): void {
    const { isOwed, voiceSince, turn, floor, isAsking } = this.state
    if (!isOwed || voiceSince !== undefined || turn !== undefined) return
    if (floor === undefined && !isAsking) this.infer('tool-result')
  }

  /** Asks the model while the silence that ends the turn still runs. */
  #speculate(): void {
    const { turn, guess, overspent } = this.state
    if (turn === undefined || guess !== undefined || overspent !== undefined) return
    if (!mayGuess(this.policy, this.state, turn)) return
    const text = textOf(turn)
    this.change({ guess: text, isAsking: true })
    this.do({ type: 'turn', state: 'eager', text })
    this.do({ type: 'speculate', interim: turn.interim })
  }

  #idle(): void {
    const { now, isEnding, overspent } = this.state
    if (this.policy.idle.length === 0 || isEnding || overspent !== undefined) return
    if (!isQuiet(this.state)) return
    const { since, done } = this.state.idle ?? { since: now, done: 0 }
    this.change({ idle: { since, done } })
    const step = this.policy.idle[done]
    if (step === undefined || now < since + step.afterMs) return
    this.change({ idle: { since, done: done + 1 } })
    if (step.say === undefined) return this.end('nobody said anything')
    this.change({ isAsking: true })
    this.do({ type: 'say', text: step.say, reason: 'idle' })
  }

  /** The call has cost as much as it may: the last sentence is said when there is room for it. */
  #leaveOff(): void {
    const { startedAt, isEnding, floor, isAsking, voiceSince, now, overspent } = this.state
    if (overspent === undefined || startedAt === undefined || isEnding) return
    if (floor !== undefined || isAsking) return
    // Who goes on speaking is not waited for for ever.
    if (voiceSince !== undefined && now < leaveOffAt(overspent)) return
    const { say } = overspent
    if (say !== undefined) {
      this.change({ isAsking: true })
      this.do({ type: 'say', text: say, reason: 'budget' })
    }
    this.end('the call has cost as much as it may')
  }
}
