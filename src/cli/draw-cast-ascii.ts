import { standingOf, type AgentBox, type Cast, type Move } from './draw-cast.ts'
import { cut, padded, widthOf } from './draw-text.ts'
import type { Paint } from './paint.ts'

/** The longest name of a target that the other lines of an agent are lined up with, in columns. */
const longestName = 24

/**
 * The agents of a picture, for terminals: a box for each, and below it a line for each way that the call
 * can go from there. Lines that cross cannot be told apart in a terminal, so an arrow names its target.
 */
export function castInAscii(cast: Cast, columns: number, paint: Paint): string {
  const groups = [
    ['who has the call, and who gets it', 'floor'],
    ['asked by others', 'adviser'],
    ['in the background', 'background'],
  ] as const
  const parts = groups.flatMap(([title, role]) => {
    const agents = cast.agents.filter((agent) => agent.role === role)
    if (agents.length === 0) return []
    const drawn = agents.map((agent) => drawAgent(agent, cast, columns, paint).join('\n'))
    return [` ${paint('dim', title)}`, ...drawn]
  })
  return `${parts.join('\n\n')}\n`
}

function drawAgent(agent: AgentBox, cast: Cast, columns: number, paint: Paint): string[] {
  const { id, name, chain, voice, tools, role } = agent
  const standing = standingOf(agent)
  const lines = [
    standing === '' ? name : `${name} · ${standing}`,
    voice === undefined ? chain : `${chain} · voice ${voice}`,
    ...(tools.length === 0 ? [] : [`tools: ${tools.join(', ')}`]),
  ].map((line) => cut(line, columns - 5))
  const width = Math.max(...lines.map(widthOf))
  const moves = cast.moves.filter((move) => move.from === id)
  const [bar, side] = role === 'floor' ? ['─', '│'] : ['┄', '┆']
  const rule = bar.repeat(width + 1)
  const [heading = '', ...others] = lines.map((line) => padded(line, width))
  return [
    ` ┌${bar}${rule}┐`,
    ` ${side} ${paint('bold', heading)} ${side}`,
    ...others.map((line) => ` ${side} ${line} ${side}`),
    ` └${moves.length === 0 ? bar : '┬'}${rule}┘`,
    ...moveLines(moves, cast, columns, paint),
  ]
}

function moveLines(moves: readonly Move[], cast: Cast, columns: number, paint: Paint): string[] {
  const boxes = [...cast.agents, ...cast.exits]
  const nameOf = (id: string): string => boxes.find((box) => box.id === id)?.name ?? id
  const names = moves.map(({ to }) => widthOf(nameOf(to)))
  const width = Math.min(longestName, Math.max(...names))
  return moves.map(({ to, kind, when, condition }, index) => {
    const corner = index === moves.length - 1 ? '└' : '├'
    const arrow = kind === 'consult' ? '┄▷' : '─▶'
    const name = padded(cut(nameOf(to), columns - 8), width)
    const asked = kind === 'consult' ? `asks: ${when}` : when
    const text = condition === '' ? asked : `if ${condition}: ${asked}`
    const rest = cut(text, columns - 8 - widthOf(name))
    return `  ${corner}${arrow} ${paint('cyan', name)}  ${paint('dim', rest)}`.trimEnd()
  })
}
