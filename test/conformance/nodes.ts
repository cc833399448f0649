import { defineProcessor, text, type Handled, type ProcessorDefinition } from 'voxgraph/plugin'

/** A processor with one text input and one text output that does what `handle` says. */
export function textNode(
  handle: (text: string) => Handled,
  extra: { readonly signal?: (frame: { readonly type: string }) => Handled } = {},
): ProcessorDefinition {
  return defineProcessor({
    id: 'text-node',
    summary: 'Does to texts what the test says.',
    ports: { in: { text: { type: 'text', many: true } }, out: { text: 'text' } },
    setup: () => ({
      text: (frame) => handle(frame.text) as undefined,
      ...(extra.signal && { signal: extra.signal as () => undefined }),
    }),
  })
}

/** A processor that hands everything on. */
export const pass = defineProcessor({
  id: 'pass',
  summary: 'Hands everything on.',
  ports: { in: { any: { type: 'any', many: true } }, out: { any: 'any' } },
  setup: () => ({}),
})

/** A draft of text that belongs to a response. */
export const said = (words: string, response: number): ReturnType<typeof text> => ({
  ...text({ text: words }),
  response,
})
