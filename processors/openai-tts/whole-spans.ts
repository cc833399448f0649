import type { UtteranceText } from 'voxgraph/plugin'

/** Longest text that the API takes at a time, in characters; a little less. */
const longestInput = 4000

/**
 * Puts the text of each span together, for a request says all that it has to say. What has nothing to be spoken
 * (no letter, no digit) is left out. Subscribes when it is read; holds one span; text without a span comes as
 * it is.
 */
export async function* wholeSpans(
  text: AsyncIterable<UtteranceText>,
): AsyncGenerator<UtteranceText> {
  let open: UtteranceText = { span: 0, text: '' }
  for await (const piece of text) {
    if (piece.span !== 0 && piece.span === open.span) {
      open = { span: open.span, text: open.text + piece.text }
      continue
    }
    yield* parts(open)
    open = piece
    if (piece.span !== 0) continue
    yield* parts(piece)
    open = { span: 0, text: '' }
  }
  yield* parts(open)
}

/** A span in parts that are not too long, cut at spaces where there are any. */
function* parts({ span, text }: UtteranceText): Generator<UtteranceText> {
  let rest = text.trim()
  while (rest.length > longestInput) {
    const space = rest.lastIndexOf(' ', longestInput)
    const end = space > 0 ? space : longestInput
    yield { span, text: rest.slice(0, end) }
    rest = rest.slice(end).trim()
  }
  if (/[\p{L}\p{N}]/u.test(rest)) yield { span, text: rest }
}
