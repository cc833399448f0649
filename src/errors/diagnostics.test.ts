import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { renderDiagnostics, renderGithub, renderJson, type Diagnostic } from './diagnostics.ts'

const excerpt = '  main: phone -> vad -> sst -> llm -> tts -> phone'

const unknownNode: Diagnostic = {
  code: 'unknown-node',
  severity: 'error',
  message: 'flow.main goes through "sst", but there is no node with that name.',
  help: 'did you mean "stt"? Nodes here: llm, phone, stt, tts, vad.',
  file: 'support.yaml',
  range: {
    start: { line: 18, column: 25, offset: 300 },
    end: { line: 18, column: 28, offset: 303 },
  },
  excerpt,
  fix: 'stt',
}

test('a problem is printed with its place, its line, a caret and a remedy', () => {
  expect(renderDiagnostics([unknownNode])).toBe(`\
support.yaml:18:25 error unknown-node
  flow.main goes through "sst", but there is no node with that name.
   18 |   main: phone -> vad -> sst -> llm -> tts -> phone
      |                         ^^^
  help: did you mean "stt"? Nodes here: llm, phone, stt, tts, vad.
`)
})

test('a problem without a place names the file alone', () => {
  const whole: Diagnostic = { ...unknownNode, range: undefined, excerpt: '', help: '' }
  expect(renderDiagnostics([whole])).toBe(
    `support.yaml error unknown-node\n  ${unknownNode.message}\n`,
  )
})

test('thirty problems are printed and the rest is counted', () => {
  const printed = renderDiagnostics(Array.from({ length: 32 }, () => unknownNode))
  expect(printed.match(/error unknown-node/g)).toHaveLength(30)
  expect(printed.endsWith('\nand 2 more problems\n')).toBe(true)
})

test('a long line is cut around the caret', () => {
  const line = `${'a'.repeat(300)} here ${'b'.repeat(300)}`
  const start = { line: 1, column: 302, offset: 301 }
  const end = { line: 1, column: 306, offset: 305 }
  const [, , text = '', caret = ''] = renderDiagnostics([
    { ...unknownNode, excerpt: line, range: { start, end } },
  ]).split('\n')
  expect(text.length).toBeLessThan(140)
  expect(text.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('here')
})

test('a caret stands under what it means behind characters of two units', () => {
  const start = { line: 1, column: 6, offset: 5 }
  const end = { line: 1, column: 8, offset: 7 }
  const printed = renderDiagnostics([{ ...unknownNode, excerpt: 'x 😀 ab', range: { start, end } }])
  expect(printed).toContain('    1 | x 😀 ab\n      |     ^^\n')
})

test('colours are used only when the stream takes them', () => {
  const stream = new PassThrough()
  // oxlint-disable-next-line no-control-regex -- what colours are made of
  expect(renderDiagnostics([unknownNode], { stream })).not.toMatch(/\x1b/)
})

test('programs get code, place, remedy and the edit that mends it', () => {
  const [one] = JSON.parse(renderJson([unknownNode])) as Record<string, unknown>[]
  expect(one).toEqual({
    code: 'unknown-node',
    severity: 'error',
    message: unknownNode.message,
    help: unknownNode.help,
    file: 'support.yaml',
    range: unknownNode.range,
    fix: { range: unknownNode.range, text: 'stt' },
  })
})

test('GitHub gets one command a problem, with its special characters escaped', () => {
  const odd: Diagnostic = { ...unknownNode, file: 'a,b:c.yaml', message: '100%\nsure', help: '' }
  expect(renderGithub([odd])).toBe(
    '::error file=a%2Cb%3Ac.yaml,line=18,endLine=18,col=25,endColumn=28,' +
      'title=unknown-node::100%25%0Asure\n',
  )
})

test('what is only wrong with profiles names them, to people and to programs', () => {
  const one: Diagnostic = { ...unknownNode, profiles: ['phone'] }
  const two: Diagnostic = { ...unknownNode, profiles: ['phone', 'daily'] }
  expect(renderDiagnostics([one])).toContain('^^^\n  in the profile phone\n  help: ')
  expect(renderDiagnostics([two])).toContain('  in the profiles phone, daily\n')
  expect(JSON.parse(renderJson([two]))).toMatchObject([{ profiles: ['phone', 'daily'] }])
  expect(renderGithub([one])).toContain('%0Ain the profile phone%0A')
  expect(renderDiagnostics([unknownNode])).not.toContain('profile')
})
