import type { AudioFrame, Frame, FrameOf, Inference, Message } from 'voxgraph/plugin'
import type { CallMemory } from '../../src/conversation/call-memory.ts'
import type { RecordEntry } from '../../src/conversation/record.ts'
import type { Carry } from '../../src/graph/plan-agents.ts'
import type { Inside, Onlooker } from './agents-random.ts'
import { names, type CallScript } from './agents-script.ts'

/** One thing that an agent knows, as its model is told. */
interface Known {
  readonly id: number
  readonly message: Message
  readonly isJob: boolean
}

interface Since {
  readonly word: number
  readonly at: number
}

const fromTheStart: Since = { word: 0, at: -1 }

/** A hand-off under way, as one can tell from outside. */
interface Transfer {
  readonly from: string
  readonly to: string
  /** When it was asked for. */
  readonly since: Since
  /** What the next agent knew then. */
  readonly before: readonly Known[]
  /** What it had on record then, of which not all may have been heard. */
  readonly ids: ReadonlySet<number>
  /** The newest thing on anybody's record then. */
  readonly newest: number
}

/** No tool takes longer than an adviser that hangs. */
const longestToolMs = 11_000
const speaking = new Set(['start', 'turn', 'tool-result', 'handoff'])

/**
 * Looks on at a random call and notes what should not be. It knows who has the floor from the `handoff`
 * frames alone, what was said from the test, and what the next agent should be told from `carry`.
 */
export class Oracle implements Onlooker {
  readonly wrong: string[] = []
  readonly inside: Inside = { memory: undefined, isCut: () => false, seated: new Set() }
  /** Who had the floor since when. */
  readonly tenures: { readonly agent: string; readonly at: number }[] = []
  readonly said: { readonly word: string; readonly at: number }[] = []
  keys = 0
  holder = 'ann'
  readonly #script: CallScript
  /** From which word on each agent must know everything, and since when. */
  readonly #since = new Map<string, Since>([['ann', fromTheStart]])
  /** When something like a word was heard first: what was said before is not said when it is confirmed. */
  readonly #mentioned = new Map<string, number>()
  /** When each tool was called; undefined once it is settled. */
  readonly #calls = new Map<string, number | undefined>()
  #transfer: Transfer | undefined
  /** Who has somebody outside rung for the call. */
  #escort: string | undefined
  #now = 0
  #newest = 0
  /** Nothing of a response up to this one may be heard any more. */
  #over = 0
  /** The newest thing on record when the caller's turn began; undefined when there is none. */
  #turnFrom: number | undefined
  #inference: number | undefined
  #isGivenUp = false

  constructor(script: CallScript) {
    this.#script = script
    this.tenures.push({ agent: 'ann', at: 0 })
  }

  #not(what: string): void {
    if (this.wrong.length < 5) this.wrong.push(`${this.#now}: ${what}`)
  }

  say(word: string): void {
    if (word === 'key') this.keys++
    else this.said.push({ word, at: this.#now })
  }

  play({ samples, response }: AudioFrame): void {
    const level = samples.at(-1) ?? 0
    // What is faded out is gone a moment later.
    if (this.#isGivenUp || level === 0 || level % 1000 !== 0) return
    const speaker = names[level / 1000 - 1] ?? `a voice of level ${level}`
    if (speaker !== this.holder) this.#not(`${speaker} is heard while ${this.holder} has the floor`)
    if (response > 0 && response <= this.#over)
      this.#not(`${speaker} is heard with response ${response}, which is over`)
    this.#checkFloor()
  }

  ask(agent: string, { reason, messages }: Inference): void {
    if (!speaking.has(reason)) return
    this.#checkFloor()
    if (agent !== this.holder)
      this.#not(`${agent} is asked (${reason}); ${this.holder} has the floor`)
    if (this.#transfer !== undefined) this.#not(`${agent} is asked (${reason}) while it hands over`)
    const told = wordsOf(messages)
    const since = this.#since.get(agent) ?? fromTheStart
    const missing = this.said.slice(since.word).filter(({ word, at }) => {
      const isOld = (this.#mentioned.get(word) ?? at) < since.at
      return at < this.#now && !isOld && !told.has(word)
    })
    if (missing.length > 0)
      this.#not(`${agent} is asked (${reason}) and not told of ${list(missing)}`)
  }

  frame(frame: Frame): void {
    this.#now = frame.at
    if ('response' in frame) this.#newest = Math.max(this.#newest, frame.response)
    switch (frame.type) {
      case 'transcript': {
        const word = /w\d+/.exec(frame.text)?.[0]
        if (word !== undefined && !this.#mentioned.has(word)) this.#mentioned.set(word, frame.at)
        return
      }
      case 'turn':
        // What the line says of it is an opinion.
        if (frame.source === 'line') return
        if (frame.state === 'started') this.#turnFrom = this.#last()
        if (frame.state === 'ended') this.#turnFrom = undefined
        return
      case 'handoff':
        return this.#handoff(frame)
      case 'tool-call':
        if (this.#calls.has(frame.callId)) this.#not(`${frame.callId} is called again`)
        this.#calls.set(frame.callId, frame.at)
        return
      case 'tool-result': {
        const isOpen = this.#calls.get(frame.callId) !== undefined
        if (!isOpen)
          this.#not(`${frame.name} ${frame.callId} is settled again, or was never asked for`)
        this.#calls.set(frame.callId, undefined)
        return
      }
      case 'inference':
        return this.#asked(frame)
      case 'interrupt':
        this.#isGivenUp ||= frame.reason === 'the call cannot go on'
        // Its successor answers at once what is on record: that is the turn.
        if (frame.reason === 'the brain was replaced') this.#turnFrom = undefined
        return
      default:
    }
  }

  #asked({ state, inference, agent }: FrameOf<'inference'>): void {
    if (state === 'started') {
      if (this.#inference !== undefined)
        this.#not(`${agent} is asked while another question is open`)
      this.#inference = inference
    } else if (state === 'ended' && this.#inference === inference) this.#inference = undefined
  }

  #handoff(frame: FrameOf<'handoff'>): void {
    const { from, to, state, pass } = frame
    if (frame.context === 'brief') return this.#escorted(frame)
    const under = this.#transfer
    if (state === 'started') {
      if (under !== undefined) this.#not(`${from} > ${to} begins while another is under way`)
      if (from !== this.holder)
        this.#not(`${from} > ${to} begins while ${this.holder} has the floor`)
      const before = this.#known(to)
      const since = { word: this.said.length, at: this.#now }
      this.#transfer = { from, to, since, before, ids: this.#idsOf(to), newest: this.#last() }
      return
    }
    if (under === undefined) return this.#rescued(frame)
    if (under.from !== from || under.to !== to) {
      // Whoever hands over broke down, and the hand-off with it.
      return this.#not(`${from} > ${to} ${state} in the middle of ${under.from} > ${under.to}`)
    }
    if (state === 'done') {
      if (!isName(to)) {
        this.#transfer = undefined
        return
      }
      this.#transfer = undefined
      this.#since.set(to, under.since)
      this.#checkCarry(under, pass)
      this.#moves(to)
      return
    }
    this.#transfer = undefined
    // It is back with whoever gave it, who is told of everything since.
    if (this.holder !== from) this.#moves(from)
  }

  /** Whoever is outside is told first: the floor stays where it is, and one is rung at a time. */
  #escorted({ from, to, state }: FrameOf<'handoff'>): void {
    const isBegun = this.#escort === `${from} > ${to}`
    if (state === 'started' && this.#escort !== undefined)
      this.#not(`${from} > ${to} rings beside ${this.#escort}`)
    if (state !== 'started' && !isBegun) this.#not(`${from} > ${to} ${state} without a beginning`)
    this.#escort = state === 'started' ? `${from} > ${to}` : undefined
  }

  #rescued({ from: heir, to: lost, state }: FrameOf<'handoff'>): void {
    if (state !== 'returned') return this.#not(`${heir} > ${lost} ${state} without a beginning`)
    if (lost === this.holder) {
      // It is told what the other would have told it, and what nobody has answered.
      const { carry } = this.#scriptOf(lost).hands
      const isAll = carry === 'transcript' || carry === 'all' || carry === 'summary'
      const now = { word: this.said.length, at: this.#now }
      this.#since.set(heir, isAll ? (this.#since.get(lost) ?? fromTheStart) : now)
      return this.#moves(heir)
    }
    // It had been alive, so the hand-off was done, and then broke down within it.
    this.#not(`${lost} gives the floor back that ${this.holder} has`)
  }

  #moves(to: string): void {
    this.holder = to
    this.#over = this.#newest
    this.tenures.push({ agent: to, at: this.#now })
  }

  #checkFloor(): void {
    const { holder } = this.inside.memory?.floor ?? { holder: 'ann' }
    if (holder !== this.holder) this.#not(`${holder} has the floor; the frames say ${this.holder}`)
    if (!isName(holder)) this.#not(`${holder} is no agent`)
  }

  /** What an agent has on record. */
  #known(agent: string): readonly Known[] {
    const { memory, isCut, seated } = this.inside
    if (memory === undefined || !seated.has(agent)) return []
    const record = memory.recordOf(agent, undefined)
    return record.entries.flatMap((entry: RecordEntry) => {
      const message = record.messageOf(entry, isCut)
      // Work that goes on, or whose end no model has been told.
      const isOpen = entry.kind === 'tool' && (entry.result === undefined || entry.isNews)
      const isJob = entry.kind === 'tool' && entry.isJob && isOpen
      return message === undefined ? [] : [{ id: entry.id, message, isJob }]
    })
  }

  #idsOf(agent: string): ReadonlySet<number> {
    const { memory, seated } = this.inside
    if (memory === undefined || !seated.has(agent)) return new Set()
    return new Set(memory.recordOf(agent, undefined).entries.map(({ id }) => id))
  }

  #last(): number {
    const all = [...(this.inside.memory?.records ?? [])].map(
      ({ entries }) => entries.at(-1)?.id ?? 0,
    )
    return Math.max(0, ...all)
  }

  /** The next agent knows what it knew, what `carry` says, and what was said on the way. */
  #checkCarry({ from, to, before, ids, newest }: Transfer, pass: unknown): void {
    const { hands, summary } = this.#scriptOf(from)
    const old = this.#known(from)
    const now = this.#known(to)
    const note = now.findLast(({ message }) => message.role === 'handoff')
    if (note?.message.role !== 'handoff') return this.#not(`${to} is not told of the hand-off`)
    const { summary: told } = note.message
    const mayBe = hands.carry === 'summary' && summary === 'text' ? 'In short.' : undefined
    if (told !== mayBe) this.#not(`${to} is told "${told}" for a summary, not "${mayBe}"`)
    if (note.message.from !== from || JSON.stringify(note.message.pass) !== JSON.stringify(pass)) {
      this.#not(`${to} is told ${JSON.stringify(note.message)}`)
    }
    const carry = hands.carry === 'summary' && told === undefined ? 'transcript' : hands.carry
    const theirs = chosen(old, carry, this.#turnFrom, newest)
    // Of its own answers nothing may have been heard after all.
    const lasting = before.filter(({ message }) => message.role !== 'assistant')
    if (lasting.some(({ id }) => now.every((one) => one.id !== id)))
      this.#not(`${to} has forgotten something`)
    const own = now.filter(({ id }) => ids.has(id))
    const expected = new Map([...theirs, ...own].map((one) => [one.id, one]))
    const lines = [...expected.values()].toSorted((one, other) => one.id - other.id)
    const got = now.filter(({ id }) => id < note.id)
    const [is, should] = [got, lines].map((known) => linesOf(known, this.#isMute))
    if (is !== should) {
      this.#not(`${to} is told by carry ${JSON.stringify(carry)}\n${is}\nand not\n${should}`)
    }
    const later = now.filter(({ id }) => id > note.id)
    if (later.some(({ message }) => message.role !== 'user'))
      this.#not(`${to} is told ${linesOf(later)}`)
  }

  /** Before any voice was heard, what was said counts as heard, and may be known better later. */
  get #isMute(): boolean {
    return this.#script.agents.some(({ voiceFailsAt }) => voiceFailsAt === 1)
  }

  #scriptOf(agent: string): CallScript['agents'][number] {
    return this.#script.agents[names.indexOf(agent as 'ann')] as CallScript['agents'][number]
  }

  /** What must hold when the call is over. */
  finish(endedAt: number, isAtRest: boolean): void {
    for (const [callId, at] of this.#calls) {
      // A call may end while a tool is at work.
      if (at !== undefined && at < endedAt - longestToolMs)
        this.#not(`the tool call ${callId} is not settled`)
    }
    if (this.#inference !== undefined && isAtRest) this.#not('a question is still open')
    if (this.#escort !== undefined) this.#not(`${this.#escort} still rings`)
    const memory = this.inside.memory as CallMemory
    const agents = names.filter((name) => this.inside.seated.has(name))
    const records = new Map(
      agents.map((name) => [name, this.#known(name).map(({ message }) => message)]),
    )
    this.said.forEach(({ word, at }) => {
      const could = this.tenures.filter(
        (one, index) => (this.tenures[index + 1]?.at ?? Infinity) >= at,
      )
      const isKnown = could.some(({ agent }) =>
        wordsOf(records.get(agent as 'ann') ?? []).has(word),
      )
      if (!isKnown) this.#not(`${word}, said at ${at}, is on nobody's record`)
    })
    const digits = new Map<number, number>()
    for (const { entries } of memory.records) {
      for (const entry of entries) {
        const text =
          entry.kind === 'user' && entry.text.startsWith('keys: ') ? entry.text.slice(6) : ''
        digits.set(entry.id, text.length)
      }
    }
    const pressed = [...digits.values()].reduce((sum, count) => sum + count, 0)
    if (pressed !== this.keys) this.#not(`${this.keys} keys were pressed, ${pressed} are on record`)
  }
}

const isName = (name: string): boolean => (names as readonly string[]).includes(name)

const list = (said: readonly { readonly word: string }[]): string =>
  said.map(({ word }) => word).join(', ')

const wordsOf = (messages: readonly Message[]): ReadonlySet<string> =>
  new Set(messages.flatMap((message) => (message.role === 'user' ? message.text.split(' ') : [])))

/** What `carry` chooses of what an agent knows. */
function chosen(
  old: readonly Known[],
  carry: Carry,
  turnFrom: number | undefined,
  newest: number,
): readonly Known[] {
  // The hand-off itself is the one that is not settled.
  const all = old.filter(({ message, isJob }) => isJob || !isTransfer(message))
  const words = all.filter(({ message: { role } }) => role === 'user' || role === 'assistant')
  const owed = all.filter(
    ({ id, message }) =>
      message.role === 'user' && turnFrom !== undefined && id > turnFrom && id <= newest,
  )
  const jobs = carry === 'none' ? [] : all.filter(({ isJob }) => isJob)
  const isNote = ({ message }: Known): boolean => message.role === 'handoff'
  const told = {
    all: () => all.filter((one) => !isNote(one)),
    transcript: () => words,
    summary: () => [],
    none: () => [],
    last: () => lastOf(words, typeof carry === 'string' ? 0 : carry.last),
  }[typeof carry === 'string' ? carry : 'last']()
  return [...told, ...owed, ...jobs]
}

const isTransfer = (message: Message): boolean =>
  message.role === 'tool' &&
  message.name.startsWith('transfer') &&
  message.result.status === 'pending'

/** The last so many messages, where what the caller says in one go is one. */
function lastOf(words: readonly Known[], count: number): readonly Known[] {
  const groups: Known[][] = []
  for (const one of words) {
    const last = groups.at(-1)
    const isMore = one.message.role === 'user' && last?.at(-1)?.message.role === 'user'
    if (isMore) last?.push(one)
    else groups.push([one])
  }
  return groups.slice(-count).flat()
}

const linesOf = (known: readonly Known[], isMute = false): string =>
  known
    .filter(({ message }) => !isMute || message.role !== 'assistant')
    .map(({ id, message }) => {
      const { generated: _, ...rest } = { generated: '', ...message }
      return `    ${id} ${JSON.stringify(rest)}`
    })
    .join('\n')
