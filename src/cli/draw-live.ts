import { agentsStep } from './draw-fold.ts'
import { centreLabels } from './draw-dot.ts'
import { escapeHtml } from './draw-dot-text.ts'
import type { Arrow, Box, Picture } from './draw-picture.ts'
import { cut } from './draw-text.ts'

/** Which way frames flow in a drawing. */
export type Direction = 'across' | 'down'

/** Longest line in a box, in characters. */
const widest = 22

/** The class of a box, in every drawing of the graph. */
export const boxClass = (id: string): string => `box-${id}`

/**
 * A picture in the language of Graphviz for a page that colours it: classes in place of colours, so that it
 * follows the scheme of the reader and lights up as frames pass. Boxes are `box-<id>` and `role-<role>`, arrows
 * `from-<id>` and `to-<id>`.
 */
export function drawLiveDot(picture: Picture, direction: Direction): string {
  const { cast } = picture
  const spread = direction === 'across' ? 'nodesep=0.24, ranksep=0.22' : 'nodesep=0.2, ranksep=0.26'
  const lines = [
    'digraph {',
    `  graph [rankdir=${direction === 'across' ? 'LR' : 'TB'}, bgcolor=none, pad=0.1, ${spread}]`,
    '  node [shape=box, style="rounded,filled", fontname="Arial", fontsize=14, margin="0.16,0.09"]',
    '  edge [fontname="Arial", fontsize=10, arrowsize=0.6]',
    ...picture.boxes.map(boxLine),
    ...picture.arrows.map((arrow) => arrowLine(arrow, direction)),
    ...(cast === undefined
      ? []
      : [
          '  subgraph cluster_agents {',
          '    graph [class="cast", style=rounded, margin=12]',
          ...cast.agents.map(({ id, name, role, starts }) =>
            castLine(id, name, role === 'floor' ? (starts ? 'answers' : 'agent') : role),
          ),
          '  }',
          ...movesOf(cast),
          ...below(picture, direction),
        ]),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

/** The drawing as SVG that can stand in a page: nothing before its root, no titles that pop up, no width. */
export async function renderLive(picture: Picture, direction: Direction): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz')
  const graphviz = await Graphviz.load()
  const svg = centreLabels(graphviz.layout(drawLiveDot(picture, direction), 'svg', 'dot'))
  return svg
    .slice(svg.indexOf('<svg'))
    .replaceAll(/<title>.*?<\/title>\n?/gs, '')
    .replaceAll(/<!--.*?-->\n?/gs, '')
    .replaceAll(/ (?:fill|stroke|stroke-dasharray|font-family|xml:space)="[^"]*"/g, '')
    .replaceAll(/ id="[^"]*"/g, '')
}

/** On a narrow screen the agents stand below the line of the call, not beside it. */
function below({ boxes, cast }: Picture, direction: Direction): string[] {
  const [last, first] = [boxes.at(-1), cast?.agents.find(({ starts }) => starts)]
  if (direction === 'across' || last === undefined || first === undefined) return []
  return [`  ${last.id} -> ${first.id} [style=invis]`]
}

const slug = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

function boxLine({ id, kind, label, details, role }: Box): string {
  const classes = `${boxClass(id)} kind-${kind} role-${slug(role) || 'none'}`
  if (kind === 'converter') {
    return `  ${id} [class="${classes}", margin="0.12,0.05", label=<${line(label, 10)}>]`
  }
  const [made = ''] = details
  const below = id === agentsStep ? role : made
  const rows = [`<B>${line(label, 14)}</B>`, line(below, 10)]
  return `  ${id} [class="${classes}", label=<${rows.join('<BR/>')}>]`
}

const castLine = (id: string, name: string, standing: string): string => {
  const rows = `<B>${line(name, 13)}</B><BR/>${line(standing, 10)}`
  return `    ${id} [class="${boxClass(id)} kind-agent role-${standing}", label=<${rows}>]`
}

function arrowLine({ from, to, label, feedback, leadsOn }: Arrow, way: Direction): string {
  const classes = `from-${from} to-${to}${feedback ? ' feedback' : ''}`
  const style = feedback ? ', constraint=false' : ''
  // A label takes room from the boxes: only the way of the call has some, and only where it is drawn across.
  const text =
    way === 'down' || !leadsOn
      ? ''
      : `, label=<<TABLE BORDER="0" CELLPADDING="2"><TR><TD>${line(cut(label, 14), 10)}</TD></TR></TABLE>>`
  return `  ${from} -> ${to} [class="${classes}"${text}, weight=${leadsOn ? 8 : 1}${style}]`
}

/** Who may give the call to whom: one arrow for each pair. */
function movesOf({ agents, moves }: NonNullable<Picture['cast']>): string[] {
  const drawn = new Set(agents.map((agent) => agent.id))
  const pairs = new Map(
    moves
      .filter(({ from, to }) => drawn.has(from) && drawn.has(to))
      .map(({ from, to, kind }) => [`${from} -> ${to}`, kind]),
  )
  return [...pairs].map(([pair, kind]) => `  ${pair} [class="move kind-${kind}"]`)
}

const line = (text: string, size: number): string =>
  `<FONT POINT-SIZE="${size}">${escapeHtml(cut(text, widest)) || ' '}</FONT>`
