import type { PlaygroundGraph, PlaygroundNode } from '../server/playground-graph.ts'
import type { PulseEvent } from 'voxgraph/client'
import type { CallView } from './call-view.ts'
import { byId, element } from './dom.ts'

/** How long a box stays lit behind the last frame, in ms: longer than a pulse takes to come (100 ms). */
const litMs = 180

/** The graph, lit as frames pass, and the same as a list. */
export class GraphView {
  readonly #graph: PlaygroundGraph
  readonly #picture = byId('picture', HTMLElement)
  readonly #list = byId('node-list', HTMLElement)
  readonly #floor = byId('floor', HTMLElement)
  readonly #counts = new Map<string, HTMLElement>()
  /** What goes dark, and when. */
  readonly #lit = new Map<Element, ReturnType<typeof setTimeout>>()

  constructor(graph: PlaygroundGraph) {
    this.#graph = graph
    const { across, down } = graph.pictures
    this.#picture.append(drawing(across, 'across'), drawing(down, 'down'))
    this.#picture.setAttribute(
      'aria-label',
      `Drawing of the graph ${graph.name}; it is also there as a list`,
    )
    this.#list.append(this.#table())
    const button = byId('list-button', HTMLButtonElement)
    button.addEventListener('click', () => {
      const isList = this.#list.hidden
      this.#list.hidden = !isList
      this.#picture.hidden = isList
      button.textContent = isList ? 'Drawing' : 'List'
      button.setAttribute('aria-expanded', String(isList))
    })
  }

  /** Lights what has emitted frames, and where they go. */
  pulse({ nodes }: PulseEvent): void {
    const flows = this.#graph.nodes.flatMap((node) => {
      const types = Object.keys(nodes[node.id] ?? {})
      return types.flatMap((type) => boxesOf(node, type).map((box) => ({ box, type })))
    })
    const seen = new Set(flows.map(({ box, type }) => `${box} ${type}`))
    for (const { box, type } of flows) {
      this.#light(`.box-${box}`)
      this.#lead(box, type, seen)
    }
  }

  /** Lights the arrows that lead on. Who takes sound in and gives it out has handed it on: nobody tells of that. */
  #lead(box: string, type: string, seen: Set<string>): void {
    const { arrows } = this.#graph
    for (const { from, to, types } of arrows) {
      if (from !== box || !types.includes(type)) continue
      this.#light(`.from-${from}.to-${to}`)
      const handsOn = arrows.some((next) => next.from === to && next.types.includes(type))
      if (!handsOn || seen.has(`${to} ${type}`)) continue
      seen.add(`${to} ${type}`)
      this.#light(`.box-${to}`)
      this.#lead(to, type, seen)
    }
  }

  show({ agent, frames }: CallView): void {
    for (const [node, cell] of this.#counts) {
      const text = (frames[node] ?? 0).toLocaleString('en')
      if (cell.textContent !== text) cell.textContent = text
    }
    const known = this.#graph.agents.find((one) => one.id === agent)
    this.#floor.hidden = known === undefined
    if (known === undefined || this.#floor.dataset['agent'] === agent) return
    this.#floor.dataset['agent'] = agent
    this.#floor.replaceChildren(element('b', { text: agent }), ' has the call')
    for (const box of this.#picture.querySelectorAll('.has-floor'))
      box.classList.remove('has-floor')
    for (const box of this.#picture.querySelectorAll(`.box-${known.box}`))
      box.classList.add('has-floor')
  }

  #light(selector: string): void {
    for (const shape of this.#picture.querySelectorAll(selector)) {
      clearTimeout(this.#lit.get(shape))
      shape.classList.add('lit')
      const goesDark = setTimeout(() => {
        shape.classList.remove('lit')
        this.#lit.delete(shape)
      }, litMs)
      this.#lit.set(shape, goesDark)
    }
  }

  #table(): HTMLElement {
    const headings = ['Node', 'Role', 'Made of', 'Frames']
    const head = element(
      'tr',
      {},
      ...headings.map((text, index) =>
        element('th', { text, class: index === 3 ? 'number' : '', attributes: { scope: 'col' } }),
      ),
    )
    const rows = this.#graph.nodes.map(({ id, label, role, use }) => {
      const count = element('td', { class: 'number', text: '0' })
      this.#counts.set(id, count)
      const cells = [label, role, use].map((text) => element('td', { text }))
      return element('tr', { class: `role-${role}` }, ...cells, count)
    })
    return element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows))
  }
}

/** What a transport emits of the caller is at its mouth, what was played at its ear. */
const boxesOf = ({ boxes, ear }: PlaygroundNode, type: string): readonly string[] =>
  ear === '' ? boxes : boxes.filter((box) => (box === ear) === (type === 'playout'))

/** An SVG of our own server, as an image that is told by name. */
function drawing(svg: string, direction: string): Element {
  const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml')
  const image = document.importNode(documentElement, true)
  image.classList.add(direction)
  image.setAttribute('aria-hidden', 'true')
  return image
}
