import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Outcome } from './index.ts'

/** How many interruptions took how long, and their budgets as red lines: an SVG picture. */
export function histogram(outcomes: readonly Outcome[]): Promise<string> {
  const bars = (field: 'held' | 'silent', title: string, step: number, budget: number) => ({
    width: 420,
    height: 150,
    title: { text: title, anchor: 'start' },
    layer: [
      {
        mark: { type: 'bar', color: '#3b6ea5' },
        encoding: {
          x: {
            field,
            bin: { step },
            title: 'ms',
            scale: { domain: [0, budget * 1.1] },
          },
          y: { aggregate: 'count', title: 'interruptions' },
        },
      },
      {
        mark: { type: 'rule', color: '#b5403a', strokeWidth: 2 },
        encoding: { x: { datum: budget } },
      },
    ],
  })
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    data: { values: outcomes.filter(({ held }) => Number.isFinite(held)) },
    vconcat: [
      bars('silent', 'from the first sound of the caller to the last of the bot', 10, 200),
      bars('held', 'from the detector’s event to the held far end', 1, 20),
    ],
  } as unknown as TopLevelSpec
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG()
}
