import { castInAscii } from './draw-cast-ascii.ts'
import { drawMermaid } from './draw-mermaid.ts'
import type { Arrow, Picture } from './draw-picture.ts'
import type { Paint } from './paint.ts'

/**
 * A picture for terminals: the way from the caller's mouth to the caller's ear as a drawing, from left to
 * right where that fits into `columns`, else from top to bottom; what goes aside or back as a list, because
 * lines that cross cannot be told apart there. Agents follow below.
 */
export async function drawAscii(picture: Picture, columns: number, paint: Paint): Promise<string> {
  const { renderMermaidASCII } = await import('beautiful-mermaid')
  const isOneWay = picture.boxes.some((box) => box.kind === 'ear')
  const drawn = { ...(isOneWay ? wayOf(picture) : picture), cast: undefined }
  const options = { colorMode: 'none', paddingX: 4, paddingY: 4, boxBorderPadding: 0 } as const
  const render = (direction: 'LR' | 'TD'): string[] =>
    renderMermaidASCII(drawMermaid(drawn, { direction, plain: true }), options)
      .split('\n')
      .map((line) => line.trimEnd())
  const across = render('LR')
  const lines = across.every((line) => line.length <= columns) ? across : render('TD')
  const others = picture.arrows.filter((arrow) => !drawn.arrows.includes(arrow))
  const list = others.length === 0 ? '' : `\n${others.map(lineOf(picture)).join('\n')}\n`
  const cast = picture.cast === undefined ? '' : `\n${castInAscii(picture.cast, columns, paint)}`
  return `${lines.join('\n').trimEnd()}\n${list}${cast}`
}

/** The picture without what goes aside or back, and without boxes that only that leads to. */
function wayOf({ title, boxes, arrows, cast }: Picture): Picture {
  const way = arrows.filter((arrow) => arrow.leadsOn)
  const others = arrows.filter((arrow) => !arrow.leadsOn)
  const isOnlyAside = (id: string): boolean =>
    others.some(({ from, to }) => from === id || to === id) &&
    !way.some(({ from, to }) => from === id || to === id)
  return { title, boxes: boxes.filter(({ id }) => !isOnlyAside(id)), arrows: way, cast }
}

const lineOf =
  ({ boxes }: Picture) =>
  ({ from, to, label, feedback }: Arrow): string => {
    const name = (id: string): string => boxes.find((box) => box.id === id)?.label ?? id
    return ` ${name(from)} ${feedback ? '~>' : '->'} ${name(to)}  (${label})`
  }
