import { castInDot } from './draw-cast-dot.ts'
import { escapeHtml, font, ink, paper, quiet } from './draw-dot-text.ts'
import type { Arrow, Box, Picture } from './draw-picture.ts'

/** Colour of a box by what it does; what is not named here is plain. */
const roleColours: Readonly<Record<string, string>> = {
  detector: '#0f766e',
  stt: '#b45309',
  llm: '#6d28d9',
  brain: '#6d28d9',
  tts: '#0369a1',
  conversation: '#6d28d9',
}

/** Colour of an arrow by what flows: each has enough contrast on white to be read as text. */
const typeColours: Readonly<Record<string, string>> = {
  audio: '#0369a1',
  transcript: '#b45309',
  text: '#6d28d9',
}

/** A picture in the language of Graphviz. */
export function drawDot(picture: Picture): string {
  const lines = [
    'digraph {',
    `  graph [rankdir=LR, bgcolor="${paper}", pad=0.35, nodesep=0.45, ranksep=0.3, labelloc=t,`,
    `    labeljust=l, fontname="Arial", fontsize=17, fontcolor="${ink}",`,
    `    label=<<B>${escapeHtml(picture.title)}</B><BR/> >]`,
    `  node [shape=box, style="rounded,filled", fillcolor="${paper}", fontname="Arial",`,
    `    fontsize=14, penwidth=1.6, margin="0.24,0.12"]`,
    `  edge [fontname="Arial", fontsize=11, penwidth=1.6, arrowsize=0.75]`,
    ...(picture.cast === undefined ? [] : castInDot(picture.cast)),
    ...picture.boxes.map((box) => `  ${boxLine(box)}`),
    ...picture.arrows.map((arrow) => `  ${arrowLine(arrow)}`),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

function boxLine({ id, kind, label, details, role }: Box): string {
  if (kind === 'converter') {
    const text = font(label, 11, quiet)
    return `${id} [style="rounded,dashed", color="#94a3b8", margin="0.2,0.06", label=<${text}>]`
  }
  const isCaller = kind === 'mouth' || kind === 'ear'
  const colour = isCaller ? ink : (roleColours[role] ?? quiet)
  const lines = [
    font(role.toUpperCase(), 9, isCaller ? '#cbd5e1' : colour),
    `<B>${font(label, 15, isCaller ? paper : ink)}</B>`,
    ...details.map((line) => font(line, 11, isCaller ? '#e2e8f0' : quiet)),
  ]
  const fill = isCaller ? `, fillcolor="${ink}"` : ''
  return `${id} [color="${colour}"${fill}, label=<${lines.join('<BR/>')}>]`
}

function arrowLine({ from, to, label: what, type, feedback, leadsOn }: Arrow): string {
  const colour = typeColours[type] ?? quiet
  const text = feedback ? `${what}, feedback` : what
  const style = feedback ? ', style=dashed, constraint=false' : ''
  const label = `<TABLE BORDER="0" CELLPADDING="3"><TR><TD>${escapeHtml(text)}</TD></TR></TABLE>`
  // The way from mouth to ear is drawn straight; what goes aside bends.
  const weight = leadsOn ? 8 : 1
  const look = `color="${colour}", fontcolor="${colour}", weight=${weight}${style}`
  return `${from} -> ${to} [label=<${label}>, ${look}]`
}

/**
 * Graphviz places the lines of a box by widths that it estimates; with another font they would stand
 * beside the middle. Here the middle is computed by whoever shows the picture.
 */
export function centreLabels(svg: string): string {
  const family = "Arial, Helvetica, 'Liberation Sans', sans-serif"
  const nodes = /<g id="[^"]*" class="node[^"]*">.*?<\/g>/gs
  return svg.replaceAll('font-family="Arial"', `font-family="${family}"`).replace(nodes, (node) => {
    const outline = / d="([^"]+)"/.exec(node)?.[1] ?? ''
    const xs = [...outline.matchAll(/(-?[\d.]+),-?[\d.]+/g)].map((point) => Number(point[1]))
    const middle = (Math.min(...xs) + Math.max(...xs)) / 2
    if (!Number.isFinite(middle)) return node
    const text = /text-anchor="start" x="[^"]*"/g
    return node.replace(text, `text-anchor="middle" x="${middle.toFixed(2)}"`)
  })
}
