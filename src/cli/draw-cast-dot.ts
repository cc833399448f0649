import {
  detailsOf,
  standingOf,
  type AgentBox,
  type Cast,
  type ExitBox,
  type Move,
} from './draw-cast.ts'
import { escapeHtml, font, ink, paper, quiet } from './draw-dot-text.ts'
import { cut, wrapped } from './draw-text.ts'

const agentColour = '#6d28d9'
const exitColour = '#b91c1c'

/** Width of a line on an arrow and in a box, in characters: a picture of four agents stays 1200 px wide. */
const widest = { arrow: 20, box: 26 }

/**
 * The agents of a picture, as statements of Graphviz: a frame of its own. Graphviz places what comes first
 * lowest where it draws from left to right, so all comes in the order from the bottom to the top.
 */
export function castInDot({ agents, exits, moves }: Cast): string[] {
  const aside = agents.filter((agent) => agent.role === 'background').map(boxLine)
  const start = agents.filter((agent) => agent.starts).map(boxLine)
  const others = agents.filter(({ role, starts }) => role !== 'background' && !starts).map(boxLine)
  return [
    ...(aside.length === 0 ? [] : cluster('aside', 'in the background', aside.toReversed())),
    ...cluster('agents', 'who has the call, and who gets it', [
      // From the first one arrows lead to the right: a hand-off to it leads back.
      ...start,
      ...[...others, ...exits.map(exitLine)].toReversed(),
      ...moves.map(moveLine).toReversed(),
    ]),
  ].map((line) => `  ${line}`)
}

const cluster = (name: string, title: string, lines: readonly string[]): string[] => [
  `subgraph cluster_${name} {`,
  `  graph [style="rounded", color="#cbd5e1", margin=14, label=<${font(title, 13, quiet)}>]`,
  ...lines.map((line) => `  ${line}`),
  '}',
]

function boxLine(agent: AgentBox): string {
  const { id, name, role, starts } = agent
  const heading = (standingOf(agent) || 'agent').toUpperCase()
  const lines = [
    font(heading, 9, starts ? '#ddd6fe' : role === 'floor' ? agentColour : quiet),
    `<B>${font(name, 15, starts ? paper : ink)}</B>`,
    ...linesOf(agent).map((line) => font(line, 11, starts ? '#ede9fe' : quiet)),
  ]
  const colour = role === 'floor' ? agentColour : quiet
  const fill = starts ? `, fillcolor="${agentColour}"` : ''
  const style = role === 'floor' ? '' : ', style="rounded,filled,dashed"'
  return `${id} [color="${colour}"${fill}${style}, label=<${lines.join('<BR/>')}>]`
}

const linesOf = (agent: AgentBox): string[] =>
  detailsOf(agent).flatMap((line) => wrapped(line, widest.box, 2))

function exitLine({ id, name }: ExitBox): string {
  const label = font(cut(name, widest.box), 12, exitColour)
  return `${id} [color="${exitColour}", fillcolor="#fef2f2", margin="0.16,0.08", label=<${label}>]`
}

function moveLine({ from, to, kind, when, condition }: Move): string {
  const lines = [when, ...(condition === '' ? [] : [`if ${condition}`])]
  const rows = lines
    .flatMap((line) => wrapped(line, widest.arrow, 2))
    .map(escapeHtml)
    .join('<BR/>')
  const label = `<TABLE BORDER="0" CELLPADDING="3"><TR><TD>${rows}</TD></TR></TABLE>`
  const colour = kind === 'consult' ? quiet : agentColour
  const style = kind === 'consult' ? ', style=dashed, arrowhead=empty' : ''
  return `${from} -> ${to} [label=<${label}>, color="${colour}", fontcolor="${quiet}"${style}]`
}
