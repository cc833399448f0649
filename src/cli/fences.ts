/** A graph in a Markdown file. */
export interface Fence {
  /** Line of the file where it begins, from 1. */
  readonly line: number
  /** The graph, with empty lines in place of what stands before it: line numbers are those of the file. */
  readonly text: string
}

/** YAML fences that are graphs: those with a top-level `version`. */
export function graphsInMarkdown(markdown: string): readonly Fence[] {
  const fences: Fence[] = []
  const lines = markdown.split('\n').map((line) => line.replace(/\r$/, ''))
  let open: { readonly mark: string; readonly isYaml: boolean; readonly from: number } | undefined
  for (const [index, line] of lines.entries()) {
    if (open === undefined) {
      const [, mark, info = ''] = /^\s*(`{3,}|~{3,})(.*)$/.exec(line) ?? []
      if (mark !== undefined) open = { mark, isYaml: /^\s*ya?ml\b/.test(info), from: index + 1 }
      continue
    }
    if (!isClosing(line, open.mark)) continue
    const body = lines.slice(open.from, index)
    if (open.isYaml && body.some((one) => /^\s*version:/.test(one))) {
      fences.push({ line: open.from + 1, text: '\n'.repeat(open.from) + body.join('\n') })
    }
    open = undefined
  }
  return fences
}

const isClosing = (line: string, mark: string): boolean => {
  const text = line.trim()
  return text.startsWith(mark) && text.replaceAll(mark.charAt(0), '') === ''
}
