import type { Report } from './report.ts'
import type { ScalarTree, Tree } from './tree.ts'
import type { Resolved } from './values.ts'

/**
 * Masks a value that is a secret, and reports it when it stands in the file itself.
 * @param variable where it comes from when it is not given
 */
export function hideSecret(
  place: { readonly report: Report; readonly use: string },
  tree: ScalarTree,
  { references, text }: Resolved,
  option: string,
  variable?: string,
): void {
  const { report, use } = place
  const names = { ...secretNames(use, option), ...(variable !== undefined && { variable }) }
  if (references.length === 0) {
    // Without a text it is a reference gone wrong, which has been reported as such.
    if (tree.value === null || tree.value === '' || text === undefined) return
    report.source.hide(tree.span)
    report.add('literal-secret', tree.span, { option, ...names })
    return
  }
  const literal = references.some(({ fallback }) => fallback !== undefined && fallback !== '')
  if (!literal) return
  report.source.hide(tree.span)
  report.add('literal-secret/default', tree.span, { option, ...names })
}

/** Masks everything below a key that is probably a secret in the wrong place. */
export function hideTree(report: Report, tree: Tree): void {
  if (tree.kind === 'map') for (const entry of tree.entries) hideTree(report, entry.value)
  else if (tree.kind === 'list') for (const item of tree.items) hideTree(report, item)
  else if (!(typeof tree.value === 'string' && /^\$\{[^}]*\}$/.test(tree.value))) {
    report.source.hide(tree.span)
  }
}

/** True for keys whose values are probably secrets, whatever they belong to. */
export const isSecretName = (key: string): boolean =>
  /([_-]key|(^|[_-])(apikey|secret|token|passw(or)?d|credentials?|authorization|cookie))$/i.test(
    key,
  )

/** `deepgram-stt` and `api_key` make `DEEPGRAM_API_KEY` and `deepgram`. */
function secretNames(use: string, option: string): { variable: string; secret: string } {
  const stem = use.replace(/^.*\//, '').replace(/[.#].*$/, '')
  const secret = stem.replace(/-(stt|tts|llm|vad|realtime)$/, '')
  const variable = `${secret}_${option}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
  return { variable, secret }
}
