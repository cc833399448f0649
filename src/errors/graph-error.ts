import { renderDiagnostics, type Diagnostic } from './diagnostics.ts'

/** A graph file that cannot be run, with everything that is wrong with it. */
export class GraphError extends Error {
  override readonly name = 'GraphError'
  /** In the order of the file; warnings are among them. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: readonly Diagnostic[]) {
    super(renderDiagnostics(diagnostics.filter(({ severity }) => severity === 'error')).trimEnd())
    this.diagnostics = diagnostics
  }
}
