import { Graphviz } from '@hpcc-js/wasm-graphviz'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { agentsPlan } from '../../test/fixtures/agents-plan.ts'
import type { Plan } from '../graph/plan.ts'
import { cut, oneLine, widthOf, wrapped } from './draw-text.ts'
import { renderGraph } from './graph.ts'

/** What ends a label, a line or a tag somewhere, among everything else that can be written. */
const nasty = fc.constantFrom(
  ...['"', "'", '`', '<', '>', '&', '#', '|', '[', ']', '(', ')', '{', '}', '\\', '\n', '\r', '\t'],
  ...['%%', '-->', '<BR/>', '&quot;', '\u001b[31m', '\0', '\u202e', '\u2028', '\ud800', '\uffff'],
  ...['👩‍💻', '漢字', 'e\u0301', ' ', 'word', '', '\u00ad'],
)
const text = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary' })), { maxLength: 12 })
  .map((parts) => parts.join(''))

/** A plan in which a text stands wherever anybody can write one. */
function planWith(written: string): Plan {
  const plan = agentsPlan({
    triage: {
      voice: written,
      tools: [written],
      handoffs: {
        billing: { when: written, onlyIf: { tier: written } },
        [`queue:${written}`]: written,
        [`+1${written}`]: { when: '', tool: written },
      },
      consults: { fraud: written },
    },
    billing: { handoffs: { back: written, end: written } },
    fraud: { role: 'adviser' },
  })
  return plan
}

/** Signs that may stand in no drawing: what steers a terminal or turns the line round, and half characters. */
const steering = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\n\u200d]]/v

test('a text is one line without anything that steers, and stays as it is after that', () => {
  fc.assert(
    fc.property(text, (written) => {
      const line = oneLine(written)
      expect(line).not.toMatch(/\n|^\s|\s$/)
      expect(line).not.toMatch(steering)
      expect(line.isWellFormed()).toBe(true)
      expect(oneLine(line)).toBe(line)
    }),
  )
})

test('a line is cut to the width, only where it is too wide, and never in the middle of a character', () => {
  fc.assert(
    fc.property(text.map(oneLine), fc.integer({ min: 1, max: 60 }), (line, columns) => {
      const short = cut(line, columns)
      expect(widthOf(short)).toBeLessThanOrEqual(columns)
      expect(short.isWellFormed()).toBe(true)
      if (widthOf(line) <= columns) expect(short).toBe(line)
      else expect(short).toMatch(/…$/)
    }),
  )
  expect(cut('Questions about invoices, charges', 28)).toBe('Questions about invoices…')
  expect(cut('漢字漢字', 5)).toBe('漢字…')
})

test('a wrapped line has lines of the width, and all words where there is room', () => {
  fc.assert(
    fc.property(text.map(oneLine), fc.integer({ min: 1, max: 60 }), (line, columns) => {
      for (const one of wrapped(line, columns, 2)) expect(widthOf(one)).toBeLessThanOrEqual(columns)
      expect(wrapped(line, columns, 2).length).toBeLessThanOrEqual(2)
      expect(wrapped(line, widthOf(line), 1)).toEqual([line])
    }),
  )
  expect(wrapped('one two three', 7, 2)).toEqual(['one two', 'three'])
  expect(wrapped('one two three four', 7, 2)).toEqual(['one two', 'three…'])
})

test('nothing that is written breaks out of the drawing for terminals', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const drawn = await renderGraph(planWith(written), 'ascii', 80)
      expect(drawn).not.toMatch(steering)
      expect(Math.max(...drawn.split('\n').map(widthOf))).toBeLessThanOrEqual(80)
      expect(drawn.match(/^ {2}[├└][─┄]/gm)).toHaveLength(6)
    }),
    { numRuns: 30 },
  )
})

test('nothing that is written ends a label of the Mermaid drawing', async () => {
  const line =
    /^(?:%% .*|flowchart LR| {2}classDef .*| {2}subgraph \w+\["[^"]*"\]| {2}end| {2,4}\w+(?:\["[^"`<>]*(?:<br\/>[^"`<>]*)*"\]|\(\["[^"`<>]*(?:<br\/>[^"`<>]*)*"\]\)):::\w+| {2}\w+ -\.?->\|"[^"`<>]*(?:<br\/>[^"`<>]*)*"\| \w+)$/
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const drawn = await renderGraph(planWith(written), 'mermaid')
      const lines = drawn.trimEnd().split('\n')
      expect(lines.filter((one) => !line.test(one))).toEqual([])
      expect(drawn).not.toMatch(steering)
    }),
  )
})

test('Graphviz reads whatever is written, as the same boxes and arrows', async () => {
  const graphviz = await Graphviz.load()
  await fc.assert(
    fc.asyncProperty(text, async (written) => {
      const drawn = await renderGraph(planWith(written), 'dot')
      const svg = graphviz.layout(drawn, 'svg', 'dot')
      expect(svg.match(/class="node"/g)).toHaveLength(5 + 3 + 4)
      expect(svg.match(/class="edge"/g)).toHaveLength(4 + 6)
      expect(svg).not.toMatch(steering)
      // Every tag and every entity is one that Graphviz writes.
      expect(
        svg.replaceAll(/<\/?(?:g|svg|title|path|polygon|text|ellipse)\b[^<>]*>/g, ''),
      ).not.toMatch(/<(?![?!])|&(?!(?:amp|lt|gt|quot|#\d+|#x[\da-f]+|\w+);)/)
    }),
    { numRuns: 40 },
  )
})
