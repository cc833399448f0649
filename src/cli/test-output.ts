import type { CaseResult } from '../testing/scenario/case-result.ts'
import { timeLineOf } from '../testing/scenario/time-line.ts'
import type { Terminal } from './command.ts'
import { paintFor, type Paint } from './paint.ts'

/** Tells how scenarios go. */
export interface TestOutput {
  /** The cases of this file come next. */
  file(name: string): void
  /** A case begins: on a terminal its name stands there until it is over. */
  begin(name: string): void
  result(result: CaseResult): void
  done(results: readonly CaseResult[]): void
}

/** What is shown. */
export interface TestOutputInit {
  readonly json: boolean
  /** Time lines of cases that pass, too. */
  readonly timeline: boolean
}

/** Makes an output for people, or, with `json`, one object a line for programs. */
export const createTestOutput = (terminal: Terminal, init: TestOutputInit): TestOutput =>
  init.json ? jsonOutput(terminal, init) : textOutput(terminal, init)

function jsonOutput({ out }: Terminal, { timeline }: TestOutputInit): TestOutput {
  const write = (value: object): void => void out.write(`${JSON.stringify(value)}\n`)
  return {
    file: () => undefined,
    begin: () => undefined,
    result(result) {
      const { events: _events, marks: _marks, failure, virtualMs, realMs, ...rest } = result
      const { lines } = timeLineOf(result)
      const isShown = timeline || failure !== undefined
      write({
        type: 'case',
        ...rest,
        virtualMs: Math.round(virtualMs),
        realMs: Math.round(realMs),
        failure: failure === undefined ? null : { ...failure, step: failure.step?.line ?? null },
        ...(isShown && { timeline: lines }),
      })
    },
    done: (results) => write({ type: 'done', ...countsOf(results) }),
  }
}

function textOutput({ out }: Terminal, { timeline }: TestOutputInit): TestOutput {
  const paint = paintFor(out)
  const isTerminal = out.isTTY === true
  return {
    file: (name) => void out.write(`${paint('bold', name)}\n`),
    begin(name) {
      if (isTerminal) out.write(`  … ${name}`)
    },
    result(result) {
      if (isTerminal) out.write('\r\u001B[2K')
      out.write(`${caseLine(result, paint)}\n`)
      if (result.failure !== undefined) out.write(failureText(result, paint))
      else if (timeline && result.status === 'passed') out.write(timeLineText(result, paint))
    },
    done(results) {
      const { passed, failed, skipped } = countsOf(results)
      const real = results.reduce((sum, { realMs }) => sum + realMs, 0)
      const virtual = results.reduce((sum, { virtualMs }) => sum + virtualMs, 0)
      const parts = [
        `${passed} passed`,
        ...(failed > 0 ? [paint('red', `${failed} failed`)] : []),
        ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ]
      out.write(`\n${parts.join(', ')}: ${seconds(virtual)} of calls in ${seconds(real)}\n`)
    },
  }
}

function countsOf(results: readonly CaseResult[]): Record<CaseResult['status'], number> {
  const count = (status: CaseResult['status']): number =>
    results.filter((one) => one.status === status).length
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

function caseLine({ name, status, reason, virtualMs, realMs }: CaseResult, paint: Paint): string {
  if (status === 'skipped') {
    return `  ${paint('yellow', 'skip')} ${name}${reason === '' ? '' : paint('dim', `  ${reason}`)}`
  }
  const word = status === 'passed' ? paint('green', 'ok  ') : paint('red', 'FAIL')
  const took = paint('dim', `${seconds(virtualMs)} of call in ${Math.round(realMs)} ms`)
  return `  ${word} ${name}  ${took}`
}

function failureText(result: CaseResult, paint: Paint): string {
  const { failure, file, line } = result
  if (failure === undefined) return ''
  const { step, message, candidates } = failure
  const place = `${file}:${step?.line ?? line}`
  const instead = candidates.map((one) => `        ${one}\n`)
  return [
    `\n    ${paint('bold', place)} ${paint('red', message)}\n`,
    ...(instead.length > 0 ? ['      what there was instead:\n', ...instead] : []),
    '\n',
    timeLineText(result, paint),
    '\n',
  ].join('')
}

function timeLineText(result: CaseResult, paint: Paint): string {
  const { lines, left } = timeLineOf(result)
  const width = Math.max(4, ...lines.map(({ who }) => who.length))
  const told = lines.map(({ at, who, text, kind }) => {
    const time = paint('dim', `${(at / 1000).toFixed(2).padStart(7)} s`)
    if (kind === 'event') return `   ${time}  ${who.padEnd(width)}  ${text}\n`
    const arrow = kind === 'failed' ? paint('red', `>> ${text}`) : paint('cyan', `- ${text}`)
    const mark = kind === 'failed' ? paint('red', '  x') : '   '
    return `${mark}${time}  ${arrow}\n`
  })
  return [...(left > 0 ? [`    … ${left} lines before\n`] : []), ...told].join('')
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
