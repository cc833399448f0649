import type { CallView, Entry } from './call-view.ts'
import { element, unseen } from './dom.ts'
import { inMs } from './answer-times.ts'

/** The conversation as a log. Lines are drawn again when their entry has changed, and only those. */
export class TranscriptView {
  readonly #log: HTMLElement
  readonly #drawn = new Map<number, { readonly entry: Entry; readonly line: HTMLElement }>()
  /** Name of the bot, where its lines are not of different agents. */
  readonly #bot: string
  readonly #hasAgents: boolean

  constructor(log: HTMLElement, bot: string, hasAgents: boolean) {
    this.#log = log
    this.#bot = bot
    this.#hasAgents = hasAgents
  }

  show({ entries }: CallView): void {
    const log = this.#log
    // Whoever has scrolled up reads; nobody is pulled away from that.
    const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 60
    const kept = new Set(entries.map((entry) => entry.id))
    for (const [id, { line }] of this.#drawn) {
      if (kept.has(id)) continue
      line.remove()
      this.#drawn.delete(id)
    }
    for (const entry of entries) {
      const known = this.#drawn.get(entry.id)
      if (known?.entry === entry) continue
      const line = this.#line(entry)
      if (known === undefined) log.append(line)
      else known.line.replaceWith(line)
      this.#drawn.set(entry.id, { entry, line })
    }
    if (follows) log.scrollTop = log.scrollHeight
  }

  #line(entry: Entry): HTMLElement {
    switch (entry.kind) {
      case 'caller':
        return callerLine(entry)
      case 'bot':
        return botLine(entry, this.#hasAgents ? entry.agent : this.#bot)
      case 'tool':
        return toolLine(entry)
      case 'handoff':
        return element(
          'div',
          { class: 'row handoff' },
          element('span', { text: `${entry.from} gives the call to` }),
          element('b', { text: entry.to }),
        )
      case 'notice':
        return element('div', {
          class: entry.isError ? 'row notice error' : 'row notice',
          text: entry.text,
        })
    }
  }
}

type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>

function callerLine({ text, interim }: EntryOf<'caller'>): HTMLElement {
  const isOpen = interim !== ''
  const words = element('div', { class: 'words', text: `${text} ${interim}`.trim() })
  const line = element(
    'div',
    { class: isOpen ? 'said caller interim' : 'said caller' },
    element('div', { class: 'who', text: 'You' }),
    words,
  )
  // A screen reader waits until the words are settled.
  if (isOpen) line.setAttribute('aria-busy', 'true')
  return line
}

function botLine(entry: EntryOf<'bot'>, name: string): HTMLElement {
  const words = element('div', { class: 'words' })
  for (const { text, heard, state } of entry.sentences) {
    if (words.childNodes.length > 0) words.append(' ')
    const reached = state === 'heard' ? text.length : text.startsWith(heard) ? heard.length : 0
    words.append(text.slice(0, reached))
    const rest = text.slice(reached).trimStart()
    if (rest === '') continue
    if (reached > 0 && text[reached] === ' ') words.append(' ')
    words.append(
      state === 'cut'
        ? element('s', {}, unseen(' (not heard: '), document.createTextNode(rest), unseen(')'))
        : element('span', { class: 'ahead', text: rest }),
    )
  }
  const line = element(
    'div',
    { class: 'said bot' },
    element('div', { class: 'who', text: name }),
    words,
  )
  if (entry.state === 'plays') line.setAttribute('aria-busy', 'true')
  if (entry.state === 'cut') line.append(element('div', { class: 'cut', text: cutText(entry) }))
  return line
}

const cutText = ({ cutAfterMs }: EntryOf<'bot'>): string =>
  cutAfterMs === undefined ? 'Interrupted' : `Interrupted after ${(cutAfterMs / 1000).toFixed(1)} s`

function toolLine({ name, state, tookMs }: EntryOf<'tool'>): HTMLElement {
  const result =
    state === 'called' ? 'is called' : `${state === 'ok' ? 'done' : state}, ${inMs(tookMs)}`
  return element(
    'div',
    { class: 'row tool' },
    element('span', { text: 'Tool' }),
    element('code', { text: name }),
    element('span', { text: result }),
  )
}
