import { castInMermaid } from './draw-cast-mermaid.ts'
import { escapeLabel } from './draw-mermaid-text.ts'
import type { Arrow, Box, Picture } from './draw-picture.ts'

/** How a flowchart is written. */
export interface MermaidOptions {
  /** From left to right (default), or from top to bottom. */
  readonly direction?: 'LR' | 'TD'
  /** For renderers that do not know Mermaid's entities: marks that would end a label are left out. */
  readonly plain?: boolean
}

/** A picture as a Mermaid flowchart: for Markdown, and for terminals. */
export function drawMermaid(picture: Picture, options: MermaidOptions = {}): string {
  const { direction = 'LR', plain = false } = options
  const say = plain ? simplify : escapeLabel
  const lines = [
    `%% ${picture.title.replaceAll(/\s+/g, ' ')}`,
    `flowchart ${direction}`,
    ...picture.boxes.map((box) => `  ${boxLine(box, say)}`),
    ...picture.arrows.map((arrow) => `  ${arrowLine(arrow, say)}`),
    '  classDef caller fill:#0f172a,stroke:#0f172a,color:#ffffff',
    '  classDef node fill:#ffffff,stroke:#64748b,color:#0f172a',
    '  classDef converter fill:#ffffff,stroke:#94a3b8,color:#475569,stroke-dasharray: 4 3',
    ...(picture.cast === undefined ? [] : castInMermaid(picture.cast)),
  ]
  return `${lines.join('\n')}\n`
}

type Say = (text: string) => string

function boxLine({ id, kind, label, details, role }: Box, say: Say): string {
  const isCaller = kind === 'mouth' || kind === 'ear'
  const heading = isCaller && role !== 'transport' ? [role] : []
  const text = [...heading, label, ...details].map(say).join('<br/>')
  const shape = kind === 'node' ? `["${text}"]` : `(["${text}"])`
  return `${id}${shape}:::${isCaller ? 'caller' : kind}`
}

function arrowLine({ from, to, label, feedback }: Arrow, say: Say): string {
  return feedback
    ? `${from} -.->|"${say(label)}, feedback"| ${to}`
    : `${from} -->|"${say(label)}"| ${to}`
}

const simplify: Say = (text) => text.replaceAll('"', "'").replaceAll(/[<>|\s]+/g, ' ')
