import type { AnswerPart, AnswerRecord } from 'voxgraph/client'
import {
  inMs,
  isSpoken,
  msOnly,
  partNames,
  partRows,
  totals,
  type PartRow,
} from './answer-times.ts'
import type { CallView } from './call-view.ts'
import { byId, element, unseen } from './dom.ts'

/** Where the time of each answer went: a list of answers, and the waterfall of one of them as a table. */
export class LatencyView {
  readonly #turns = byId('turns', HTMLOListElement)
  readonly #parts = byId('parts', HTMLElement)
  readonly #budgetMs: number | undefined
  #answers: readonly AnswerRecord[] = []
  /** Response that is shown; 0: the newest. */
  #chosen = 0

  constructor(budgetMs: number | undefined) {
    this.#budgetMs = budgetMs
  }

  show({ answers }: CallView): void {
    if (answers === this.#answers) return
    this.#answers = answers
    this.#draw()
  }

  /** It can be seen from now on: the chosen answer is scrolled to. */
  reveal(): void {
    this.#turns.querySelector('[aria-current="true"]')?.scrollIntoView({ block: 'nearest' })
  }

  #draw(): void {
    const answers = this.#answers
    byId('no-turns', HTMLElement).hidden = answers.length > 0
    byId('waterfall', HTMLElement).hidden = answers.length === 0
    const shown = answers.find((one) => one.response === this.#chosen) ?? answers.at(-1)
    byId('figures', HTMLElement).replaceChildren(...this.#figures())
    if (shown === undefined) return
    const longest = Math.max(...answers.map((one) => one.totalMs ?? 0), 1)
    // The focus of the keyboard outlives the drawing.
    const focused = this.#turns.contains(document.activeElement)
    const items = answers.map((one) => this.#turn(one, longest, one === shown))
    this.#turns.replaceChildren(...items)
    if (focused) this.#turns.querySelector<HTMLElement>('[aria-current="true"]')?.focus()
    if (this.#chosen === 0) this.reveal()
    this.#parts.replaceChildren(this.#table(shown))
  }

  #figures(): readonly (Node | string)[] {
    const { count, p50, p95 } = totals(this.#answers)
    if (p50 === undefined || p95 === undefined) return []
    const bold = (text: string): HTMLElement => element('b', { text })
    const budget = this.#budgetMs === undefined ? '' : `, budget ${inMs(this.#budgetMs)}`
    const of = `${count} spoken ${count === 1 ? 'turn' : 'turns'}`
    const more = element('span', { class: 'more', text: budget })
    return ['p50 ', bold(inMs(p50)), ' · p95 ', bold(inMs(p95)), ` · ${of}`, more]
  }

  #turn(answer: AnswerRecord, longest: number, isShown: boolean): HTMLElement {
    const stack = element('span', { class: 'stack', attributes: { 'aria-hidden': 'true' } })
    for (const part of Object.keys(partNames) as AnswerPart[]) {
      const ms = answer.parts[part] ?? 0
      if (ms === 0) continue
      const bar = element('i', { class: `part-${part}` })
      bar.style.width = `${(ms / longest) * 100}%`
      stack.append(bar)
    }
    const isGreeting = answer.number === 0
    const button = element(
      'button',
      { attributes: { type: 'button' } },
      element('span', {
        text: isGreeting ? '–' : String(answer.number),
        attributes: { 'aria-hidden': 'true' },
      }),
      unseen(isGreeting ? 'Greeting' : `Answer ${answer.number}`),
      stack,
      element('span', {
        class: `number${this.#isOver(answer) ? ' over' : ''}`,
        text: inMs(answer.totalMs ?? 0),
      }),
    )
    if (isShown) button.setAttribute('aria-current', 'true')
    button.addEventListener('click', () => {
      const isNewest = answer === this.#answers.at(-1)
      this.#chosen = isNewest ? 0 : answer.response
      this.#draw()
    })
    return element('li', {}, button)
  }

  #table(answer: AnswerRecord): HTMLElement {
    const rows = partRows(answer, this.#answers)
    const figures = totals(this.#answers)
    const column = (text: string, isNumber = true): HTMLElement =>
      element('th', { text, class: isNumber ? 'number' : '', attributes: { scope: 'col' } })
    const track = element(
      'th',
      { class: 'track', attributes: { scope: 'col' } },
      unseen('Place in the whole'),
    )
    const head = element(
      'tr',
      {},
      column('Part', false),
      track,
      column('ms'),
      column('p50'),
      column('p95'),
    )
    const number = (ms: number | undefined, more = ''): HTMLElement =>
      element('td', { class: `number${more}`, text: msOnly(ms) })
    const foot = element(
      'tr',
      {},
      element('th', { text: 'Whole', attributes: { scope: 'row' } }),
      element('td'),
      number(answer.totalMs ?? 0, this.#isOver(answer) ? ' over' : ''),
      number(figures.p50),
      number(figures.p95),
    )
    return element(
      'table',
      {},
      captionOf(answer),
      element('thead', {}, head),
      element('tbody', {}, ...rows.map(partRow)),
      element('tfoot', {}, foot),
    )
  }

  #isOver({ totalMs = 0, number }: AnswerRecord): boolean {
    return number > 0 && this.#budgetMs !== undefined && totalMs > this.#budgetMs
  }
}

function partRow({ part, name, from, size, ms, p50, p95 }: PartRow): HTMLElement {
  const bar = element('i')
  bar.style.setProperty('--from', String(from))
  bar.style.setProperty('--size', String(size))
  const swatch = element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } })
  const label = element(
    'th',
    { attributes: { scope: 'row' } },
    swatch,
    document.createTextNode(name),
  )
  const cells = [ms, p50, p95].map((value) =>
    element('td', { class: 'number', text: msOnly(value) }),
  )
  return element(
    'tr',
    { class: `part-${part}` },
    label,
    element('td', { class: 'track' }, bar),
    ...cells,
  )
}

function captionOf(answer: AnswerRecord): HTMLElement {
  const { number, heard, cutAfterMs, hiddenMs, tools, holds } = answer
  const notes = [
    ...(number > 0 && !isSpoken(answer) ? ['typed: not counted in p50 and p95'] : []),
    ...(cutAfterMs === undefined ? [] : [`interrupted after ${(cutAfterMs / 1000).toFixed(1)} s`]),
    ...(hiddenMs > 0 ? [`the model had a start of ${inMs(hiddenMs)}`] : []),
    ...(tools > 0 ? [tools === 1 ? '1 tool' : `${tools} tools`] : []),
    ...(holds > 0 ? [holds === 1 ? 'held once' : `held ${holds} times`] : []),
  ]
  const title = number === 0 ? 'Greeting' : `Answer ${number}: “${heard}”`
  const more = notes.length === 0 ? [] : [element('span', { text: notes.join(' · ') })]
  return element('caption', {}, element('b', { text: title }), ...more)
}
