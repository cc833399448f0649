/** Colours of a picture that is drawn with Graphviz. */
export const ink = '#0f172a'
/** What matters less. */
export const quiet = '#475569'
/** Behind everything. */
export const paper = '#ffffff'

/** A line of a label that is written as HTML. */
export const font = (text: string, size: number, colour: string): string =>
  `<FONT POINT-SIZE="${size}" COLOR="${colour}">${escapeHtml(text) || ' '}</FONT>`

/** A text for a label that is written as HTML. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\s+/g, ' ')
