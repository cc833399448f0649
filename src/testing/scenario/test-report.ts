import type { Diagnostic } from '../../errors/diagnostics.ts'
import { fill, type ErrorParams } from '../../errors/voxgraph-error.ts'
import { createReport, type Report } from '../../graph/report.ts'
import { printable, type Source } from '../../graph/source.ts'
import type { Span } from '../../graph/tree.ts'
import { testErrors, type TestErrorCode } from './test-errors.ts'

/** Collects what is wrong with a test file. */
export interface TestReport {
  readonly source: Source
  /** Takes what can be wrong with any file: YAML, keys, shapes. */
  readonly general: Report
  /** Adds what only a test can have wrong. */
  fault(code: TestErrorCode, span: Span | undefined, params?: ErrorParams): void
  readonly hasErrors: boolean
  /** In the order in which they stand in the file. */
  diagnostics(): readonly Diagnostic[]
}

/** Nobody mends more at once. */
const mostFaults = 1000

/** Begins a report about a test file. */
export function createTestReport(source: Source, general = createReport(source)): TestReport {
  const faults: Diagnostic[] = []
  const told = new Set<string>()
  return {
    source,
    general,
    fault(code, span, params = {}) {
      if (faults.length >= mostFaults) return
      const { message, help } = testErrors[code]
      const text = (template: string): string => printable(fill(template, params)).trim()
      // Under several profiles a graph is looked at several times.
      const id = `${code} ${span?.start} ${text(message)}`
      if (told.has(id)) return
      told.add(id)
      faults.push({
        code,
        severity: 'error',
        message: text(message),
        help: text(help),
        file: source.file,
        range: span && source.range(span),
        excerpt: span === undefined ? '' : source.excerpt(span),
        fix: undefined,
      })
    },
    get hasErrors() {
      return general.hasErrors || faults.length > 0
    },
    diagnostics: () =>
      [...general.diagnostics(), ...faults].toSorted((one, other) => placeOf(one) - placeOf(other)),
  }
}

const placeOf = ({ range }: Diagnostic): number => range?.start.offset ?? Number.MAX_SAFE_INTEGER
