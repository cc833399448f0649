import { styleText } from 'node:util'

/** A colour or an emphasis of the terminal. */
export type Style = Parameters<typeof styleText>[0]
/** Colours a text. */
export type Paint = (style: Style, text: string) => string

/** Colours for what is written to `stream`: none when it takes none, or `NO_COLOR` forbids them. */
export const paintFor =
  (stream: NodeJS.WritableStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream })
