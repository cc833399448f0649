import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Outcome } from './index.ts'

/** How many interruptions took how long, as an SVG picture. */
export function histogram(outcomes: readonly Outcome[]): Promise<string> {
  const bars = (field: 'held' | 'silent', title: string, step: number): TopLevelSpec =>
    ({
      width: 420,
      height: 150,
      title: { text: title, anchor: 'start' },
      mark: { type: 'bar', color: '#3b6ea5' },
      encoding: {
        x: { field, bin: { step }, title: 'ms', axis: { format: 'd' } },
        y: { aggregate: 'count', title: 'interruptions' },
      },
    }) as TopLevelSpec
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    data: { values: outcomes.filter(({ held }) => Number.isFinite(held)) },
    vconcat: [
      bars('silent', 'from the first sound of the caller to the last of the bot (budget: 200)', 10),
      bars('held', 'from the detector’s event to the held far end (budget: 20)', 1),
    ],
  } as unknown as TopLevelSpec
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG()
}
