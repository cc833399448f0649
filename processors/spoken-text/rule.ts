/** One kind of writing, and how it is spoken. */
export type Rule = (text: string) => string

/** Replaces what a pattern finds; `say` gets its groups and may leave it as it is with undefined. */
export const rule =
  (pattern: RegExp, say: (groups: readonly string[]) => string | undefined): Rule =>
  (text) =>
    text.replace(pattern, (...found: unknown[]) => {
      // After the groups come the place and the whole text.
      const end = found.findIndex((part) => typeof part === 'number')
      const groups = found.slice(0, end).map((part) => (typeof part === 'string' ? part : ''))
      return say(groups) ?? groups[0] ?? ''
    })

/** Several rules, one after the other. */
export const inTurn =
  (...rules: readonly Rule[]): Rule =>
  (text) =>
    rules.reduce((said, one) => one(said), text)

/** A number as people write it: `1,234.5`. */
export const amount = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`
