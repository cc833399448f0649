import {
  detailsOf,
  standingOf,
  type AgentBox,
  type Cast,
  type ExitBox,
  type Move,
} from './draw-cast.ts'
import { escapeLabel } from './draw-mermaid-text.ts'
import { wrapped } from './draw-text.ts'

/** Width of a line on an arrow and in a box, in characters. */
const widest = { arrow: 20, box: 28 }

/** The agents of a picture, as statements of a Mermaid flowchart: parts of their own. */
export function castInMermaid({ agents, exits, moves }: Cast): string[] {
  const aside = agents.filter((agent) => agent.role === 'background')
  const others = agents.filter((agent) => agent.role !== 'background')
  const part = (id: string, title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`subgraph ${id}["${title}"]`, ...lines.map((l) => `  ${l}`), 'end']
  return [
    ...part('THE_AGENTS', 'who has the call, and who gets it', [
      ...others.map(boxLine),
      ...exits.map(exitLine),
    ]),
    ...part('BACKGROUND', 'in the background', aside.map(boxLine)),
    ...moves.map(moveLine),
    'classDef start fill:#6d28d9,stroke:#6d28d9,color:#ffffff',
    'classDef agent fill:#ffffff,stroke:#6d28d9,color:#0f172a',
    'classDef silent fill:#ffffff,stroke:#475569,color:#0f172a,stroke-dasharray: 4 3',
    'classDef exit fill:#fef2f2,stroke:#b91c1c,color:#b91c1c',
  ].map((line) => `  ${line}`)
}

function boxLine(agent: AgentBox): string {
  const standing = standingOf(agent)
  const lines = [...(standing === '' ? [] : [standing]), agent.name, ...detailsOf(agent)]
  const look = agent.role === 'floor' ? (agent.starts ? 'start' : 'agent') : 'silent'
  return `${agent.id}["${labelOf(lines, widest.box)}"]:::${look}`
}

const exitLine = ({ id, name }: ExitBox): string =>
  `${id}(["${labelOf([name], widest.box)}"]):::exit`

function moveLine({ from, to, kind, when, condition }: Move): string {
  const lines = [when, ...(condition === '' ? [] : [`if ${condition}`])]
  return `${from} ${kind === 'consult' ? '-.->' : '-->'}|"${labelOf(lines, widest.arrow)}"| ${to}`
}

/** A label, two lines for each that is too wide. Between backticks it would be Markdown. */
const labelOf = (lines: readonly string[], columns: number): string =>
  lines
    .flatMap((line) => wrapped(line, columns, 2))
    .map((line) => escapeLabel(line).replaceAll('`', '#96;'))
    .join('<br/>')
