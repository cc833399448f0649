import type { Levels, StateChange } from 'voxgraph/client'
import type { PlaygroundGraph } from '../server/playground-graph.ts'
import { Caller } from './caller.ts'
import { noCall, seeEvent, seeState, type CallView, type Phase } from './call-view.ts'
import { byId } from './dom.ts'
import { GraphView } from './graph-view.ts'
import { LatencyView } from './latency-view.ts'
import { bindKeys, bindViews } from './keys.ts'
import { createTokenDialog, tokenOfAddress } from './token-dialog.ts'
import { TranscriptView } from './transcript-view.ts'

const phaseTexts: Readonly<Record<Phase, string>> = {
  idle: 'Ready',
  connecting: 'Connecting',
  blocked: 'Click to hear it',
  listening: 'Listening',
  thinking: 'Thinking',
  speaking: 'Speaking',
  reconnecting: 'Reconnecting',
  ended: 'Call over',
  failed: 'No call',
}

/** What a screen reader tells of it: not every turn of the conversation. */
const announcements: Readonly<Record<Phase, string>> = {
  ...phaseTexts,
  idle: '',
  listening: 'In a call',
  thinking: 'In a call',
  speaking: 'In a call',
}

/** Loudness that fills a meter: speech is at a tenth of full scale, in root mean square. */
const fullLevel = 0.25

/** Makes the page live. */
export function openPage(graph: PlaygroundGraph): void {
  const page = new Page(graph)
  const bindings = { call: () => page.toggleCall(), mute: () => page.toggleMute() }
  bindKeys(bindings)
  bindViews(() => page.reveal())
}

class Page {
  readonly #caller: Caller
  readonly #transcript: TranscriptView
  readonly #graphView: GraphView
  readonly #latency: LatencyView
  readonly #state = byId('state', HTMLElement)
  readonly #stateText = byId('state-text', HTMLElement)
  readonly #call = byId('call', HTMLButtonElement)
  readonly #mute = byId('mute', HTMLButtonElement)
  readonly #words = byId('words', HTMLInputElement)
  readonly #send = byId('send', HTMLButtonElement)
  readonly #welcome = byId('welcome', HTMLElement)
  readonly #alert = byId('alert', HTMLElement)
  readonly #canCall: boolean
  #view: CallView = noCall
  #isDue = false
  #clock: ReturnType<typeof setInterval> | undefined
  #phase: Phase | undefined

  constructor(graph: PlaygroundGraph) {
    document.title = `${graph.name} · voxgraph playground`
    for (const id of ['graph-name', 'welcome-name']) byId(id, HTMLElement).textContent = graph.name
    this.#transcript = new TranscriptView(
      byId('log', HTMLElement),
      graph.name,
      graph.agents.length > 0,
    )
    this.#graphView = new GraphView(graph)
    this.#latency = new LatencyView(graph.budgetMs)
    this.#canCall = graph.socket !== undefined
    const askToken = createTokenDialog()
    const init = {
      graph,
      askToken,
      onState: (change: StateChange) => this.#see(seeState(this.#view, change)),
      onEvent: (event: Parameters<typeof seeEvent>[1]) => {
        if (event.type === 'pulse') this.#graphView.pulse(event)
        this.#see(seeEvent(this.#view, event))
      },
      onLevels: (levels: Levels) => showLevels(levels),
      onProblem: (text: string) => this.#problem(text),
    }
    this.#caller = new Caller(init, tokenOfAddress())
    this.#bind()
    if (graph.socket === undefined) this.#problem(noSocket(graph))
    this.#draw()
  }

  toggleCall(): void {
    if (!this.#canCall) return
    if (this.#caller.isCalling) void this.#caller.hangUp()
    else void this.#begin(true)
  }

  toggleMute(): void {
    const { client } = this.#caller
    if (client === undefined) return
    if (client.hasMicrophone) client.muted = !client.muted
    else void this.#caller.speak().then(() => this.#draw())
    this.#draw()
  }

  reveal(): void {
    this.#latency.reveal()
  }

  async #begin(microphone: boolean): Promise<void> {
    this.#view = { ...noCall, nextId: this.#view.nextId }
    const call = this.#caller.call(microphone)
    this.#draw()
    await call
    this.#draw()
  }

  /** Says what was typed; without a call that begins one, without a microphone. */
  async #say(): Promise<void> {
    const text = this.#words.value.trim()
    if (text === '') return
    if (!this.#caller.isCalling) await this.#begin(false)
    if (this.#caller.client?.state !== 'open') return
    this.#caller.client.sendText(text)
    this.#words.value = ''
  }

  #bind(): void {
    this.#call.addEventListener('click', () => this.toggleCall())
    this.#mute.addEventListener('click', () => this.toggleMute())
    byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#say()
    })
  }

  #problem(text: string): void {
    this.#alert.hidden = text === ''
    this.#alert.textContent = text
  }

  #see(view: CallView): void {
    this.#view = view
    // Many things happen at once; the page is drawn once for all of them.
    if (this.#isDue) return
    this.#isDue = true
    requestAnimationFrame(() => {
      this.#isDue = false
      this.#draw()
    })
  }

  #draw(): void {
    const view = this.#view
    this.#transcript.show(view)
    this.#graphView.show(view)
    this.#latency.show(view)
    this.#controls(view)
    if (view.phase !== this.#phase) this.#head(view.phase)
  }

  #controls({ entries }: CallView): void {
    const { isCalling, client } = this.#caller
    this.#welcome.hidden = isCalling || entries.length > 0
    this.#call.textContent = isCalling ? 'Hang up' : 'Call'
    this.#call.classList.toggle('hangs-up', isCalling)
    this.#call.classList.toggle('primary', !isCalling)
    this.#call.disabled = !this.#canCall
    const isOpen = client?.state === 'open'
    this.#words.disabled = !this.#canCall
    this.#send.disabled = !this.#canCall || (isCalling && !isOpen)
    this.#mute.disabled = !isOpen
    const hasMicrophone = client?.hasMicrophone ?? true
    this.#mute.textContent = hasMicrophone ? 'Mute' : 'Speak'
    this.#mute.setAttribute('aria-pressed', String(client?.muted === true && hasMicrophone))
  }

  #head(phase: Phase): void {
    const wasOpen = this.#clock !== undefined
    this.#phase = phase
    this.#state.dataset['phase'] = phase
    this.#stateText.textContent = phaseTexts[phase]
    const announcement = byId('announcement', HTMLElement)
    const text = announcements[phase]
    if (announcement.textContent !== text) announcement.textContent = text
    const isOpen = ['listening', 'thinking', 'speaking'].includes(phase)
    if (isOpen === wasOpen) return
    clearInterval(this.#clock)
    this.#clock = isOpen ? runClock() : undefined
    if (!isOpen) showLevels({ microphone: 0, bot: 0 })
  }
}

function runClock(): ReturnType<typeof setInterval> {
  const clock = byId('clock', HTMLElement)
  const from = performance.now()
  const tick = (): void => {
    const seconds = Math.floor((performance.now() - from) / 1000)
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
  tick()
  return setInterval(tick, 500)
}

function showLevels({ microphone, bot }: Levels): void {
  const show = (id: string, level: number): void =>
    byId(id, HTMLElement).style.setProperty('--level', String(Math.min(1, level / fullLevel)))
  show('level-caller', microphone)
  show('level-bot', bot)
}

const noSocket = ({ name, transport }: PlaygroundGraph): string =>
  `${name} takes its calls by ${transport || 'nothing that this page knows'}, which a page cannot call. ` +
  'Serve it under a profile whose transport is websocket: --profile browser.'
