import type { Frame, FrameOf, Json } from '../../frames/index.ts'
import { durationMs } from '../../frames/index.ts'
import type { Plan } from '../../graph/plan.ts'
import type { Inspection } from '../../observe/inspection.ts'
import type { PortRef } from './scenario.ts'

/** Something that happened in a call under test, in order. */
export interface TestEvent {
  /** ms on the session clock. */
  readonly at: number
  /** Node, or `caller`, `bot`, `call`. */
  readonly who: string
  /** Agent of the graph that it belongs to; undefined for what all of them share, and where there are none. */
  readonly agent: string | undefined
  readonly does: Deed
}

/** What happened. `said` and `heard` tell what is new since the one before of the same response. */
export type Deed =
  | { readonly type: 'start' }
  | { readonly type: 'caller'; readonly text: string }
  | { readonly type: 'speech'; readonly state: string; readonly latency: number }
  | { readonly type: 'transcript'; readonly text: string; readonly final: boolean }
  | { readonly type: 'turn'; readonly state: string; readonly text: string }
  | {
      readonly type: 'response'
      readonly state: string
      readonly response: number
      readonly reason: string
    }
  | { readonly type: 'said'; readonly response: number; readonly text: string }
  | { readonly type: 'heard'; readonly response: number; readonly text: string }
  /** The caller begins to hear a response; `answerMs`: since the caller's true end of speech. */
  | { readonly type: 'audible'; readonly response: number; readonly answerMs: number | undefined }
  | { readonly type: 'first-audio'; readonly response: number }
  | { readonly type: 'over'; readonly response: number; readonly cut: boolean }
  | {
      readonly type: 'tool'
      readonly name: string
      readonly arguments: { readonly [key: string]: Json }
    }
  | { readonly type: 'tool-result'; readonly name: string; readonly result: string }
  | {
      readonly type: 'interrupt'
      readonly phase: string
      readonly through: number
      readonly reason: string
      /** Nodes that were making something of what it cuts. */
      readonly makers: readonly string[]
    }
  | HandoffDeed
  /** Variables of the call changed: which, and all of them as they are now. */
  | { readonly type: 'vars'; readonly vars: Vars; readonly changed: readonly string[] }
  | { readonly type: 'frame'; readonly port: PortRef; readonly frame: Frame }
  /** A frame was emitted that nothing else tells of. */
  | { readonly type: 'emitted'; readonly frame: Frame }
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'ended'; readonly reason: string; readonly error: string }

/** What is known of a hand-off. */
export type HandoffDeed = Pick<
  FrameOf<'handoff'>,
  'type' | 'state' | 'from' | 'to' | 'reason' | 'pass' | 'context'
>

type Vars = Readonly<Record<string, unknown>>

/** The record of one call. */
export interface TestEvents {
  readonly all: readonly TestEvent[]
  /** Takes an inspection event of the session. */
  see(event: Inspection, now: number): void
  /** A frame came to an input that a test looks at. */
  arrived(port: PortRef, frame: Frame, now: number): void
  /** What the caller does, as the test tells it. */
  note(text: string, now: number): void
  /** True edges of the caller's voice. */
  voiced(until: number): void
  /** Since when nobody but the caller has had anything to do; undefined while the bot has. */
  readonly quietSince: number | undefined
  readonly endedAt: number | undefined
  /** True while a response is made or heard. */
  isUnderWay(response: number): boolean
  /**
   * True when an agent or a node of this name did it. Words and sound are done by whose response they are, an
   * interruption by whose work it cuts.
   */
  isBy(event: TestEvent, name: string): boolean
  /** True for a node of this name, and for one of an agent of this name. */
  isOf(node: string, name: string): boolean
}

/** Bound of a record, in events; what comes later is not kept, and the case fails by its bound of time. */
const mostEvents = 200_000

interface Span {
  readonly response: number
  text: string
  /** Length of its sound by who made it, in ms. */
  readonly soundMs: Map<string, number>
  heard: string
}

/** Makes the record of a call of `plan`, whose variables `vars` gives. */
export function createTestEvents(plan: Plan, vars: () => Vars | undefined): TestEvents {
  return new Recorder(plan, vars)
}

class Recorder implements TestEvents {
  readonly all: TestEvent[] = []
  quietSince: number | undefined = 0
  endedAt: number | undefined
  /** Who writes what is spoken, and who has the last word on it. */
  readonly #brains: ReadonlySet<string>
  readonly #speakers: ReadonlySet<string>
  /** Nodes whose responses come to the caller, who tells when they are over. */
  readonly #audibleFrom: ReadonlySet<string>
  readonly #spans = new Map<number, Span>()
  /** Responses under way: who made something of them. */
  readonly #open = new Map<number, Set<string>>()
  /** Who leads a response: the agent as its frame names it, and the node. */
  readonly #leaders = new Map<number, { readonly agent: string; readonly node: string }>()
  readonly #agentOfNode: ReadonlyMap<string, string>
  readonly #audible = new Set<number>()
  readonly #tools = new Set<string>()
  /** Tools that nobody waits for. */
  readonly #jobs: ReadonlySet<string>
  readonly #inferences = new Set<number>()
  #voiceEndedAt: number | undefined
  /** An agent is on its way to give the call to another. */
  #isHandingOver = false
  readonly #varsNow: () => Vars | undefined
  #vars: Vars | undefined

  constructor({ nodes, edges, tools, agents }: Plan, varsNow: () => Vars | undefined) {
    this.#varsNow = varsNow
    this.#jobs = new Set(tools.flatMap(({ id, manifest }) => (manifest.job ? [id] : [])))
    this.#agentOfNode = new Map(
      nodes.flatMap(({ id, agent }) => (agent === undefined ? [] : [[id, agent] as const])),
    )
    const unheard = new Set(
      agents?.agents.flatMap(({ id, role }) => (role === 'floor' ? [] : [id])),
    )
    const voices = new Set(nodes.flatMap((node) => (node.manifest.role === 'tts' ? [node.id] : [])))
    const speakers = edges.flatMap(({ from, to }) => (voices.has(to.node) ? [from.node] : []))
    const brains = nodes.filter(
      ({ agent, manifest: { kind, role } }) =>
        (kind === 'brain' || role === 'llm') && !(agent !== undefined && unheard.has(agent)),
    )
    this.#speakers = new Set(speakers)
    this.#audibleFrom = upstreamOf(
      nodes.flatMap(({ id, manifest }) => (manifest.kind === 'transport' ? [id] : [])),
      edges,
    )
    this.#brains = brains.length > 0 ? new Set(brains.map(({ id }) => id)) : this.#speakers
  }

  isUnderWay(response: number): boolean {
    return this.#open.has(response)
  }

  isOf(node: string, name: string): boolean {
    return node === name || this.#agentOfNode.get(node) === name
  }

  isBy({ who, agent, does }: TestEvent, name: string): boolean {
    if (does.type === 'interrupt' && does.makers.length > 0) {
      return does.makers.some((node) => this.isOf(node, name))
    }
    const leader = 'response' in does ? this.#leaders.get(does.response) : undefined
    if (leader !== undefined) return leader.agent === name || this.isOf(leader.node, name)
    return agent === name || this.isOf(who, name)
  }

  see(event: Inspection, now: number): void {
    this.#lookAtVars(now)
    if (event.type === 'frame') this.#frame(event.frame)
    else if (event.type === 'log' && event.record.level === 'warn') {
      const { at, node, message } = event.record
      this.#add(at, node || 'call', { type: 'warning', text: message })
    } else if (event.type === 'session.ended') {
      const { reason, error } = event.summary
      this.endedAt = now
      this.#isHandingOver = false
      this.#open.clear()
      this.#settle(now)
      this.#add(now, 'call', { type: 'ended', reason, error: error?.message ?? '' })
    }
  }

  arrived(port: PortRef, frame: Frame, now: number): void {
    this.#add(now, port.node, { type: 'frame', port, frame })
  }

  note(text: string, now: number): void {
    this.#add(now, 'caller', { type: 'caller', text })
  }

  voiced(until: number): void {
    this.#voiceEndedAt = until
  }

  #add(at: number, who: string, does: Deed): void {
    if (this.all.length < mostEvents)
      this.all.push({ at, who, agent: this.#agentOf(who, does), does })
  }

  #agentOf(who: string, does: Deed): string | undefined {
    if (does.type === 'handoff') return does.from
    const leader = 'response' in does ? this.#leaders.get(does.response)?.node : undefined
    return this.#agentOfNode.get(leader ?? who)
  }

  #lookAtVars(at: number): void {
    const [before, vars] = [this.#vars, this.#varsNow()]
    if (vars === undefined || vars === before) return
    this.#vars = vars
    // What they are at the beginning is no change.
    const changed = Object.keys(vars).filter((name) => before && vars[name] !== before[name])
    this.#add(at, 'call', { type: 'vars', vars, changed })
  }

  #frame(frame: Frame): void {
    const { at, source: who } = frame
    switch (frame.type) {
      case 'start':
        return this.#add(at, 'call', { type: 'start' })
      case 'speech':
        return this.#add(at, who, { type: 'speech', state: frame.state, latency: frame.latency })
      case 'transcript': {
        const { text, final } = frame
        return this.#add(at, who, { type: 'transcript', text, final })
      }
      case 'turn':
        return this.#add(at, who, { type: 'turn', state: frame.state, text: frame.text })
      case 'response':
        return this.#response(frame)
      case 'text':
        return this.#text(frame)
      case 'audio':
        return frame.role === 'agent' ? this.#audio(frame) : undefined
      case 'tool-call':
        if (!this.#jobs.has(frame.name)) this.#tools.add(frame.callId)
        this.#settle(at)
        return this.#add(at, who, { type: 'tool', name: frame.name, arguments: frame.arguments })
      case 'tool-result': {
        this.#tools.delete(frame.callId)
        this.#settle(at)
        const { name, result } = frame
        const told = result.status === 'ok' ? JSON.stringify(result.value) : result.message
        return this.#add(at, who, { type: 'tool-result', name, result: `${result.status} ${told}` })
      }
      case 'inference':
        if (frame.state === 'started') this.#inferences.add(frame.inference)
        if (frame.state === 'ended') this.#inferences.delete(frame.inference)
        return this.#settle(at)
      case 'interrupt':
        return this.#interrupt(frame)
      case 'handoff':
        return this.#handoff(frame)
      case 'playout':
        return this.#playout(frame)
      case 'metric':
      case 'end':
      case 'cancel':
      case 'error':
        return
      default:
        return this.#add(at, who, { type: 'emitted', frame })
    }
  }

  #response({ at, state, response, reason, agent, source }: FrameOf<'response'>): void {
    if (state === 'started') {
      this.#open.set(response, new Set([source]))
      this.#leaders.set(response, { agent: agent || source, node: source })
    } else if (!this.#audibleFrom.has(source)) this.#open.delete(response)
    this.#settle(at)
    this.#add(at, source, { type: 'response', state, response, reason })
  }

  #text(frame: FrameOf<'text'>): void {
    const { at, source, response, span, text } = frame
    this.#made(response, source)
    if (this.#speakers.has(source) && frame.speak && span !== 0) {
      const known = this.#spans.get(span) ?? { response, text: '', soundMs: new Map(), heard: '' }
      known.text += text
      this.#spans.set(span, known)
    }
    if (this.#brains.has(source)) this.#add(at, source, { type: 'said', response, text })
  }

  #audio(frame: FrameOf<'audio'>): void {
    const { at, source, response, span } = frame
    const makers = this.#open.get(response)
    if (makers?.has(source) === false) {
      this.#add(at, source, { type: 'first-audio', response })
    }
    this.#made(response, source)
    const known = this.#spans.get(span)
    known?.soundMs.set(source, (known.soundMs.get(source) ?? 0) + durationMs(frame))
  }

  #made(response: number, node: string): void {
    this.#open.get(response)?.add(node)
  }

  #interrupt({ at, source, phase, through, reason }: FrameOf<'interrupt'>): void {
    const cut = [...this.#open].filter(([response]) => response <= through)
    const makers = [...new Set(cut.flatMap(([, nodes]) => [...nodes]))]
    if (phase === 'confirm') for (const [response] of cut) this.#open.delete(response)
    this.#add(at, source, { type: 'interrupt', phase, through, reason, makers })
    this.#settle(at)
  }

  #handoff({ at, source, type, state, from, to, reason, pass, context }: FrameOf<'handoff'>): void {
    this.#isHandingOver = state === 'started'
    this.#settle(at)
    this.#add(at, source, { type, state, from, to, reason, pass, context })
  }

  #playout(frame: FrameOf<'playout'>): void {
    const { at, state, of, span, cut } = frame
    if (span === 0) {
      this.#open.delete(of)
      this.#settle(at)
      return this.#add(at, 'bot', { type: 'over', response: of, cut })
    }
    if (state === 'started' && !this.#audible.has(of)) {
      this.#audible.add(of)
      const since = this.#voiceEndedAt
      const answerMs = since === undefined ? undefined : at - since
      this.#voiceEndedAt = undefined
      this.#add(at, 'bot', { type: 'audible', response: of, answerMs })
    }
    const known = this.#spans.get(span)
    if (known === undefined) return
    const heard = heardOf(known, frame)
    if (heard.length <= known.heard.length) return
    const text = heard.slice(known.heard.length)
    known.heard = heard
    this.#add(at, 'bot', { type: 'heard', response: of, text })
  }

  #settle(at: number): void {
    const isBusy = this.#open.size + this.#tools.size + this.#inferences.size > 0
    if (isBusy || this.#isHandingOver) this.quietSince = undefined
    else this.quietSince ??= at
  }
}

/** Nodes from which frames come to one of `ends`. */
function upstreamOf(ends: readonly string[], edges: Plan['edges']): ReadonlySet<string> {
  const found = new Set(ends)
  // A set grows while it is walked.
  for (const id of found) {
    for (const { from, to } of edges) if (to.node === id) found.add(from.node)
  }
  return found
}

/** What was heard of a span: up to the last whole word where the voice gives times, else by length. */
function heardOf({ text, soundMs }: Span, frame: FrameOf<'playout'>): string {
  const { state, cut, words, heardMs } = frame
  if (state === 'stopped' && !cut) return text
  if (words !== undefined) {
    const found = [...text.matchAll(/\S+/g)][words - 1]
    return found === undefined ? '' : text.slice(0, found.index + found[0].length)
  }
  const whole = Math.max(0, ...soundMs.values())
  if (whole === 0 || state !== 'stopped') return ''
  const end = text.lastIndexOf(' ', Math.floor((text.length * heardMs) / whole))
  return end < 0 ? '' : text.slice(0, end)
}
